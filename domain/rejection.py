"""Decides whether a transcribed utterance is noise, and by which rule."""

import re
from collections.abc import Iterator
from typing import Final

from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.events import RejectionRule
from realtime_mlx_stt.domain.hypotheses import hypothesis_words
from realtime_mlx_stt.domain.settings import RejectionSettings
from realtime_mlx_stt.domain.transcription import Transcription

__all__ = ["longest_loop", "rejection_rule"]

DIGITAL_SILENCE_AMPLITUDE = 1e-4
"""Below -80 dB of full scale there is only dither."""

LOOP_REPETITIONS = 5
"""How many repetitions make a loop: nobody says the same few words so often in a row, but a decoder caught in a
loop does.
"""

_LOOP_LENGTHS = range(1, 9)
"""How many words a loop may have."""

MOST_LOOPED_SHARE = 0.5
"""A text is rejected if a larger part of it than this is loops: a person repeats only a word here and there."""


_BREATHED_WORD: Final = re.compile(r"a+h+|o+h+|u+h+|h+u+h+|u+m+|h+m+|m{2,}|you")
"""What Whisper writes for a cough, a hum or a buzz: sounds that are no words, and "you"."""


def rejection_rule(
    transcription: Transcription,
    *,
    duration_samples: int,
    peak_amplitude: float,
    settings: RejectionSettings,
) -> RejectionRule | None:
    """The first rule by which the utterance is not speech, or None when it stands."""
    text = transcription.text.strip()
    if peak_amplitude < DIGITAL_SILENCE_AMPLITUDE:
        return RejectionRule.DIGITAL_SILENCE
    if not any(letter.isalnum() for letter in text):
        return RejectionRule.EMPTY_TEXT
    if _is_no_speech(transcription, settings):
        return RejectionRule.NO_SPEECH
    if transcription.compression_ratio > settings.compression_ratio or _looped_share(text) > MOST_LOOPED_SHARE:
        return RejectionRule.REPETITION
    if len(text) > settings.characters_per_second * max(samples_to_seconds(duration_samples), 1.0):
        return RejectionRule.IMPOSSIBLE_PACE
    return None


def longest_loop(text: str) -> int:
    """How often, at most, a group of one to eight words follows itself; 1 when nothing is repeated."""
    words = _compared_words(text)
    return max(
        (len(stretch) // length for length in _LOOP_LENGTHS for stretch in _repeated(words, length)), default=1
    )


def _looped_share(text: str) -> float:
    """The share of the text's letters and digits that is in loops."""
    words = _compared_words(text)
    looped: set[int] = set()
    for length in _LOOP_LENGTHS:
        for stretch in _repeated(words, length):
            if len(stretch) >= LOOP_REPETITIONS * length:
                looped.update(stretch)
    letters = [sum(map(str.isalnum, word)) for word in words]
    return sum(letters[place] for place in looped) / sum(letters)


def _compared_words(text: str) -> list[str]:
    return [word.strip().casefold() for word in hypothesis_words(text)]


def _repeated(words: list[str], length: int) -> Iterator[range]:
    """The places of each run of equal groups of ``length`` words; the last group may be unfinished."""
    start = 0
    for place in range(length, len(words) + 1):
        if place == len(words) or words[place] != words[place - length]:
            if place - length > start:
                yield range(start, place)
            start = place - length + 1


def _is_no_speech(transcription: Transcription, settings: RejectionSettings) -> bool:
    """Whether the model thinks that nobody spoke, and is not sure of its text or wrote only sounds of breath.

    For a text of only such sounds the threshold is lower, by half of its distance from 1: 0.4 by default. Over 1021
    single words (letters, digits and commands in five voices; clean, with telephone sound, 30 dB quieter, and in
    white noise) the model wrote such sounds with a higher probability of no speech twice, where "you" and "uh-huh"
    were said in noise. Its "uh-huh" and "you" for coughs and melodies had 0.47 to 0.94.
    """
    threshold = settings.no_speech_probability
    if _is_breath(transcription.text):
        return transcription.no_speech_probability > threshold - (1.0 - threshold) / 2
    return (
        transcription.no_speech_probability > threshold
        and transcription.average_log_probability < settings.average_log_probability
    )


def _is_breath(text: str) -> bool:
    words = re.findall(r"\w+", text.casefold())
    return all(_BREATHED_WORD.fullmatch(word) for word in words)
