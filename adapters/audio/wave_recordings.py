"""Keeps sessions' audio as WAV files in one folder, one file for each session."""

import os
from pathlib import Path
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.audio.wave_header import (
    HEADER_BYTES,
    RIFF_LIMIT_BYTES,
    SAMPLE_BYTES,
    is_wave_header,
    wave_header,
)
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_recording import RecordingError, RecordingNotFoundError
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["WaveRecording", "WaveRecordings"]

_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
"""For the user alone: what was said near a microphone is nobody else's business."""

_LONGEST_NAME: Final = 255


class WaveRecordings:
    """``AudioRecordings`` in ``folder``, which is made when it is first needed. Thread-safe."""

    def __init__(self, folder: Path, riff_limit_bytes: int = RIFF_LIMIT_BYTES) -> None:
        self._folder = folder
        self._riff_limit_bytes = riff_limit_bytes

    def create(self, session_id: SessionId) -> "WaveRecording":
        """Begin the session's recording.

        Raises:
            RecordingError: the folder or the file cannot be made, or there is such a recording.
        """
        path = self._path(session_id)
        try:
            self._folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
        except FileExistsError as error:
            raise RecordingError(f"There is a recording {path}, or a file where its folder should be.") from error
        except OSError as error:
            raise RecordingError(
                f"The recording {path} cannot be made ({error.strerror}); check the folder, or do not record."
            ) from error
        try:
            return WaveRecording(path, descriptor, self._riff_limit_bytes)
        except RecordingError:
            path.unlink(missing_ok=True)
            raise

    def path(self, session_id: SessionId) -> Path:
        """The session's recording.

        Raises:
            RecordingNotFoundError: there is none.
        """
        path = self._path(session_id)
        if not path.is_file():
            raise _not_recorded(session_id)
        return path

    def read(self, session_id: SessionId, start_sample: int, end_sample: int) -> AudioSamples:
        """The recorded samples from ``start_sample`` to before ``end_sample``, also while more are being written.

        Raises:
            RecordingNotFoundError: there is no recording.
            RecordingError: it does not reach so far, was not written here, or cannot be read.
        """
        path = self.path(session_id)
        try:
            with path.open("rb") as file:
                header = file.read(HEADER_BYTES)
                file.seek(start_sample * SAMPLE_BYTES, os.SEEK_CUR)
                sound = file.read((end_sample - start_sample) * SAMPLE_BYTES)
        except FileNotFoundError as error:  # deleted at this very moment
            raise _not_recorded(session_id) from error
        except OSError as error:
            raise RecordingError(f"The recording {path} cannot be read ({error.strerror}).") from error
        if not is_wave_header(header):
            raise RecordingError(f"{path} is no recording as this program writes it.")
        if len(sound) < (end_sample - start_sample) * SAMPLE_BYTES:
            raise RecordingError(f"The recording {path} ends before {samples_to_seconds(end_sample):.2f} s.")
        return np.frombuffer(sound, dtype="<f4").astype(np.float32)

    def delete(self, session_id: SessionId) -> None:
        """Delete the session's recording; nothing happens where there is none.

        Raises:
            RecordingError: it cannot be deleted.
        """
        try:
            path = self.path(session_id)
        except RecordingNotFoundError:
            return
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise RecordingError(
                f"The recording {path} cannot be deleted ({error.strerror}); check the folder's permissions."
            ) from error

    def _path(self, session_id: SessionId) -> Path:
        name = f"{session_id}.wav"
        if "\0" in name or Path(name).name != name or name.startswith(".") or len(name.encode()) > _LONGEST_NAME:
            raise RecordingNotFoundError(f"No recording can have the name {name!r}.")
        return self._folder / name


class WaveRecording:
    """An ``AudioRecording``. The operating system has every sample as soon as ``write`` returns."""

    def __init__(self, path: Path, descriptor: int, riff_limit_bytes: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor
        self._riff_limit_bytes = riff_limit_bytes
        self._sound_bytes = 0
        self._is_long = False
        try:
            self._rewrite_header(None)
            os.lseek(descriptor, HEADER_BYTES, os.SEEK_SET)
        except RecordingError:
            self.close()
            raise

    def write(self, samples: AudioSamples) -> None:
        """Append samples exactly as they are, float32.

        Raises:
            RecordingError: it could not be written, or has been closed.
        """
        sound = np.ascontiguousarray(samples, dtype="<f4").tobytes()
        if not self._is_long and self._sound_bytes + len(sound) > self._riff_limit_bytes:
            self._is_long = True
            self._rewrite_header(None)
        rest = memoryview(sound)
        try:
            while rest:
                rest = rest[os.write(self._opened(), rest) :]
        except OSError as error:
            raise _not_written(self._path, error) from error
        finally:
            self._sound_bytes += (len(sound) - len(rest)) // SAMPLE_BYTES * SAMPLE_BYTES

    def close(self) -> None:
        """Finish the file; idempotent. Without a finished header it stays as after a crash: readable."""
        if self._descriptor is None:
            return
        try:
            self._rewrite_header(self._sound_bytes)
            os.ftruncate(self._descriptor, HEADER_BYTES + self._sound_bytes)
        except (RecordingError, OSError):
            pass
        finally:
            os.close(self._descriptor)
            self._descriptor = None

    def _rewrite_header(self, sound_bytes: int | None) -> None:
        try:
            os.pwrite(self._opened(), wave_header(sound_bytes, is_long=self._is_long), 0)
        except OSError as error:
            raise _not_written(self._path, error) from error

    def _opened(self) -> int:
        if self._descriptor is None:
            raise RecordingError(f"The recording {self._path} is finished.")
        return self._descriptor


def _not_recorded(session_id: SessionId) -> RecordingNotFoundError:
    return RecordingNotFoundError(
        f"No audio was recorded for session {session_id}; it is only with --record-audio."
    )


def _not_written(path: Path, error: OSError) -> RecordingError:
    return RecordingError(
        f"The recording {path} cannot be written on ({error.strerror}); make room on its disk. "
        "What it holds so far stays."
    )
