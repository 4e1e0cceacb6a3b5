"""Every command in docs/server.md does what the page says, against a server that runs as the page says."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Final

import click
import pytest
from tests.end_to_end.served import serving_stt

from realtime_mlx_stt.adapters.cli.command_line import stt

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
ADDRESS: Final = "127.0.0.1:8000"


def blocks(kind: str) -> dict[str, str]:
    """The blocks of this kind by their headings."""
    found = re.findall(r"^#+ ([^\n]+)$|^```([^\n]+)\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    heading, by_heading = "", {}
    for title, block_kind, text in found:
        heading = title or heading
        if block_kind == kind:
            by_heading[heading] = text
    return by_heading


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the commands under each heading print, in one folder, one heading after the other."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "examples").symlink_to(ROOT / "examples")
    prints: dict[str, str] = {}
    with serving_stt(folder) as served:
        for heading, commands in blocks("sh").items():
            result = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", commands.replace(ADDRESS, served.address)],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=120.0,
                check=False,
            )
            assert (result.returncode, result.stderr) == (0, ""), f"{heading}: {result.stdout}"
            prints[heading] = result.stdout
    return prints


def test_a_file_is_written(printed: dict[str, str]) -> None:
    assert "event: session-stopped" in printed["A file"]
    assert re.search(r"^1\n00:00:\S+ --> 00:00:\S+\n.*fellow Americans", printed["A file"], re.MULTILINE)


def test_a_live_session_is_written_and_deleted(printed: dict[str, str]) -> None:
    assert '"next_position":176000' in printed["A live session"]
    assert "fellow Americans" in printed["A live session"]


def test_the_server_can_be_watched(printed: dict[str, str]) -> None:
    assert '"status":"ok"' in printed["Watching it"]
    assert '"status":"ready"' in printed["Watching it"]
    assert "# TYPE stt_" in printed["Watching it"]


@pytest.mark.parametrize("kind", ["server", "others"])
def test_the_server_is_started_as_the_page_says(kind: str) -> None:
    (block,) = blocks(f"sh {kind}").values()
    arguments = shlex.split(block)[1:]
    context = click.Context(stt)
    command = stt.get_command(context, arguments[0])
    assert command is not None
    command.make_context("stt", arguments[1:], parent=context)


def test_the_settings_are_those_that_there_are() -> None:
    from realtime_mlx_stt.adapters.web.server_config import ServerConfig  # noqa: PLC0415 - only needed here

    fields = set(re.findall(r"^\|[^|]*\|[^|]*\| `(\w+)` \|", DOCUMENT, re.MULTILINE))
    assert fields == ServerConfig().to_dict().keys()
