"""Speech that is cut for its length: what both sides hear beyond the cut, and which words are whose.

A cut in the midst of speech may go through a word, and near the ends of what it hears the model writes worst. So
both sides hear some audio of the other's, and what they write of it is theirs or not by its place:

* The side before the cut has the words whose middle lies before it.
* The side behind it has what follows the last of these words. Which of its own words that one is, its text and its
  place tell. As long as nobody knows what the other side has, it has the words whose middle lies behind the cut.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Final

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ, samples_to_seconds, seconds_to_samples
from realtime_mlx_stt.domain.events import (
    SessionEvent,
    SpeechEnded,
    SpeechEndReason,
    SpeechStarted,
    TranscriptRevised,
    UtteranceTranscribed,
)
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.transcription import Transcription, Word, compression_ratio, places_in_text

__all__ = [
    "BEHIND_CUT_SAMPLES",
    "LEAST_BEFORE_CUT_SAMPLES",
    "Continuation",
    "HeardAudio",
    "continuation_of",
    "heard_audio",
    "heard_until",
    "most_before_cut_samples",
    "own_part",
    "told",
    "words_behind",
]

BEHIND_CUT_SAMPLES: Final = seconds_to_samples(0.9)
"""So much behind the cut is heard by the side before it, as far as it has been heard when the cut is made."""

LEAST_BEFORE_CUT_SAMPLES: Final = seconds_to_samples(0.6)
"""So much before the cut is heard by the side behind it at least."""

_MOST_BEFORE_CUT_SAMPLES: Final = seconds_to_samples(1.9)
"""And so much at most: it begins where the sound is least like speech, for a model that is made to begin in the
midst of a word often leaves out the next ones as well."""

_MOST_HEARD_SAMPLES: Final = 30 * SAMPLE_RATE_HZ
"""What Whisper hears at once."""

_UNSURE_END_SAMPLES: Final = seconds_to_samples(0.1)
"""An utterance may be longer than the longest by the frame in which that is noticed, and by a rest of the next."""

_ANOTHER_WORD: Final = 1.5
"""What it costs to take two words for one that was heard otherwise, less if they share letters."""

_LEFT_OUT: Final = 1.0
"""What it costs to leave out a word that the other side has nothing of."""

_NOT_HEARD: Final = 0.7
"""What it costs that the side behind the cut has nothing of a word of the other's, as it may not hear it whole."""

_APART_PER_SECOND: Final = 1.0
"""What it costs that words lie on the wrong side of the last word's end, for each second."""

_FARTHEST_SAMPLES: Final = seconds_to_samples(1.0)
"""A word of the other side is not looked for farther behind the cut."""

_LEAST_PROBABILITY: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """How an utterance goes on from the one before it, which was cut off at its ``start_sample``.

    ``cut_off``: which utterance that is.
    ``heard_from_sample``: where the model begins to hear, before the cut.
    ``words``: what the other side has of the audio from there on; None while nobody knows, or it has no text.
    ``words_behind_cut``: what it heard behind the cut and does not have.
    """

    cut_off: UtteranceId
    heard_from_sample: int
    words: tuple[Word, ...] | None = None
    words_behind_cut: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardAudio:
    """What the model is given of an utterance: its own audio, and what is heard beyond its cuts."""

    start_sample: int
    end_sample: int
    own_start_sample: int
    own_end_sample: int

    @property
    def is_beyond_cut(self) -> bool:
        """Whether some of it is another utterance's."""
        return (self.start_sample, self.end_sample) != (self.own_start_sample, self.own_end_sample)

    @property
    def own(self) -> "HeardAudio":
        """What a model is given that cannot tell which words lie beyond the cuts."""
        return replace(self, start_sample=self.own_start_sample, end_sample=self.own_end_sample)


def continuation_of(begun: SpeechStarted) -> Continuation | None:
    """How the utterance goes on from the one before it; None if that was not cut off in the midst of speech."""
    if begun.heard_from_sample is None:
        return None
    return Continuation(cut_off=UtteranceId(begun.utterance_id - 1), heard_from_sample=begun.heard_from_sample)


def heard_until(ended: SpeechEnded) -> int | None:
    """Where the model stops to hear behind the place where the utterance was cut off; None if it was not."""
    if ended.reason is not SpeechEndReason.LONGEST_UTTERANCE:
        return None
    return max(ended.end_sample, min(ended.end_sample + BEHIND_CUT_SAMPLES, ended.detected_at_sample))


def told(continuation: Continuation | None, event: SessionEvent) -> Continuation | None:
    """The continuation after an event, which may be a text of the other side, with the places of its words."""
    match event:
        case UtteranceTranscribed():
            behind = event.words_behind_cut
        case TranscriptRevised():
            behind = ()
        case _:
            return continuation
    if continuation is None or continuation.cut_off != event.utterance_id or not event.words:
        return continuation
    words = tuple(word for word in event.words if _middle(word) >= continuation.heard_from_sample)
    return replace(continuation, words=words, words_behind_cut=behind)


def most_before_cut_samples(longest_utterance_samples: int) -> int:
    """How much before a cut may be heard with an utterance of the greatest length behind it."""
    room = _MOST_HEARD_SAMPLES - longest_utterance_samples - _UNSURE_END_SAMPLES
    return min(_MOST_BEFORE_CUT_SAMPLES, room)


