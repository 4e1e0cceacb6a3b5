"""Speech to count wrong words over: the clips as they are, over a telephone, in noise and joined; another voice."""

import json
from dataclasses import replace
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from tests.adapters.speech_to_text.clips import DATA_FOLDER, Clip, speech_clips
from tests.end_to_end.sound_scenes import word_errors
from tests.guarantees.sounds import coloured_noise

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ, seconds_to_samples
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["SETS", "YARDSTICK", "joined", "speech_set", "telephoned", "window_texts", "wrong_words"]

SETS: Final = ("clips", "clips over a telephone", "clips in noise", "prompts", "joins")
"""Those that ``speech_set`` knows."""

YARDSTICK: Final = DATA_FOLDER / "full-window-texts.json"
"""What greedy decoding of the full window of 30 s gives for each set; made by ``full_window``."""

_TELEPHONE_RATE_HZ: Final = 8_000
_TELEPHONE_BAND_HZ: Final = (300, 3_400)
_MU: Final = 255.0
_NOISE_DECIBELS: Final = 10.0
_JOIN_SECONDS: Final = (8.0, 14.0, 20.0, 26.0)
_PAUSES_SECONDS: Final = (0.2, 0.45, 0.8, 0.3)


@cache
def speech_set(name: str) -> tuple[Clip, ...]:
    """One of ``SETS``, always the same."""
    match name:
        case "clips":
            return speech_clips()
        case "clips over a telephone":
            return tuple(replace(clip, audio=telephoned(clip.audio)) for clip in speech_clips())
        case "clips in noise":
            return tuple(_in_noise(clip, number) for number, clip in enumerate(speech_clips()))
        case "prompts":
            return _prompts(DATA_FOLDER / "telephone")
        case "joins":
            return tuple(_join(number, seconds) for number, seconds in enumerate(_JOIN_SECONDS))
        case _:
            raise AssertionError(f"There is no set {name}.")


def telephoned(audio: AudioSamples) -> AudioSamples:
    """The sound as a telephone brings it: 8 kHz, 300 to 3400 Hz, eight bits by the mu-law (G.711)."""
    narrow = soxr.resample(audio, SAMPLE_RATE_HZ, _TELEPHONE_RATE_HZ)
    spectrum = np.fft.rfft(narrow)
    pitches = np.fft.rfftfreq(len(narrow), 1 / _TELEPHONE_RATE_HZ)
    spectrum[(pitches < _TELEPHONE_BAND_HZ[0]) | (pitches > _TELEPHONE_BAND_HZ[1])] = 0.0
    heard = np.clip(np.fft.irfft(spectrum, len(narrow)), -1.0, 1.0)
    pressed = np.sign(heard) * np.round(np.log1p(_MU * np.abs(heard)) / np.log1p(_MU) * 127) / 127
    spread = np.sign(pressed) * np.expm1(np.abs(pressed) * np.log1p(_MU)) / _MU
    wide: AudioSamples = soxr.resample(spread.astype(np.float32), _TELEPHONE_RATE_HZ, SAMPLE_RATE_HZ)
    return wide


def joined(name: str, clips: tuple[Clip, ...], pauses_seconds: tuple[float, ...]) -> Clip:
    """The clips one after the other, behind each the next of the pauses over and over; texts likewise."""
    parts = []
    for clip, pause_seconds in zip(clips, cycle(pauses_seconds), strict=False):
        parts += [clip.audio, np.zeros(seconds_to_samples(pause_seconds), dtype=np.float32)]
    return Clip(name=name, text=" ".join(clip.text for clip in clips), audio=np.concatenate(parts))


def window_texts(model: str, name: str) -> dict[str, str]:
    """The yardstick's texts of a set by the names of its clips."""
    texts: dict[str, str] = json.loads(YARDSTICK.read_bytes())["texts"][model][name]
    return texts


def wrong_words(clips: tuple[Clip, ...], texts: dict[str, str]) -> int:
    """How many words of the clips are missing, changed or added in the texts."""
    return sum(word_errors(clip.text, texts[clip.name]).all for clip in clips)


def _in_noise(clip: Clip, seed: int) -> Clip:
    """With pink noise, 10 dB weaker than the speech."""
    level = np.sqrt(np.mean(clip.audio**2)) * 10 ** (-_NOISE_DECIBELS / 20)
    noise = level * coloured_noise(clip.audio.size, seed, 1.0)
    return replace(clip, audio=(clip.audio + noise).astype(np.float32))


def _prompts(folder: Path) -> tuple[Clip, ...]:
    """Another voice, recorded for telephone exchanges."""
    return tuple(
        Clip(name=Path(entry["file"]).stem, text=entry["text"], audio=_wide(folder / entry["file"]))
        for entry in json.loads((folder / "manifest.json").read_bytes())["clips"]
    )


def _wide(path: Path) -> AudioSamples:
    samples, rate = soundfile.read(path, dtype="float32")
    wide: AudioSamples = soxr.resample(samples, rate, SAMPLE_RATE_HZ)
    return wide


def _join(number: int, longest_seconds: float) -> Clip:
    """Clips of all voices in turn, each join beginning with others, as many as fit."""
    order = np.random.default_rng(number).permutation(len(speech_clips()))
    chosen: tuple[Clip, ...] = ()
    for clip in (speech_clips()[place] for place in order):
        longer = joined(f"join-{number}", (*chosen, clip), _PAUSES_SECONDS)
        chosen = (*chosen, clip) if longer.seconds <= longest_seconds else chosen
    return joined(f"join-{number}", chosen, _PAUSES_SECONDS)
