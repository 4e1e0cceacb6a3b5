"""Gathers the names that programs use, and has the parts behind them opened when they are first needed."""

import os

from realtime_mlx_stt.adapters.python_api.client.client import STTClient, create_client
from realtime_mlx_stt.adapters.python_api.configuration.client_configuration import STTConfig, TranscriberConfig
from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig, VADConfig, WakeWordConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import (
    AudioSource,
    SessionState,
    TranscriptionEngine,
    VADDetectorType,
    VADMode,
    WakeWordDetector,
)
from realtime_mlx_stt.adapters.python_api.device_list import AudioDevice, list_audio_devices
from realtime_mlx_stt.adapters.python_api.logging_setup import setup_minimal_logging
from realtime_mlx_stt.adapters.python_api.model_loading import model_for_this_machine
from realtime_mlx_stt.adapters.python_api.openai_account import use_openai_account
from realtime_mlx_stt.adapters.python_api.preloading import preload_if_asked
from realtime_mlx_stt.adapters.python_api.process_services import shutdown
from realtime_mlx_stt.adapters.python_api.results import (
    AudioCallback,
    ErrorCallback,
    TranscriptionCallback,
    TranscriptionResult,
)
from realtime_mlx_stt.adapters.python_api.session.problems import SessionProblemError
from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession
from realtime_mlx_stt.adapters.python_api.text_formats import (
    format_duration,
    get_audio_format_info,
    validate_language_code,
)
from realtime_mlx_stt.adapters.python_api.transcriber.transcriber import Transcriber
from realtime_mlx_stt.adapters.python_api.transcriber.transcriber_creation import create_transcriber
from realtime_mlx_stt.adapters.python_api.transcriber.wake_word_transcriber import WakeWordTranscriber
from realtime_mlx_stt.adapters.python_api.transcript_formats import format_transcript
from realtime_mlx_stt.composition.process_services import install_process_services
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.transcription import Word
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = [
    "AudioCallback",
    "AudioDevice",
    "AudioSource",
    "ErrorCallback",
    "ModelConfig",
    "RealtimeSttError",
    "STTClient",
    "STTConfig",
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
    "get_audio_format_info",
    "list_audio_devices",
    "model_for_this_machine",
    "setup_minimal_logging",
    "shutdown",
    "use_openai_account",
    "validate_language_code",
]

install_process_services()
preload_if_asked(os.environ)
