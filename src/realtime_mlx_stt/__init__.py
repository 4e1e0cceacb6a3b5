"""Local, private, real-time speech to text: sound goes in, typed events come out.

Importing this loads nothing and sets up nothing; each name is fetched when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realtime_mlx_stt.composition.public_api import (
        AudioCallback,
        AudioDevice,
        AudioSource,
        ErrorCallback,
        ModelConfig,
        RealtimeSttError,
        SessionProblemError,
        SessionState,
        StoredEvent,
        STTClient,
        Transcriber,
        TranscriberConfig,
        TranscriptionCallback,
        TranscriptionEngine,
        TranscriptionResult,
        TranscriptionSession,
        VADConfig,
        VADDetectorType,
        VADMode,
        WakeWordConfig,
        WakeWordDetector,
        WakeWordTranscriber,
        Word,
        create_client,
        create_transcriber,
        format_duration,
        format_transcript,
        list_audio_devices,
        model_for_this_machine,
        setup_minimal_logging,
        shutdown,
        use_openai_account,
        validate_language_code,
    )

    ConfigEngine = TranscriptionEngine

__all__ = [
    "AudioCallback",
    "AudioDevice",
    "AudioSource",
    "ErrorCallback",
    "ModelConfig",
    "RealtimeSttError",
    "STTClient",
    "SessionProblemError",
    "SessionState",
    "StoredEvent",
    "Transcriber",
    "TranscriberConfig",
    "TranscriptionCallback",
    "TranscriptionEngine",
    "TranscriptionResult",
    "TranscriptionSession",
    "VADConfig",
    "VADDetectorType",
    "VADMode",
    "WakeWordConfig",
    "WakeWordDetector",
    "WakeWordTranscriber",
    "Word",
    "create_client",
    "create_transcriber",
    "format_duration",
    "format_transcript",
    "list_audio_devices",
    "model_for_this_machine",
    "setup_minimal_logging",
    "shutdown",
    "use_openai_account",
    "validate_language_code",
]

_OTHER_NAMES = {"ConfigEngine": "TranscriptionEngine"}
"""Names that can be imported as well, and what they are called now."""

_MODULES_OF_OLD = frozenset(("client", "config", "session", "transcriber", "types", "utils", "wake_word"))
"""They were there as soon as the package was imported."""

if not TYPE_CHECKING:  # a type checker would take every name for one that is handed out here

    def __getattr__(name: str) -> object:
        if name in _MODULES_OF_OLD:
            return import_module(f"{__name__}.{name}")
        if name not in __all__ and name not in _OTHER_NAMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.composition.public_api"), _OTHER_NAMES.get(name, name))
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
