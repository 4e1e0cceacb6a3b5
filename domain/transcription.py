"""Describes what a speech-to-text engine is asked, and what it says of one stretch of audio."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "DecodingOptions",
    "Transcription",
    "TranscriptionTask",
    "Word",
    "compression_ratio",
    "places_in_text",
]


class TranscriptionTask(StrEnum):
    """What is written of what is said.

    ``transcribe``: the words themselves, in the language that is spoken.
    ``translate``: what they mean, in English.
    """

    TRANSCRIBE = "transcribe"
    TRANSLATE = "translate"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodingOptions:
    """How an utterance is to be written.

    ``language``: an ISO 639-1 code; None has it detected.
    ``task``: the words themselves or what they mean in English.
    ``prompt``: text that the model takes for what was said before, with its style and spelling, or names that may
    be said; the model never writes it.
    ``beam_size``: so many texts are followed side by side; 1 takes the likeliest token each time.
    """

    language: str | None = None
    task: TranscriptionTask = TranscriptionTask.TRANSCRIBE
    prompt: str = ""
    beam_size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word with its place in the audio.

    Positions count from the start of the audio that the engine was given; inside an event they count from the start
    of the session.

    ``text``: the word with the space before it and the punctuation behind it.
    ``start_sample``: where it begins.
    ``end_sample``: where it ends.
    ``probability``: how sure the engine is of it.
    """

    text: str
    start_sample: int
    end_sample: int
    probability: float

    def shifted(self, samples: int) -> "Word":
        """The same word, so many samples later."""
        return Word(
            text=self.text,
            start_sample=self.start_sample + samples,
            end_sample=self.end_sample + samples,
            probability=self.probability,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcription:
    """The text of a stretch of audio and the scores by which it can be judged.

    ``confidence`` is the geometric mean of the token probabilities, ``exp(average_log_probability)``; 1, and the
    average 0, when the engine does not tell.
    ``no_speech_probability`` is Whisper's probability of its no-speech token before the first token, 0 when the
    engine does not tell. ``compression_ratio`` is the text's length over its zlib-compressed length; repetition
    makes it large. ``language`` is an ISO 639-1 code. ``needed_full_window`` tells that an engine which computes
    less than the window of its model had to compute all of it, because the first text could not stand.
    """

    text: str
    words: tuple[Word, ...] = ()
    language: str | None = None
    average_log_probability: float = 0.0
    no_speech_probability: float = 0.0
    compression_ratio: float = 1.0
    confidence: float = 1.0
    needed_full_window: bool = False


def compression_ratio(text: str) -> float:
    """The text's length divided by its compressed length; 0 for no text."""
    encoded = text.encode()
    return len(encoded) / len(zlib.compress(encoded))


def places_in_text(text: str, words: Sequence[str]) -> list[int]:
    """Where each word begins in the text; empty if the words are not those of the text."""
    places: list[int] = []
    place = 0
    for word in words:
        found = text.find(word, place)
        if found < 0 or not word:
            return []
        places.append(found)
        place = found + len(word)
    return places
