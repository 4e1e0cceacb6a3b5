"""Every command in docs/server.md does what the page says, against a server that runs as the page says."""

import re
from typing import Final

import pytest
from tests.end_to_end.served import serving_stt
from tests.end_to_end.shell_document import ROOT, Reader, require_well_formed, shell_blocks

DOCUMENT: Final = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the commands under each heading print, in one folder, one heading after the other."""
    reader = Reader(tmp_path_factory.mktemp("reader"))
    with serving_stt(reader.folder) as served:
        return {
            block.heading: reader.run(block, served.address)
            for block in shell_blocks("server.md")
            if block.kind == "sh"
        }


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
    (block,) = (block for block in shell_blocks("server.md") if block.kind == f"sh {kind}")
    require_well_formed(block)


def test_the_settings_are_those_that_there_are() -> None:
    from realtime_mlx_stt.adapters.web.server_config import ServerConfig  # noqa: PLC0415 - only needed here

    fields = set(re.findall(r"^\|[^|]*\|[^|]*\| `(\w+)` \|", DOCUMENT, re.MULTILINE))
    assert fields == ServerConfig().to_dict().keys()
