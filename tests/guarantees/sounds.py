"""Sounds that nobody said, 16 kHz mono float32: from silence to a cough with a voice in it."""

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["SOUNDS", "at_level", "coloured_noise", "made_sound"]

_Doubles = npt.NDArray[np.float64]


def coloured_noise(samples: int, seed: int, exponent: float) -> _Doubles:
    """Noise whose power falls with frequency to the power of ``exponent``: 0 is white, 1 is pink; of level 1."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(samples))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** (exponent / 2)
    spectrum[0] = 0.0
    noise = np.fft.irfft(spectrum, samples)
    level: _Doubles = noise / np.sqrt(np.mean(noise**2))
    return level


def at_level(audio: _Doubles, decibels: float) -> AudioSamples:
    """The sound with its greatest amplitude so many decibels below full scale, clipped if that is above it."""
    greatest = max(float(np.max(np.abs(audio))), 1e-9)
    return np.clip(audio / greatest * 10 ** (decibels / 20), -1.0, 1.0).astype(np.float32)


def made_sound(name: str, seconds: float) -> _Doubles:
    """One of ``SOUNDS``, always the same; of any level."""
    made: _Doubles = SOUNDS[name](np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ)
    return made


def _silence(time: _Doubles) -> _Doubles:
    return np.zeros_like(time)


def _white(time: _Doubles) -> _Doubles:
    return coloured_noise(len(time), 1, 0.0)


def _pink(time: _Doubles) -> _Doubles:
    return coloured_noise(len(time), 2, 1.0)


def _hum(mains_hz: float) -> Callable[[_Doubles], _Doubles]:
    """The mains' hum with its overtones, and a little hiss."""

    def hum(time: _Doubles) -> _Doubles:
        tones = _together(np.sin(2 * np.pi * mains_hz * n * time + n) / n for n in range(1, 9))
        return tones + 0.05 * coloured_noise(len(time), 3, 0.0)

    return hum


def _melody(time: _Doubles) -> _Doubles:
    """Plucked notes with overtones, three a second, over a bass note that changes every two seconds."""
    notes = 220.0 * 2.0 ** (np.array([0, 4, 7, 12, 7, 4, 2, 5, 9, 14, 9, 5]) / 12)
    pitch = notes[(time * 3).astype(int) % len(notes)]
    bass = np.where(time % 4 < 2, 110.0, 123.5)
    since = time % (1 / 3)
    plucked = _together(np.sin(2 * np.pi * pitch * n * since) * np.exp(-since * 4 * n) / n for n in range(1, 6))
    melody: _Doubles = plucked + 0.5 * np.sin(2 * np.pi * bass * time)
    return melody


def _organ(time: _Doubles) -> _Doubles:
    """A chord that is held, with the vibrato of a singing voice."""
    vibrato = 0.004 * np.sin(2 * np.pi * 5.5 * time)
    pitches = (196.0, 246.9, 293.7)
    return _together(np.sin(2 * np.pi * pitch * n * (time + vibrato)) / n for pitch in pitches for n in range(1, 7))


def _coughs(time: _Doubles) -> _Doubles:
    """Every 2.5 s: a burst, breath through the throat's resonances, and an end in which the voice joins in."""
    since = time % 2.5
    breath = _resonant(coloured_noise(len(time), 4, 0.3), (700.0, 1500.0, 2800.0))
    voice = _resonant(np.sign(np.sin(2 * np.pi * 170 * time)) * 1.0, (600.0, 1100.0))
    burst = np.exp(-since / 0.02) * (1 - np.exp(-since / 0.002))
    blown = np.exp(-since / 0.09) * (1 - np.exp(-since / 0.01))
    voiced = np.exp(-(((since - 0.28) / 0.05) ** 2))
    cough: _Doubles = 2.0 * breath * burst + breath * blown + 0.4 * voice * voiced
    return cough


def _knocks(time: _Doubles) -> _Doubles:
    """Three knocks on a door, every two seconds."""
    since = np.where(time % 2.0 < 0.75, (time % 2.0) % 0.25, 0.25)
    wood = _together(
        np.sin(2 * np.pi * pitch * since) * np.exp(-since * rate) for pitch, rate in ((140, 40), (330, 70))
    )
    return wood * (since < 0.25)


def _clicks(time: _Doubles) -> _Doubles:
    """Keys of a keyboard, pressed unevenly."""
    rng = np.random.default_rng(5)
    clicks = np.zeros_like(time)
    for at_second in np.cumsum(rng.uniform(0.08, 0.4, round(len(time) / SAMPLE_RATE_HZ * 5))):
        since = time - at_second
        clicks += np.where(since > 0, np.exp(-np.maximum(since, 0.0) / 0.004), 0.0)
    return clicks * coloured_noise(len(time), 6, 0.0)


def _resonant(source: _Doubles, formants_hz: tuple[float, ...]) -> _Doubles:
    """The sound through resonances of about 120 Hz in width."""
    ring = np.arange(600) / SAMPLE_RATE_HZ
    heard = _together(
        np.convolve(source, np.exp(-ring * 380) * np.sin(2 * np.pi * f * ring), "same") for f in formants_hz
    )
    level: _Doubles = heard / np.sqrt(np.mean(heard**2))
    return level


def _together(sounds: Iterable[_Doubles]) -> _Doubles:
    together: _Doubles = np.sum(list(sounds), axis=0)
    return together


SOUNDS: Final[dict[str, Callable[[_Doubles], _Doubles]]] = {
    "silence": _silence,
    "white noise": _white,
    "pink noise": _pink,
    "hum of 50 Hz": _hum(50.0),
    "hum of 60 Hz": _hum(60.0),
    "melody": _melody,
    "organ": _organ,
    "coughs": _coughs,
    "knocks": _knocks,
    "typing": _clicks,
}
"""How each is made, by its name."""
