"""The small functions, where programs used to import them from."""

from realtime_mlx_stt.composition.public_api import (
    format_duration,
    get_audio_format_info,
    list_audio_devices,
    setup_minimal_logging,
    validate_language_code,
)

__all__ = [
    "format_duration",
    "get_audio_format_info",
    "list_audio_devices",
    "setup_minimal_logging",
    "validate_language_code",
]
