"""The spoken words are found in the text again, with its punctuation, and lie in order inside the audio."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mlx_stt.adapters.openai_transcription.word_places import SpokenWord, placed_words

SECOND = 16_000


def spoken(*words: str) -> list[SpokenWord]:
    """One word a second."""
    return [SpokenWord(word=word, start=float(place), end=place + 0.5) for place, word in enumerate(words)]


def places(text: str, *words: str) -> list[tuple[str, float, float]]:
    placed = placed_words(text, spoken(*words), samples=100 * SECOND, probability=0.5)
    assert all(word.probability == 0.5 for word in placed)
    return [(word.text, word.start_sample / SECOND, word.end_sample / SECOND) for word in placed]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Hello, world!", ["Hello", "world"], [("Hello,", 0, 0.5), ("world!", 1, 1.5)]),
        ("It's €10,000.", ["it's", "10", "000"], [("It's", 0, 0.5), ("€10,000.", 1, 2.5)]),
        ("So — yes.", ["So", "yes"], [("So —", 0, 0.5), ("yes.", 1, 1.5)]),
        ("— Yes", ["Yes"], [("— Yes", 0, 0.5)]),
        ("New York calls", ["New York", "calls"], [("New York", 0, 0.5), ("calls", 1, 1.5)]),
        ("東京は、暑い。", ["東京", "は", "暑い"], [("東京", 0, 0.5), ("は、", 1, 1.5), ("暑い。", 2, 2.5)]),
        ("ÉTÉ straße", ["été", "STRASSE"], [("ÉTÉ", 0, 0.5), ("straße", 1, 1.5)]),
    ],
)
def test_words_are_spelled_as_in_the_text(
    text: str, words: list[str], expected: list[tuple[str, float, float]]
) -> None:
    assert places(text, *words) == expected


@pytest.mark.parametrize(
    ("text", "words"), [("Ten and two", [" 10", "& ", "2"]), ("Some text", ["text"]), ("", ["noise"]), ("♪", ["♪"])]
)
def test_words_that_are_not_those_of_the_text_are_given_as_they_were_told(text: str, words: list[str]) -> None:
    assert [word for word, _, _ in places(text, *words)] == [word.strip() for word in words]


@pytest.mark.parametrize("text", ["", "Hello.", "..."])
def test_where_no_words_are_told_there_are_none(text: str) -> None:
    assert places(text) == []
    assert places(text, " ", "") == []


times = st.floats(min_value=-10.0, max_value=1e9)


@given(
    words=st.lists(st.tuples(st.sampled_from(["ab", "c,", "-", "東京", " "]), times, times), max_size=8),
    has_all_words=st.booleans(),
    samples=st.integers(0, 30 * SECOND),
)
def test_wherever_a_service_puts_the_words_they_are_in_order_inside_the_audio(
    words: list[tuple[str, float, float]], samples: int, *, has_all_words: bool
) -> None:
    text = " ".join(word for word, _, _ in words[not has_all_words :])
    told = [SpokenWord(word=word, start=start, end=end) for word, start, end in words]
    placed = placed_words(text, told, samples=samples, probability=1.0)
    assert all(0 <= word.start_sample <= word.end_sample <= samples for word in placed)
    assert all(earlier.end_sample <= later.start_sample for earlier, later in pairwise(placed))
    assert all(word.text.strip() == word.text != "" for word in placed)
