"""The shipped clips, and sounds that nobody said, as the engine hears them: 16 kHz mono float32."""

import wave
from pathlib import Path

import numpy as np
import soxr

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["NOISES", "SPEECH_CLIPS", "WAKE_CLIPS", "clip", "framed", "noise", "silence"]

_DATA = Path(__file__).parents[1] / "data"
SPEECH_CLIPS = sorted((_DATA / "speech").glob("*.wav"))
WAKE_CLIPS = {"alexa": _DATA / "wake" / "alexa.wav", "hey_mycroft": _DATA / "wake" / "hey-mycroft.wav"}
NOISES = ("silence", "white noise", "loud white noise", "440 Hz", "hum")


def clip(path: Path) -> AudioSamples:
    """The clip's samples."""
    with wave.open(str(path)) as file:
        numbers = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        rate = file.getframerate()
    samples = numbers.astype(np.float32) / np.float32(32768)
    return samples if rate == SAMPLE_RATE_HZ else soxr.resample(samples, rate, SAMPLE_RATE_HZ)


def silence(seconds: float) -> AudioSamples:
    """Digital silence."""
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), dtype=np.float32)


def noise(name: str, seconds: float) -> AudioSamples:
    """One of ``NOISES``, always the same."""
    time = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    white = np.random.default_rng(7).standard_normal(len(time))
    sounds = {
        "silence": 0.0 * time,
        "white noise": 0.05 * white,
        "loud white noise": 0.5 * white,
        "440 Hz": 0.3 * np.sin(2 * np.pi * 440 * time),
        "hum": 0.01 * white + sum(0.1 / n * np.sin(2 * np.pi * 50 * n * time) for n in range(1, 7)),
    }
    return np.clip(sounds[name], -1.0, 1.0).astype(np.float32)


def framed(samples: AudioSamples, frame_samples: int) -> list[AudioSamples]:
    """The samples in frames, the last one filled up with silence."""
    padded = np.pad(samples, (0, -len(samples) % frame_samples))
    return list(padded.reshape(-1, frame_samples))
