"""Reads any sound file that libsndfile knows, with errors that say what is wrong with it."""

import os
from io import BytesIO, FileIO
from typing import Any, Final

import numpy as np

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Frames
from realtime_mlx_stt.adapters.audio.files.cut_short import cut_short_error
from realtime_mlx_stt.ports.audio_source import AudioCutShortError, AudioFormatError, AudioSourceError

__all__ = ["SoundFile", "decoders_reason"]

_UNKNOWN_FRAMES: Final = 2**62
"""libsndfile gives the largest 63-bit number for a length that no header tells; anything from here on counts as
that.
"""

_MP3_HEAD_BYTES: Final = 1_000_000
"""How much of an MP3 file is searched for the tag with its length: it is in the first frame, which a cover picture
may precede.
"""

_AHEAD_FRAMES: Final = 4096
"""How many frames are read when the file is opened, to see whether it holds sound at all."""

_MOST_NUMBERS: Final = 2_000_000
"""How many numbers are decoded at a time, 8 MB: a header may claim 1024 channels for a handful of bytes."""

_MP3_TAIL_BYTES: Final = 65_536
"""More than tags at the end of the file, and what the decoder has read ahead, ever take."""


class SoundFile:
    """A ``ReadySound``: an open sound file, read from beginning to end by one thread at a time.

    ``decoder`` is libsndfile's on ``opened``, both of which are closed with this.

    Raises:
        AudioFormatError: it is cut short in its header, or holds no sample.
    """

    def __init__(self, decoder: Any, opened: FileIO | BytesIO, name: str) -> None:
        self._file = decoder
        self._bytes = opened
        self._name = name
        self._error: AudioSourceError | None = None
        self._ahead: Frames | None = None
        self._decoded = 0
        self._header_tells = self._file.format != "MP3" or _has_length_tag(self._bytes)
        try:
            self._check()
        except AudioSourceError:
            self.close()
            raise

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
        """At most this many of the next frames; none behind the file's end.

        Raises:
            AudioFormatError: what follows cannot be decoded; everything before has been given.
        """
        if self._ahead is not None:
            ahead, self._ahead = self._ahead, None
            return ahead
        return self._decode(frames)

    def cut_short(self) -> AudioCutShortError | None:
        """What is to be told if it ended before its header says: libsndfile believes that of MP3 files only."""
        frames = self.frames if self._file.format == "MP3" else None
        promised_seconds = None if frames is None else frames / self.sample_rate_hz
        return cut_short_error(self._bytes, self._name, self._decoded / self.sample_rate_hz, promised_seconds)

    def close(self) -> None:
        """Release the file; idempotent."""
        self._file.close()
        self._bytes.close()

    def _decode(self, frames: int) -> Frames:
        if self._error is not None:
            raise self._error
        channels = self._file.channels
        buffer = np.empty((min(frames, _MOST_NUMBERS // channels), channels), dtype=np.float32)
        try:
            filled: Frames = self._file.read(out=buffer)
        except Exception as error:  # libsndfile's, whose class is not worth importing before it is met
            # What was decoded before the error is in the buffer.
            filled = buffer[: max(0, self._file.tell() - self._decoded)]
            self._error = self._failure(len(filled), f"is damaged or cut short there ({decoders_reason(error)})")
            if not len(filled):
                raise self._error from error
        if not len(filled) and self._is_more_than_guessed():
            raise self._failure(0, "goes on, but its header does not tell how long it is; convert it to FLAC")
        self._decoded += len(filled)
        return filled

    def _failure(self, frames: int, why: str) -> AudioFormatError:
        seconds = (self._decoded + frames) / self.sample_rate_hz
        return AudioFormatError(f"{self._name} cannot be read beyond {seconds:.1f} s: it {why}.")

    def _is_more_than_guessed(self) -> bool:
        """Whether libsndfile, which stops at its guess of the length, leaves much of an MP3 file unread."""
        if self._header_tells:
            return False
        position = self._bytes.tell()
        return self._bytes.seek(0, os.SEEK_END) - position > _MP3_TAIL_BYTES

    def _check(self) -> None:
        # The first frames are kept, not read again: some decoders are not at their beginning after a step back.
        self._ahead = self._decode(_AHEAD_FRAMES)
        if not len(self._ahead):
            raise AudioFormatError(f"{self._name} holds no sound: its header is whole, but no sample follows.")


def _has_length_tag(opened: FileIO | BytesIO) -> bool:
    """Whether an MP3 file says how long it is; without such a tag libsndfile guesses by the first frame."""
    position = opened.tell()
    opened.seek(0)
    head = opened.read(_MP3_HEAD_BYTES) or b""
    opened.seek(position)
    return b"Xing" in head or b"Info" in head


def decoders_reason(error: Exception) -> str:
    """The reason that libsndfile gives, without the rest of its sentence."""
    return str(getattr(error, "error_string", error)).strip().rstrip(".")
