"""Cuts a transcript into cues: a few words each, with the time at which they are spoken."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from realtime_mlx_stt.application.read_models.transcript import Transcript
from realtime_mlx_stt.application.read_models.utterances import TranscribedUtterance
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.hypotheses import hypothesis_words
from realtime_mlx_stt.domain.transcription import places_in_text

__all__ = ["LONGEST_LINE", "Cue", "subtitle_cues"]

LONGEST_LINE: Final = 42
"""Columns that a line may take; the usual limit of broadcasters for Latin script. A wide letter takes two."""

_LINES: Final = 2
_LONGEST_CUE_SAMPLES: Final = 7 * SAMPLE_RATE_HZ
"""7 s, the usual limit of broadcasters: what stands longer is read twice."""

_SENTENCE_ENDS: Final = (".", "!", "?", "…", "。", "！", "？")  # noqa: RUF001 - the full stops of other scripts


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One or two lines that are shown from ``start_sample`` to before ``end_sample``."""

    start_sample: int
    end_sample: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A word as it stands in the text, with the white space behind it."""

    text: str
    start_sample: int
    end_sample: int


def subtitle_cues(transcript: Transcript) -> tuple[Cue, ...]:
    """The cues of all utterances in order; none overlaps the next, none is empty."""
    cues: list[Cue] = []
    for utterance in transcript.utterances:
        for group in _groups(_pieces(utterance)):
            earliest = cues[-1].end_sample if cues else 0
            cues.append(_cue(group, earliest))
    return tuple(cues)


def _cue(group: list[_Piece], earliest_sample: int) -> Cue:
    start = max(earliest_sample, group[0].start_sample)
    # A millisecond is the shortest time that the formats can write.
    end = max(start + SAMPLE_RATE_HZ // 1000, *(piece.end_sample for piece in group))
    return Cue(start_sample=start, end_sample=end, lines=tuple(_lines(group)))


def _pieces(utterance: TranscribedUtterance) -> list[_Piece]:
    text = " ".join(utterance.best.text.split())
    places = places_in_text(text, [word.text.strip() for word in utterance.best.words])
    if not places:
        return _evenly(text, utterance.start_sample, utterance.end_sample)
    borders = [0, *places[1:], len(text)]
    return [
        _Piece(text=text[first:last], start_sample=word.start_sample, end_sample=word.end_sample)
        for word, (first, last) in zip(utterance.best.words, pairwise(borders), strict=True)
    ]


def _evenly(text: str, start_sample: int, end_sample: int) -> list[_Piece]:
    """The words of a text without word times, each as long as it is wide."""
    words = list(_spaced_behind(text))
    total = sum(map(_width, words)) or 1
    ends = list(accumulate(map(_width, words), initial=0))
    samples = [start_sample + (end_sample - start_sample) * end // total for end in ends]
    return [
        _Piece(text=word, start_sample=first, end_sample=last)
        for word, (first, last) in zip(words, pairwise(samples), strict=True)
    ]


def _spaced_behind(text: str) -> Iterator[str]:
    words = hypothesis_words(text)
    for word, following in zip(words, (*words[1:], ""), strict=True):
        yield word.lstrip() + (" " if following.startswith(" ") else "")


def _groups(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """As many pieces as fit into a cue, ending early behind a sentence that fills at least a line."""
    group: list[_Piece] = []
    for piece in pieces:
        if group and not _fits([*group, piece]):
            yield group
            group = []
        group.append(piece)
        if piece.text.rstrip().endswith(_SENTENCE_ENDS) and len(list(_lines(group))) == _LINES:
            yield group
            group = []
    if group:
        yield group


def _fits(group: list[_Piece]) -> bool:
    is_short = group[-1].end_sample - group[0].start_sample <= _LONGEST_CUE_SAMPLES
    return is_short and len(list(_lines(group))) <= _LINES


def _lines(group: list[_Piece]) -> Iterator[str]:
    line = ""
    for piece in group:
        if line and _width((line + piece.text).rstrip()) > LONGEST_LINE:
            yield line.rstrip()
            line = ""
        line += piece.text
    if line.strip():
        yield line.rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
