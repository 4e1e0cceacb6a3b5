"""The one audio format inside the product: 16 kHz, mono, positions counted in samples."""

from typing import Final

__all__ = ["SAMPLE_RATE_HZ", "samples_to_seconds", "seconds_to_samples"]

SAMPLE_RATE_HZ: Final = 16_000
"""The rate at which Whisper, Silero and openWakeWord all listen."""


def seconds_to_samples(seconds: float) -> int:
    """The number of samples in so many seconds, rounded to the nearest sample."""
    return round(seconds * SAMPLE_RATE_HZ)


def samples_to_seconds(samples: int) -> float:
    """How long so many samples last, in seconds."""
    return samples / SAMPLE_RATE_HZ
