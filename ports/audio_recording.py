"""Defines where a session's audio is written when, and only when, the user asks for it."""

from pathlib import Path
from typing import Protocol

from realtime_mlx_stt.domain.errors import PortError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["AudioRecording", "AudioRecordings", "RecordingError", "RecordingNotFoundError"]


class RecordingError(PortError):
    """The recording cannot be written or read."""

    code = "recording"


class RecordingNotFoundError(RecordingError):
    """No audio was recorded for that session."""

    code = "recording-not-found"


class AudioRecording(Protocol):
    """One session's audio while it is being written; used by one thread at a time."""

    def write(self, samples: AudioSamples) -> None:
        """Append samples exactly as they are, float32.

        Raises:
            RecordingError: it could not be written.
        """
        ...

    def close(self) -> None:
        """Finish the file; idempotent."""
        ...


class AudioRecordings(Protocol):
    """All recordings, by session."""

    def create(self, session_id: SessionId) -> AudioRecording:
        """Begin the session's recording.

        Raises:
            RecordingError: it cannot be written.
        """
        ...

    def path(self, session_id: SessionId) -> Path:
        """The session's recording, a sound file that any ``FileRequest`` can name.

        Raises:
            RecordingNotFoundError: there is none.
        """
        ...

    def read(self, session_id: SessionId, start_sample: int, end_sample: int) -> AudioSamples:
        """The recorded samples from ``start_sample`` to before ``end_sample``, also while more are being written.

        Raises:
            RecordingNotFoundError: there is no recording.
            RecordingError: it does not reach so far, or cannot be read.
        """
        ...

    def delete(self, session_id: SessionId) -> None:
        """Delete the session's recording; nothing happens where there is none.

        Raises:
            RecordingError: it cannot be deleted.
        """
        ...
