"""Answers small questions about durations, languages and audio formats."""

from typing import Any

from realtime_mlx_stt.domain.languages import is_language_code

__all__ = ["format_duration", "get_audio_format_info", "validate_language_code"]

_MINUTE = 60


def format_duration(seconds: float) -> str:
    """A duration for a person: ``5.2s``, and from a minute on ``1m 30s``."""
    if round(seconds, 1) < _MINUTE:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes}m {rest}s"


def validate_language_code(language: str) -> bool:
    """Whether it is the code of a language that Whisper writes, in any case; what is no text is none."""
    return is_language_code(language)


def get_audio_format_info(sample_rate: int = 16000, channels: int = 1, sample_width: int = 2) -> dict[str, Any]:
    """What such PCM sound is: ``sample_rate`` in Hz, ``sample_width`` in bytes a sample."""
    return {
        "sample_rate": sample_rate,
        "channels": channels,
        "sample_width": sample_width,
        "format": "PCM",
        "bits_per_sample": sample_width * 8,
        "bytes_per_second": sample_rate * channels * sample_width,
    }
