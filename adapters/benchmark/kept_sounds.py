"""Keeps sound in WAV files of 16 bits, in a folder that is deleted at the end."""

import tempfile
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_requests import AudioSamples
from realtime_mlx_stt.ports.benchmark import SoundKeeping

__all__ = ["kept_sounds"]


@contextmanager
def kept_sounds() -> Iterator[SoundKeeping]:
    """Provides a folder for sounds until the context is left."""
    with tempfile.TemporaryDirectory() as folder:

        def keep(name: str, samples: AudioSamples) -> Path:
            path = Path(folder) / f"{name}.wav"
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(SAMPLE_RATE_HZ)
                file.writeframes(np.round(np.clip(samples, -1.0, 1.0) * 32_767).astype("<i2").tobytes())
            return path

        yield keep
