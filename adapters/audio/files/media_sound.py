"""Reads the sound of a media file that libsndfile does not know, such as M4A, MP4 and WebM.

It is a module of its own because importing PyAV loads a library and takes 0.1 s.
"""

from collections.abc import Iterator
from io import BytesIO, FileIO
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Frames
from realtime_mlx_stt.adapters.audio.files.cut_short import cut_short_error
from realtime_mlx_stt.adapters.audio.media_library import (
    MediaError,
    NotMediaError,
    mono_frames,
    opened_container,
    sound_stream,
)
from realtime_mlx_stt.ports.audio_source import AudioCutShortError, AudioFormatError

__all__ = ["MediaSound", "NotMediaError"]

_FORMATS: Final = ("mov", "matroska", "ogg", "aac", "amr", "caf")

_NO_FRAMES: Final = np.empty((0, 1), dtype=np.float32)


class MediaSound:
    """A ``ReadySound``: the first stream of sound in a file, its channels mixed.

    Raises:
        NotMediaError: there is no sound in it that can be decoded.
        AudioFormatError: there is a stream of sound, but no sample.
    """

    def __init__(self, opened: FileIO | BytesIO, name: str) -> None:
        self._opened = opened
        self._name = name
        self._container = opened_container(opened, *_FORMATS)
        self._decoded_frames = 0
        self._rate = 0
        self._ahead = _NO_FRAMES
        try:
            self._sound = self._decoded()
            self._check()
        except Exception:
            self._container.close()
            raise

    @property
    def frames(self) -> None:
        """None: headers of such files tell the length of what was encoded, not of what is decoded."""
        return

    @property
    def sample_rate_hz(self) -> int:
        """The rate of the decoded sound, which headers do not always tell correctly."""
        return self._rate

    def read(self, frames: int) -> Frames:
        """At most this many of the next frames, of one channel; none behind the file's end.

        Raises:
            AudioFormatError: what follows cannot be decoded; everything before has been given.
        """
        if not len(self._ahead):
            self._ahead = next(self._sound, _NO_FRAMES)
        read, self._ahead = self._ahead[:frames], self._ahead[frames:]
        return read

    def cut_short(self) -> AudioCutShortError | None:
        """What is to be told of a CAF or Ogg file that is cut; the seconds that headers tell are not relied on."""
        return cut_short_error(self._opened, self._name, self._decoded_frames / self._rate, None)

    def close(self) -> None:
        """Release the file; idempotent."""
        self._container.close()
        self._opened.close()

    def _check(self) -> None:
        self._ahead = next(self._sound, _NO_FRAMES)
        if not len(self._ahead):
            raise AudioFormatError(f"{self._name} holds no sound: its header is whole, but no sample follows.")

    def _decoded(self) -> Iterator[Frames]:
        stream = sound_stream(self._container)
        try:
            for decoded in self._container.decode(stream):
                self._rate = self._rate or decoded.sample_rate
                if decoded.sample_rate != self._rate:
                    raise self._failure(f"goes on at {decoded.sample_rate} samples a second")
                if decoded.samples:
                    self._decoded_frames += decoded.samples
                    yield mono_frames(decoded)
        except MediaError as error:
            raise self._failure(f"is damaged or cut short there ({error.strerror})") from error

    def _failure(self, why: str) -> AudioFormatError:
        seconds = self._decoded_frames / self._rate if self._rate else 0.0
        return AudioFormatError(f"{self._name} cannot be read beyond {seconds:.1f} s: it {why}.")