def heard_audio(
    start_sample: int,
    end_sample: int,
    continuation: Continuation | None = None,
    heard_until_sample: int | None = None,
) -> HeardAudio:
    """What the model is given of an utterance, with what is heard beyond its cuts, 30 s at most.

    ``heard_until_sample`` is where it stops to hear, if that lies behind the utterance's end.
    """
    end = end_sample if heard_until_sample is None else heard_until_sample
    start = start_sample if continuation is None else continuation.heard_from_sample
    return HeardAudio(
        # Where the settings were changed in the midst of the utterance there may be less room before it.
        start_sample=min(start_sample, max(start, end - _MOST_HEARD_SAMPLES)),
        end_sample=end,
        own_start_sample=start_sample,
        own_end_sample=end_sample,
    )


def own_part(
    said: Transcription, *, start_sample: int, end_sample: int, continuation: Continuation | None
) -> Transcription:
    """What an utterance has of the text that was written of its audio and some beyond its cuts.

    A word that spans a cut is placed up to it. Scores are those of the words that are left. A text without places
    of words cannot be divided and stays as it is.
    """
    first = 0 if continuation is None else _first_own(said.words, start_sample, continuation)
    own = [word for word in said.words[first:] if _middle(word) < end_sample]
    words = tuple(_between(word, start_sample, end_sample) for word in own)
    if len(words) == len(said.words):
        return replace(said, words=words)
    return _part(said, first, words)


def words_behind(said: Transcription, end_sample: int) -> tuple[Word, ...]:
    """What was written of the audio behind the place where an utterance was cut off."""
    return tuple(word for word in said.words if _middle(word) >= end_sample)


def _part(said: Transcription, first: int, words: tuple[Word, ...]) -> Transcription:
    text = _text_of(said, first, first + len(words))
    logarithms = [math.log(max(word.probability, _LEAST_PROBABILITY)) for word in words]
    average = sum(logarithms) / len(logarithms) if logarithms else 0.0
    return replace(
        said,
        text=text,
        words=words,
        average_log_probability=average,
        confidence=math.exp(average),
        compression_ratio=compression_ratio(text),
    )


def _text_of(said: Transcription, first: int, end: int) -> str:
    """The text of these words as the model wrote it."""
    places = places_in_text(said.text, [word.text.strip() for word in said.words])
    if not places:
        return " ".join(word.text.strip() for word in said.words[first:end])
    borders = [*places, len(said.text)]
    return said.text[borders[first] : borders[end]].strip() if first < end else ""


def _first_own(words: Sequence[Word], cut_sample: int, continuation: Continuation) -> int:
    """Which is the first word behind the last one that the other side has."""
    before = continuation.words
    if before is None:
        return sum(1 for word in words if _middle(word) < cut_sample)
    if not before:
        return 0
    heard = [word for word in words if word.start_sample < cut_sample + _FARTHEST_SAMPLES]
    costs = [
        cost
        + min(_costs(continuation.words_behind_cut, heard[first:]))
        + _misplaced(heard, first, before[-1].end_sample)
        for first, cost in enumerate(_costs(before, heard))
    ]
    return min(range(len(costs)), key=costs.__getitem__)


def _costs(before: Sequence[Word], heard: Sequence[Word]) -> list[float]:
    """For each n: what it costs to take the first n of ``heard`` for ``before`` (Wagner and Fischer, 1974)."""
    row = [place * _LEFT_OUT for place in range(len(heard) + 1)]
    for place, word in enumerate(before, start=1):
        above, row = row, [place * _NOT_HEARD]
        for column, other in enumerate(heard, start=1):
            row.append(
                min(
                    above[column - 1] + _difference(word, other),
                    above[column] + _NOT_HEARD,
                    row[-1] + _LEFT_OUT,
                )
            )
    return row


def _difference(word: Word, other: Word) -> float:
    """What it costs to take two words for the same one, which is one word here or one said twice there."""
    shared = SequenceMatcher(None, _letters(word), _letters(other), autojunk=False).ratio()
    apart = min(1.0, samples_to_seconds(abs(word.end_sample - other.end_sample)))
    return _ANOTHER_WORD * (1.0 - shared) + apart / 2


def _misplaced(heard: Sequence[Word], first: int, end_sample: int) -> float:
    """What it costs that words are left out behind the end of the last word, or kept before it."""
    late = _middle(heard[first - 1]) - end_sample if first else 0.0
    early = end_sample - _middle(heard[first]) if first < len(heard) else 0.0
    return _APART_PER_SECOND * (max(0.0, late) + max(0.0, early)) / SAMPLE_RATE_HZ


def _letters(word: Word) -> str:
    return "".join(letter for letter in word.text.casefold() if letter.isalnum())


def _middle(word: Word) -> float:
    return (word.start_sample + word.end_sample) / 2


def _between(word: Word, start_sample: int, end_sample: int) -> Word:
    start = min(max(word.start_sample, start_sample), end_sample)
    return replace(word, start_sample=start, end_sample=min(max(word.end_sample, start), end_sample))
