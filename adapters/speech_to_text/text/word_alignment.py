"""Finds where each word was said, by the path that the decoder's attention takes through the audio."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["SpokenWord", "align_words", "token_starts", "warping_path"]

_MEDIAN_POSITIONS: Final = 7
"""Width of the filter that smooths the attention over time, as in OpenAI's reference implementation."""

_MEDIAN_EXCHANGES: Final = (
    *((0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6), (2, 3), (3, 6)),
    *((4, 5), (1, 4), (1, 3), (3, 4)),
)
"""After these exchanges the median of seven values is the middle one (N. Devillard, Fast median search, 1998)."""

_LONG_WORD_POSITIONS: Final = 35
"""0.7 s: a longer word is held, or followed by a pause, which says nothing about the other words."""

_OPENING_MARKS: Final = ("Ps", "Pi")
"""Unicode's categories of opening brackets and quotation marks."""

_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenWord:
    """A word and its place, in encoder positions of 20 ms; ``probability`` is the mean of its tokens'."""

    text: str
    start: float
    end: float
    probability: float


def align_words(
    tokenizer: Any, tokens: Sequence[int], starts: Sequence[float], probabilities: Sequence[float]
) -> tuple[SpokenWord, ...]:
    """Place the words of ``tokens``.

    ``starts`` says where each token begins, and last where the text ends. ``probabilities`` has one for each token.
    """
    words = []
    first = 0
    for text, length in _split(tokenizer, tokens):
        last = first + length
        word = SpokenWord(
            text=text,
            start=starts[first],
            end=starts[last],
            probability=float(np.mean(probabilities[first:last])),
        )
        words.append(word)
        first = last
    placed = [replace(word, text=word.text.strip()) for word in _with_punctuation(words) if word.text.strip()]
    return tuple(_begun_when_spoken(placed))


def warping_path(cost: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.int64]:
    """By dynamic time warping: for each row, its first column on the cheapest way from the first cell to the last.

    A step goes one row down, one column on, or both. Within a row the way to a column is the cheapest entry before
    it plus the sum of the cells since, so a running minimum over prefix sums finds a whole row at once.
    """
    rows, columns = cost.shape
    totals = np.full((rows + 1, columns + 1), np.inf)
    totals[0, 0] = 0.0
    for row in range(rows):
        sums = np.cumsum(cost[row], dtype=np.float64)
        entries = np.minimum(totals[row, :-1], totals[row, 1:])
        entries[1:] -= sums[:-1]
        totals[row + 1, 1:] = sums + np.minimum.accumulate(entries)
    return _first_columns(totals)


def _split(tokenizer: Any, tokens: Sequence[int]) -> list[tuple[str, int]]:
    """The words, and how many tokens each has; a word split at a mark, such as cold-hearted, is joined."""
    words: list[tuple[str, int]] = []
    for text, group in zip(*tokenizer.split_to_word_tokens([*tokens]), strict=True):
        if words and not (text[:1].isspace() or text[:1].isalnum() or _is_marks(text)):
            before, length = words[-1]
            words[-1] = before + text, length + len(group)
        else:
            words.append((text, len(group)))
    return words


def _first_columns(totals: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    row, column = totals.shape[0] - 1, totals.shape[1] - 1
    first = np.zeros(row, dtype=np.int64)
    while row > 0:
        first[row - 1] = column - 1
        both, down, on = (
            totals.item(row - 1, column - 1),
            totals.item(row - 1, column),
            totals.item(row, column - 1),
        )
        is_on = on < both and on < down
        row -= not is_on
        column -= is_on or both <= down
    return first


def _begun_when_spoken(words: list[SpokenWord]) -> list[SpokenWord]:
    """Take the silence before the first word from it: every path begins at the first position.

    The word may be at most twice as long as the median of the others, as in OpenAI's reference implementation.
    """
    lengths = [min(word.end - word.start, _LONG_WORD_POSITIONS) for word in words[1:]]
    longest = 2 * float(np.median(lengths)) if lengths else 2.0 * _LONG_WORD_POSITIONS
    return [replace(word, start=max(word.start, word.end - longest)) for word in words[:1]] + words[1:]


def token_starts(attention: _Floats) -> list[float]:
    """Where each token begins, in positions, and last where the text ends.

    ``attention`` holds the scores of the alignment heads, shape ``(heads, tokens + 1, positions)``: a row for the
    prediction of each token and one for that of the end of the text; positions after the audio are left out.
    """
    weights = np.exp(attention - attention.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    deviation = weights.std(axis=-2, keepdims=True)
    weights = (weights - weights.mean(axis=-2, keepdims=True)) / np.maximum(deviation, np.finfo(np.float32).tiny)
    return [float(start) for start in warping_path(-_smoothed(weights).mean(axis=0))]


def _smoothed(weights: _Floats) -> _Floats:
    """Median filter along the last axis, its ends mirrored."""
    half = _MEDIAN_POSITIONS // 2
    if weights.shape[-1] <= half:
        return weights
    padded = np.pad(weights, ((0, 0), (0, 0), (half, half)), mode="reflect")
    length = weights.shape[-1]
    shifted = [padded[..., shift : shift + length].copy() for shift in range(_MEDIAN_POSITIONS)]
    for low, high in _MEDIAN_EXCHANGES:
        smaller = np.minimum(shifted[low], shifted[high])
        np.maximum(shifted[low], shifted[high], out=shifted[high])
        shifted[low] = smaller
    return shifted[half]


def _with_punctuation(words: list[SpokenWord]) -> list[SpokenWord]:
    """Opening marks go to the word after them, closing marks to the word before."""
    joined: list[SpokenWord] = []
    for word in words:
        if joined and _is_marks(joined[-1].text) and _opens(joined[-1].text):
            joined[-1] = replace(word, text=joined[-1].text + word.text.lstrip(), start=joined[-1].start)
        elif joined and _is_marks(word.text) and not _opens(word.text):
            joined[-1] = replace(joined[-1], text=joined[-1].text + word.text)
        else:
            joined.append(word)
    return joined


def _is_marks(text: str) -> bool:
    return all(unicodedata.category(letter).startswith("P") for letter in text.strip())


def _opens(text: str) -> bool:
    """Whether the marks belong to what follows: opening ones, and straight quotation marks after a space."""
    marks = text.strip()
    return unicodedata.category(marks[:1] or ".") in _OPENING_MARKS or (text.startswith(" ") and marks in "\"'")
