"""The configuration, where programs used to import it from."""

from realtime_mlx_stt.composition.public_api import (
    ModelConfig,
    TranscriberConfig,
    TranscriptionEngine,
    VADConfig,
    VADDetectorType,
    WakeWordConfig,
    WakeWordDetector,
)

__all__ = [
    "ModelConfig",
    "TranscriberConfig",
    "TranscriptionEngine",
    "VADConfig",
    "VADDetectorType",
    "WakeWordConfig",
    "WakeWordDetector",
]
