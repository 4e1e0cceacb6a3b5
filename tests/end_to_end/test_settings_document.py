"""Every command in docs/settings.md does what the page says, and the words that are shown are written."""

from collections.abc import Mapping
from contextlib import ExitStack

import pytest
from tests.end_to_end.served import serving_stt
from tests.end_to_end.shell_document import Reader, require_well_formed, shell_blocks

SAID = "fellow-Americans"


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """What the commands under each heading print, a text for each block; the server begins where the page says."""
    reader = Reader(tmp_path_factory.mktemp("reader"))
    prints: dict[str, list[str]] = {}
    with ExitStack() as served:
        address = ""
        for block in shell_blocks("settings.md"):
            if block.kind == "sh":
                prints.setdefault(block.heading, []).append(reader.run(block, address))
            elif block.kind == "sh server":
                _, *arguments = require_well_formed(block)
                address = served.enter_context(serving_stt(reader.folder, *arguments)).address
            else:
                require_well_formed(block)
    return prints


def test_a_glossary_and_a_prompt_have_words_written_that_are_not_without_them(
    printed: Mapping[str, list[str]],
) -> None:
    assert printed["Names"][0].count("fellow Americans") == 1
    assert printed["Names"][0].count(SAID) == 1
    assert "my fellow americans" in printed["A prompt"][0]


def test_a_profile_tells_it_to_all_that_start_from_it(printed: Mapping[str, list[str]]) -> None:
    assert f"speeches: tiny.en writes; glossary {SAID}; context carried; 2 beams" in printed["In a profile"][0]
    assert SAID in printed["In a profile"][0].partition("Listening to")[2]
    upload, live = printed["On a server"]
    assert f'"glossary":["{SAID}","Aoife"]' in upload
    assert '"prompt":"I thank you."' in upload
    assert '"beam_size":2' in upload
    assert '"glossary":["Digium"]' in live
    assert '"carries_context":true' in live
