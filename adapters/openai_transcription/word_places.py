"""Places the words that the service heard, in the spelling of its text.

The service gives the words without the text's punctuation, and splits some of them differently: 10,000 may be two.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.hypotheses import hypothesis_words
from realtime_mlx_stt.domain.transcription import Word

__all__ = ["SpokenWord", "placed_words"]


class SpokenWord(msgspec.Struct, kw_only=True):
    """A word as the service tells it, with its place in seconds."""

    word: str
    start: float
    end: float


@dataclass(slots=True, kw_only=True)
class _Part:
    """A piece of the text, and the first and the last of the spoken words that are in it."""

    text: str
    first: int
    last: int


def placed_words(text: str, spoken: Sequence[SpokenWord], *, samples: int, probability: float) -> tuple[Word, ...]:
    """The words of the text in order, none outside of ``samples`` and none over another.

    Where the spoken words are not those of the text, they are given as they were told.
    """
    words: list[Word] = []
    for word in _spelled(text, [word for word in spoken if word.word.strip()]):
        earliest = words[-1].end_sample if words else 0
        start = _position(word.start, earliest, samples)
        end = _position(word.end, start, samples)
        words.append(Word(text=word.word.strip(), start_sample=start, end_sample=end, probability=probability))
    return tuple(words)


def _spelled(text: str, spoken: Sequence[SpokenWord]) -> Sequence[SpokenWord]:
    """The spoken words, joined and spelled as in the text."""
    letters = [_letters(word.word) for word in spoken]
    owners = [index for index, word in enumerate(letters) for _ in word]
    if not owners or "".join(letters) != _letters(text):
        return spoken
    return [
        SpokenWord(word=part.text, start=spoken[part.first].start, end=spoken[part.last].end)
        for part in _parts(text, owners)
    ]


def _parts(text: str, owners: Sequence[int]) -> list[_Part]:
    """The smallest parts of the text that share no spoken word; ``owners`` names the spoken word of each letter."""
    parts: list[_Part] = []
    place = 0
    for piece in hypothesis_words(text):
        count = len(_letters(piece))
        # A piece without letters, such as a dash, goes to the word before it.
        here = owners[place : place + count] or [parts[-1].last if parts else 0]
        place += count
        if parts and here[0] <= parts[-1].last:
            parts[-1].text += piece
            parts[-1].last = here[-1]
        else:
            parts.append(_Part(text=piece, first=here[0], last=here[-1]))
    return parts


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _position(seconds: float, earliest: int, samples: int) -> int:
    return round(min(max(earliest, seconds * SAMPLE_RATE_HZ), samples))
