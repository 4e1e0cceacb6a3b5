"""Scenes of sound for whole sessions: clips of speech in a row, wake words, and much that nobody said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import jiwer
import numpy as np
import numpy.typing as npt
from tests.adapters.sound_clips import WAKE_CLIPS, silence
from tests.adapters.sound_clips import clip as wake_clip
from tests.adapters.sound_clips import noise as plain_noise
from tests.adapters.speech_to_text.clips import clip

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = [
    "SOUNDS",
    "Place",
    "WordErrors",
    "buzz",
    "in_a_row",
    "plain_words",
    "scene",
    "silence",
    "sound",
    "speech",
    "wake_word",
    "word_errors",
]

_Doubles = npt.NDArray[np.float64]

_NUMBERS: Final = {
    "1": "one",
    "2": "two",
    "3": "three",
    "4": "four",
    "5": "five",
    "6": "six",
    "7": "seven",
    "8": "eight",
    "9": "nine",
    "10": "ten",
}

SOUNDS: Final = ("silence", "white noise", "440 Hz", "hum", "fan", "dither", "chord", "clicks", "coughs")
"""What ``sound`` can make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a clip lies in a scene: from its first sample to before ``end_sample``."""

    name: str
    start_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WordErrors:
    """How a text differs from what was said, in words."""

    said: int
    missing: int
    changed: int
    added: int

    @property
    def all(self) -> int:
        """Errors of every kind."""
        return self.missing + self.changed + self.added


def speech(name: str) -> AudioSamples:
    """The clip of speech of that name."""
    return clip(name).audio


def wake_word(word: str) -> AudioSamples:
    """Somebody says the wake word."""
    return wake_clip(WAKE_CLIPS[word])


def scene(*parts: AudioSamples) -> AudioSamples:
    """The parts one after the other."""
    return np.concatenate(parts).astype(np.float32)


def in_a_row(names: Sequence[str], pause_seconds: float) -> tuple[AudioSamples, tuple[Place, ...]]:
    """The clips with silence between them, none before the first and behind the last; and where each one lies."""
    parts: list[AudioSamples] = []
    places = []
    position = 0
    for name in names:
        if parts:
            parts.append(silence(pause_seconds))
            position += len(parts[-1])
        parts.append(speech(name))
        places.append(Place(name=name, start_sample=position, end_sample=position + len(parts[-1])))
        position += len(parts[-1])
    return scene(*parts), tuple(places)


def plain_words(text: str) -> list[str]:
    """The words alone: case, punctuation, and whether a number is written in digits do not count."""
    words = re.findall(r"[\w']+", text.lower().replace("-", " "))
    return [_NUMBERS.get(word, word) for word in words]


def word_errors(said: str, heard: str) -> WordErrors:
    """What became of what was said."""
    found = jiwer.process_words(" ".join(plain_words(said)), " ".join(plain_words(heard)))
    return WordErrors(
        said=len(plain_words(said)),
        missing=found.deletions,
        changed=found.substitutions,
        added=found.insertions,
    )


def sound(name: str, seconds: float) -> AudioSamples:
    """One of ``SOUNDS``, always the same."""
    if name in ("silence", "white noise", "440 Hz", "hum"):
        return plain_noise(name, seconds)
    time = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    white = np.random.default_rng(11).standard_normal(len(time))
    heard: _Doubles
    match name:
        case "fan":
            heard = 0.1 * _muffled(white, 40) + _whine(time)
        case "dither":
            heard = 3e-5 * white
        case "chord":
            heard = _struck_chord(time)
        case "clicks":
            heard = 0.8 * np.sign(white) * (time % 0.7 < 0.005)
        case "coughs":
            since = time % 2.5
            heard = 0.4 * _muffled(white, 6) * np.exp(-since / 0.1) * (1 - np.exp(-since / 0.006))
        case _:
            raise AssertionError(f"There is no sound {name}.")
    return heard.astype(np.float32)


def buzz(seconds: float) -> AudioSamples:
    """A buzz that rings like a vowel, a second in four: Silero takes it for speech, and Whisper writes."""
    samples = round(seconds * SAMPLE_RATE_HZ)
    ring = np.arange(200)
    vowel = np.exp(-ring / 30) * np.sin(2 * np.pi * 700 * ring / SAMPLE_RATE_HZ)
    pulses = (np.arange(samples) % 133 == 0).astype(float)
    is_on = np.arange(samples) % (4 * SAMPLE_RATE_HZ) < SAMPLE_RATE_HZ
    return (0.3 * np.convolve(pulses, vowel, "same") * is_on).astype(np.float32)


def _muffled(white: _Doubles, samples: int) -> _Doubles:
    return np.convolve(white, np.ones(samples) / samples, "same")


def _whine(time: _Doubles) -> _Doubles:
    """A motor at 100 Hz whose blades pass 23 times a second."""
    whine: _Doubles = 0.03 * np.sin(2 * np.pi * 100 * time) * (1 + 0.3 * np.sin(2 * np.pi * 23 * time))
    return whine


def _struck_chord(time: _Doubles) -> _Doubles:
    """C major with overtones, struck every 1.5 s and dying away."""
    tones = [np.sin(2 * np.pi * f * k * time) / k for f in (261.6, 329.6, 392.0) for k in (1, 2, 3)]
    struck: _Doubles = 0.06 * np.sum(tones, axis=0) * np.exp(-(time % 1.5) / 0.7)
    return struck
