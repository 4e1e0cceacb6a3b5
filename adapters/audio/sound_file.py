"""Opens and reads any sound file that libsndfile knows, with errors that say what is wrong with it."""

import os
import stat
from contextlib import ExitStack
from io import FileIO
from pathlib import Path
from typing import Any, Final

import numpy as np

from realtime_mlx_stt.adapters.audio.stream_converter import Frames
from realtime_mlx_stt.ports.audio_source import AudioFileNotFoundError, AudioFormatError, AudioSourceError

__all__ = ["SoundFile"]

_RATES_HZ: Final = range(1_000, 1_000_001)
_UNKNOWN_FRAMES: Final = 2**62
"""libsndfile gives the largest 63-bit number for a length that no header tells."""

_MP3_HEAD_BYTES: Final = 1_000_000
"""The tag with the length is in the first frame, which a picture of the cover may precede."""

_AHEAD_FRAMES: Final = 4096
"""Read when the file is opened, to see whether it holds sound at all."""

_MP3_TAIL_BYTES: Final = 65_536
"""Tags at the end of the file, and what the decoder has read ahead, are less."""


class SoundFile:
    """An open sound file, read from beginning to end by one thread at a time.

    Raises:
        AudioFileNotFoundError: there is no such file, or it is a folder.
        AudioFormatError: it is not audio, or is cut short in its header, or holds no sample.
        AudioSourceError: it may not be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._error: AudioSourceError | None = None
        self._ahead: Frames | None = None
        self._decoded = 0
        with ExitStack() as opened:
            self._bytes = opened.enter_context(_opened(path))
            self._file = opened.enter_context(_decoder(path, self._bytes))
            self._header_tells = self._file.format != "MP3" or _has_length_tag(self._bytes)
            self._check()
            opened.pop_all()

    @property
    def sample_rate_hz(self) -> int:
        """The file's own rate."""
        return int(self._file.samplerate)

    @property
    def frames(self) -> int | None:
        """How many frames the header promises; None when it does not tell."""
        frames = int(self._file.frames)
        return frames if self._header_tells and 0 < frames < _UNKNOWN_FRAMES else None

    def read(self, frames: int) -> Frames:
        """At most so many of the next frames; none behind the file's end.

        Raises:
            AudioFormatError: what follows cannot be decoded; everything before has been given.
        """
        if self._ahead is not None:
            ahead, self._ahead = self._ahead, None
            return ahead
        return self._decode(frames)

    def close(self) -> None:
        """Release the file; idempotent."""
        self._file.close()
        self._bytes.close()

    def _decode(self, frames: int) -> Frames:
        if self._error is not None:
            raise self._error
        buffer = np.empty((frames, self._file.channels), dtype=np.float32)
        try:
            filled: Frames = self._file.read(out=buffer)
        except Exception as error:  # libsndfile's, whose class is not worth importing before it is met
            # What was decoded before the error is in the buffer.
            filled = buffer[: max(0, self._file.tell() - self._decoded)]
            self._error = self._failure(len(filled), f"is damaged or cut short there ({_decoders_reason(error)})")
            if not len(filled):
                raise self._error from error
        if not len(filled) and self._is_more_than_guessed():
            raise self._failure(0, "goes on, but its header does not tell how long it is; convert it to FLAC")
        self._decoded += len(filled)
        return filled

    def _failure(self, frames: int, why: str) -> AudioFormatError:
        seconds = (self._decoded + frames) / self.sample_rate_hz
        return AudioFormatError(f"{self._path} cannot be read beyond {seconds:.1f} s: it {why}.")

    def _is_more_than_guessed(self) -> bool:
        """Whether much of an MP3 file is left that libsndfile, which takes its guess for the end, does not read."""
        if self._header_tells:
            return False
        left_bytes = os.fstat(self._bytes.fileno()).st_size - self._bytes.tell()
        return left_bytes > _MP3_TAIL_BYTES

    def _check(self) -> None:
        if self._file.samplerate not in _RATES_HZ:
            raise AudioFormatError(
                f"{self._path} claims {self._file.samplerate} samples a second; 1000 to 1000000 can be converted."
            )
        # The first frames are kept, not read again: some decoders are not at their beginning after a step back.
        self._ahead = self._decode(_AHEAD_FRAMES)
        if not len(self._ahead):
            raise AudioFormatError(f"{self._path} holds no sound: its header is whole, but no sample follows.")


def _opened(path: Path) -> FileIO:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise AudioFileNotFoundError(f"{path} is {_kind(path)}; name a sound file.")
        return FileIO(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise AudioFileNotFoundError(f"There is no file {path}; check the path.") from error
    except (OSError, ValueError) as error:
        raise AudioSourceError(f"{path} cannot be read ({_reason(error)}); check its permissions.") from error


def _decoder(path: Path, opened: FileIO) -> Any:
    """Libsndfile on an open file: so it judges it by what it holds, not by its name's ending."""
    from realtime_mlx_stt.adapters.audio.onward_file import NotAudioError, OnwardFile  # noqa: PLC0415 - slow

    try:
        return OnwardFile(opened.fileno(), closefd=False)
    except NotAudioError as error:
        if not path.stat().st_size:
            raise AudioFormatError(f"{path} is empty.") from error
        reason = _decoders_reason(error)
        why = "" if "does not exist" in reason else f" ({reason})"  # said of what turned out not to be an MP3 file
        raise AudioFormatError(
            f"{path} is not audio that can be read{why}. WAV, FLAC, OGG, MP3 and AIFF can; convert anything else, "
            f"for instance with ffmpeg -i '{path.name}' converted.wav."
        ) from error


def _has_length_tag(opened: FileIO) -> bool:
    """Whether an MP3 file says how long it is; without such a tag libsndfile guesses by the first frame."""
    head = os.pread(opened.fileno(), _MP3_HEAD_BYTES, 0)
    return b"Xing" in head or b"Info" in head


def _decoders_reason(error: Exception) -> str:
    return str(getattr(error, "error_string", error)).strip().rstrip(".")


def _kind(path: Path) -> str:
    return "a folder" if path.is_dir() else "not a file but a device or a pipe"


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
