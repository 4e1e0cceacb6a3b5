"""The closed words of the Python API; a program may write the member or its plain text."""

from enum import StrEnum
from typing import TypeVar

from realtime_mlx_stt.domain.errors import InvalidSettingError

__all__ = [
    "AudioSource",
    "SessionState",
    "TranscriptionEngine",
    "VADDetectorType",
    "VADMode",
    "WakeWordDetector",
    "member",
]

_Word = TypeVar("_Word", bound=StrEnum)


class AudioSource(StrEnum):
    """Where sound can come from."""

    MICROPHONE = "microphone"
    FILE = "file"
    STREAM = "stream"


class TranscriptionEngine(StrEnum):
    """Who writes: Whisper on this machine, or OpenAI's service."""

    MLX_WHISPER = "mlx_whisper"
    OPENAI = "openai"


class VADMode(StrEnum):
    """How ``Transcriber`` finds speech; all but ``DISABLED`` are served by Silero."""

    SILERO = "silero"
    WEBRTC = "webrtc"
    COMBINED = "combined"
    DISABLED = "disabled"


class VADDetectorType(StrEnum):
    """Which detector was asked to find speech; all are served by Silero."""

    WEBRTC = "webrtc"
    SILERO = "silero"
    COMBINED = "combined"


class WakeWordDetector(StrEnum):
    """Which detector was asked to hear wake words; it is served by openWakeWord, which needs no key."""

    PORCUPINE = "porcupine"


class SessionState(StrEnum):
    """Where a session of the Python API stands."""

    IDLE = "idle"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    ERROR = "error"


def member(words: type[_Word], value: object, what: str) -> _Word:
    """The member that ``value`` is or is the text of; ``what`` names it in the error.

    Raises:
        InvalidSettingError: it is none of them; the message lists those there are.
    """
    try:
        return words(str(value))
    except ValueError:
        known = ", ".join(sorted(words))
        raise InvalidSettingError(f"Unknown {what} {value!r}. There are: {known}") from None
