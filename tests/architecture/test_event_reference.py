"""The events' reference is what the event types say, complete, and with links that lead somewhere."""

import re

import pytest
from docs.docstrings import explanation
from docs.event_reference import EVENTS_PAGE, event_reference

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.transcription import Word


def test_the_page_is_what_the_event_types_say() -> None:
    assert EVENTS_PAGE.read_text(encoding="utf-8") == event_reference(), "Run: make docs"


def test_every_link_leads_to_a_heading_of_the_page() -> None:
    page = event_reference()
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}
    links = set(re.findall(r"\]\(#([^)]+)\)", page))
    assert links <= headings
    assert {event.type for event in e.EVENT_TYPES} <= links


def test_no_cell_of_a_table_is_torn_by_its_text() -> None:
    rows = [line for line in event_reference().splitlines() if line.startswith("|")]
    assert all(row.count("|") in {3, 4, 5} for row in rows)


def test_a_docstring_is_prose_and_meanings() -> None:
    word = explanation(Word)
    assert word.summary == "One word with its place in the audio"
    assert len(word.paragraphs) == 2
    assert list(word.meanings) == ["text", "start_sample", "end_sample", "probability"]


def test_a_meaning_may_go_on_in_the_next_line() -> None:
    class Explained:
        """Something.

        ``first``: this is long
        and goes on; it may be None.
        ``second``: this is ``short``.

        More prose.
        """

    explained = explanation(Explained)
    assert explained.paragraphs == ("Something.", "More prose.")
    assert explained.meanings == {
        "first": "this is long and goes on; it may be null.",
        "second": "this is `short`.",
    }


def test_what_has_no_docstring_explains_nothing() -> None:
    class Unexplained:
        pass

    with pytest.raises(ValueError, match="no docstring"):
        explanation(Unexplained)
