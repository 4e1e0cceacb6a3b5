"""Reads a document as a reader does who types what it says: its commands heading by heading, in one folder."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from tests.end_to_end.command import TIMEOUT_SECONDS, Home

from realtime_mlx_stt.adapters.cli.command_line import stt

__all__ = ["ROOT", "Reader", "ShellBlock", "require_well_formed", "shell_blocks"]

ROOT: Final = Path(__file__).parents[2]
_ADDRESS: Final = "127.0.0.1:8000"
_PART: Final = re.compile(r"^#+ ([^\n]+)$|^```(sh[^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ShellBlock:
    """Commands under a heading; ``kind`` says how they are run, ``sh`` as they stand."""

    heading: str
    kind: str
    commands: str


def shell_blocks(name: str) -> Iterator[ShellBlock]:
    """The blocks of commands in a document of docs/, in their order."""
    document = (ROOT / "docs" / name).read_text(encoding="utf-8")
    heading = ""
    for title, kind, text in re.findall(
        r"^#+ ([^\n]+)$|^```(sh[^\n]*)\n(.*?)^```", document, re.MULTILINE | re.DOTALL
    ):
        heading = title or heading
        if kind:
            yield ShellBlock(heading, kind, text)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with an empty home, in which the checkout's examples are at hand."""

    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "examples").symlink_to(ROOT / "examples")

    def run(self, block: ShellBlock, address: str = _ADDRESS) -> str:
        """What the commands print; all must succeed in silence. A server is at ``address``."""
        environment = Home(self.folder).environment
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.commands.replace(_ADDRESS, address)],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert (result.returncode, result.stderr) == (0, ""), f"{block.heading}: {result.stdout}"
        return result.stdout


def require_well_formed(block: ShellBlock) -> list[str]:
    """See that ``stt`` takes the one command of the block, which would go on; its arguments."""
    arguments = shlex.split(block.commands)[1:]
    context = click.Context(stt)
    command = stt.get_command(context, arguments[0])
    assert command is not None
    command.make_context("stt", arguments[1:], parent=context)
    return arguments
