"""Writes a session's audio to disk, each sample at its true position, until that fails for the first time."""

from typing import Final

import numpy as np

from realtime_mlx_stt.ports.audio_recording import AudioRecording, RecordingError
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["SessionRecording"]

_SILENCE_SAMPLES: Final = 16_000
"""How much silence is written at once: one second, so that a long loss takes no memory."""


class SessionRecording:
    """A recording, or None where the user asked for none. Each method returns the error that ended it, if any."""

    def __init__(self, recording: AudioRecording | None) -> None:
        self._recording = recording

    def write(self, samples: AudioSamples) -> RecordingError | None:
        """Append samples as they are."""
        if self._recording is None:
            return None
        try:
            self._recording.write(samples)
        except RecordingError as error:
            self.close()
            return error
        return None

    def write_silence(self, samples: int) -> RecordingError | None:
        """Append silence in place of what was lost, or was not to be listened to."""
        for written in range(0, samples, _SILENCE_SAMPLES):
            error = self.write(np.zeros(min(_SILENCE_SAMPLES, samples - written), dtype=np.float32))
            if error is not None or self._recording is None:
                return error
        return None

    def close(self) -> None:
        """Finish the file; idempotent."""
        if self._recording is not None:
            self._recording.close()
            self._recording = None
