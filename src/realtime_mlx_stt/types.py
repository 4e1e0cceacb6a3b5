"""The types of results and callbacks, where programs used to import them from."""

from realtime_mlx_stt.composition.public_api import (
    AudioCallback,
    AudioDevice,
    AudioSource,
    ErrorCallback,
    TranscriptionCallback,
    TranscriptionEngine,
    TranscriptionResult,
    VADMode,
)

__all__ = [
    "AudioCallback",
    "AudioDevice",
    "AudioSource",
    "ErrorCallback",
    "TranscriptionCallback",
    "TranscriptionEngine",
    "TranscriptionResult",
    "VADMode",
]
