"""Writes audio as the sound file that the service takes."""

import io
import wave

import numpy as np

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["wave_file"]

_FULL_SCALE = 32767


def wave_file(audio: AudioSamples) -> bytes:
    """The samples as a WAV file of 16 bits, 16 kHz, one channel, made in memory; beyond ±1 they are clipped."""
    samples = np.rint(np.clip(audio, -1.0, 1.0) * _FULL_SCALE).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE_HZ)
        writer.writeframes(samples.tobytes())
    return file.getvalue()
