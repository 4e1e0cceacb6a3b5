"""Every command in the README does what it says, in a home where nothing was before."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from realtime_mlx_stt.adapters.cli.command_line import stt

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(kind: str) -> list[str]:
    """The lines of all blocks of this kind."""
    blocks = re.findall(rf"^```{re.escape(kind)}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of its own, in which the checkout's examples are at hand."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "examples").symlink_to(ROOT / "examples")
    return folder


def test_commands_run_in_their_order(home: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment |= {"HOME": str(home), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"}
    ran = [line for line in commands("sh") if line.startswith("stt ")]
    for line in ran:
        result = subprocess.run(
            shlex.split(line), cwd=home, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert result.returncode == 0, f"{line}\n{result.stdout}{result.stderr}"
    assert len(ran) > 10
    assert (home / "captions.srt").read_text().startswith("1\n00:00:")


def test_what_make_is_told_is_there_and_is_run_before_every_change_lands() -> None:
    checked = (ROOT / ".ci" / "run").read_text()
    made = [line for line in commands("sh") if line.startswith("make ")]
    assert made == ["make demo", "make test"]
    assert all(f"\n{line}\n" in checked for line in made)


@pytest.mark.parametrize(
    "line", [line for line in commands("sh with a microphone") + commands("sh server") if line != "stt devices"]
)
def test_commands_that_go_on_are_well_formed(line: str) -> None:
    """What they do is shown by the tests of the microphone and of the server."""
    arguments = shlex.split(line)[1:]
    context = click.Context(stt)
    command = stt.get_command(context, arguments[0])
    assert command is not None
    command.make_context("stt", arguments[1:], parent=context)


def test_every_link_leads_somewhere() -> None:
    for document in (ROOT / "README.md", ROOT / "ARCHITECTURE.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists() or target.startswith("https://"), f"{document}: {target}"
