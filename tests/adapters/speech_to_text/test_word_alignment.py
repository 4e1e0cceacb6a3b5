"""The places of words: the path of the attention, and which marks belong to which word."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.adapters.speech_to_text.loaded_model import bare_model

from realtime_mlx_stt.adapters.speech_to_text.text.word_alignment import (
    SpokenWord,
    align_words,
    token_starts,
    warping_path,
)
from realtime_mlx_stt.domain.transcription import TranscriptionTask

FRAMES_PER_TOKEN = 4
"""So many positions each token of ``aligned`` takes."""


def cheapest_total(cost: npt.NDArray[np.float64]) -> float:
    """Of all ways from the first cell to the last, found cell by cell."""
    totals = np.full(cost.shape, np.inf)
    for row, column in np.ndindex(*cost.shape):
        before = [totals[row - 1, column - 1]] if row and column else []
        before += [totals[row - 1, column]] if row else []
        before += [totals[row, column - 1]] if column else []
        totals[row, column] = cost[row, column] + min(before, default=0.0)
    return float(totals[-1, -1])


def total_of_path(cost: npt.NDArray[np.float64], first_columns: npt.NDArray[np.int64]) -> float:
    """Of the cheapest way that enters each row at its first column."""
    ends = [*(first_columns[1:]), cost.shape[1] - 1]
    total = 0.0
    for row, (first, following) in enumerate(zip(first_columns, ends, strict=True)):
        last = following if row == len(ends) - 1 else max(first, following - 1)
        straight = cost[row, first : last + 1].sum()
        down = cost[row, first : following + 1].sum()
        total += float(straight if row == len(ends) - 1 else min(straight, down))
    return total


costs = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 6), st.integers(1, 12)), elements=st.integers(-20, 20).map(float)
)


@given(cost=costs)
def test_the_path_is_a_cheapest_one(cost: npt.NDArray[np.float64]) -> None:
    first_columns = warping_path(cost)

    assert first_columns.shape == (cost.shape[0],)
    assert first_columns[0] == 0
    assert np.all(np.diff(first_columns) >= 0)
    assert np.all(first_columns < cost.shape[1])
    assert total_of_path(cost, first_columns) == pytest.approx(cheapest_total(cost))


def test_the_path_follows_a_diagonal() -> None:
    cost = np.ones((3, 9))
    for row in range(3):
        cost[row, 3 * row : 3 * row + 3] = -1.0

    assert warping_path(cost).tolist() == [0, 3, 6]


def aligned(text: str, silent_positions: int = 0) -> tuple[SpokenWord, ...]:
    """The words of a text whose tokens are each heard for ``FRAMES_PER_TOKEN`` positions, behind some silence."""
    tokenizer = bare_model().tokenizer("en", TranscriptionTask.TRANSCRIBE)
    tokens = tokenizer.encode(text)
    positions = silent_positions + FRAMES_PER_TOKEN * (len(tokens) + 1)
    attention = np.zeros((2, len(tokens) + 1, positions), dtype=np.float32)
    for row in range(len(tokens) + 1):
        first = silent_positions + FRAMES_PER_TOKEN * row
        attention[:, row, first : first + FRAMES_PER_TOKEN] = 9.0
    return align_words(tokenizer, tokens, token_starts(attention), [0.5] * len(tokens))


def test_each_word_lies_where_its_tokens_are_heard() -> None:
    words = aligned(" Ask not what")

    assert [word.text for word in words] == ["Ask", "not", "what"]
    assert [(word.start, word.end) for word in words] == [(0, 4), (4, 8), (8, 12)]
    assert {word.probability for word in words} == {0.5}


def test_the_silence_before_the_first_word_is_not_part_of_it() -> None:
    words = aligned(" Ask not what", silent_positions=40)

    assert [(word.start, word.end) for word in words] == [(36, 44), (44, 48), (48, 52)]


def test_a_word_alone_is_no_longer_than_a_long_one() -> None:
    (word,) = aligned(" Ask", silent_positions=200)

    assert (word.start, word.end) == (204 - 70, 204)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" Yes, he can.", ["Yes,", "he", "can."]),
        (' He said, "Go on!" twice.', ["He", "said,", '"Go', 'on!"', "twice."]),
        (" It costs (so he says) nothing", ["It", "costs", "(so", "he", "says)", "nothing"]),
        (" a cold-hearted, well-to-do man", ["a", "cold-hearted,", "well-to-do", "man"]),
        (" 3.5 or 10,000%, f(x)", ["3.5", "or", "10,000%,", "f(x)"]),
        (" Zoë's café", ["Zoë's", "café"]),
        ("", []),
    ],
)
def test_marks_belong_to_the_word_they_are_written_at(text: str, words: list[str]) -> None:
    spoken = aligned(text)

    assert [word.text for word in spoken] == words
    assert " ".join(words) == text.strip()
    assert all(earlier.end <= later.start for earlier, later in pairwise(spoken))


def test_a_word_with_a_mark_inside_is_heard_until_its_last_token() -> None:
    assert [(word.start, word.end) for word in aligned(" cold-hearted")] == [(0, 3 * FRAMES_PER_TOKEN)]


@given(text=st.text(st.sampled_from("ab \"'(.,-?!"), max_size=20).filter(str.strip))
def test_the_words_make_up_the_text(text: str) -> None:
    assert "".join(word.text for word in aligned(" " + text)).replace(" ", "") == text.replace(" ", "")


def test_audio_shorter_than_the_filter_is_placed_too() -> None:
    tokenizer = bare_model().tokenizer("en", TranscriptionTask.TRANSCRIBE)

    starts = token_starts(np.zeros((2, 3, 1), dtype=np.float32))
    words = align_words(tokenizer, tokenizer.encode(" a b"), starts, [1.0, 1.0])

    assert [(word.text, word.start, word.end) for word in words] == [("a", 0, 0), ("b", 0, 0)]
