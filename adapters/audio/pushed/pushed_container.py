"""Decodes Opus in WebM or Ogg while a client is still pushing the bytes of the container.

A module of its own, for importing PyAV loads a library and takes 0.1 s.
"""

from collections.abc import Callable, Iterator
from typing import Final

from av.container import InputContainer

from realtime_mlx_stt.adapters.audio.conversion.converted_stretches import ConvertedStretches
from realtime_mlx_stt.adapters.audio.media_library import (
    MediaError,
    NotMediaError,
    mono_frames,
    opened_container,
    sound_stream,
)
from realtime_mlx_stt.adapters.audio.pushed.push_intake import IntakeRules, PushedItem, PushedMark, PushedPiece
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.ports.audio_source import AudioDelivery, AudioFormatError, AudioSourceError, PushRequest

__all__ = ["PushedContainer"]

_FORMATS: Final = {b"\x1aE\xdf\xa3": "matroska", b"OggS": "ogg"}
"""The first bytes of the containers with FFmpeg's names for them; any other beginning is refused at once."""

_MAGIC_BYTES: Final = 4

_FULL_BYTES: Final = 256 * 1024
"""How much may wait: half a minute at 64 kbit/s, which is much for speech."""

_PART_BYTES: Final = 16 * 1024

_MOST_UNHEARD_BYTES: Final = 8 * 1024 * 1024
"""How much FFmpeg may keep undecoded; a cover picture before the sound is smaller than this."""


class PushedContainer:
    """The sound of one client's container, its channels mixed. One thread."""

    def __init__(self, request: PushRequest) -> None:
        self._patience_seconds = request.patience_seconds
        self._stretches = ConvertedStretches()

    @property
    def rules(self) -> IntakeRules:
        """The rules of the intake: positions count bytes, none of which may be missing."""
        return IntakeRules(
            unit_bytes=1,
            part_units=_PART_BYTES,
            full_units=_FULL_BYTES,
            largest_hole_units=0,
            units_per_second=0,
            patience_seconds=self._patience_seconds,
        )

    @property
    def end_sample(self) -> int:
        """The position behind all that was given out."""
        return self._stretches.end_sample

    def deliveries(self, next_item: Callable[[], PushedItem | None]) -> Iterator[AudioDelivery]:
        """The sound of the bytes, as soon as it can be decoded; ``finish`` gives the rest.

        Raises:
            AudioFormatError: they are neither WebM nor Ogg with Opus in it, or damaged.
            AudioSourceError: as of ``next_item``.
        """
        stream = _ByteStream(next_item)
        beginning = stream.begin()
        if beginning and stream.failure is None:
            yield from self._decoded(stream, beginning)
        if stream.failure is not None:
            raise stream.failure

    def finish(self) -> list[AudioDelivery]:
        """The rest of the decoded sound."""
        return [*self._stretches.finish()]

    def _decoded(self, stream: "_ByteStream", beginning: bytes) -> Iterator[AudioDelivery]:
        if beginning not in _FORMATS:
            raise AudioFormatError("The audio is neither WebM nor Ogg; begin with the first byte of the container.")
        try:
            with opened_container(stream, _FORMATS[beginning]) as container:
                yield from self._heard(container, stream)
        except NotMediaError as error:
            if stream.failure is None:
                raise AudioFormatError(f"The audio is no WebM or Ogg with Opus in it ({error}).") from error
        except MediaError as error:
            if stream.failure is None:
                seconds = samples_to_seconds(self.end_sample)
                raise AudioFormatError(
                    f"The audio is damaged behind its first {seconds:.1f} s ({error.strerror})."
                ) from error

    def _heard(self, container: InputContainer, stream: "_ByteStream") -> Iterator[AudioDelivery]:
        for decoded in container.decode(sound_stream(container, ("opus",))):
            stream.unheard_bytes = 0
            yield from self._stretches.convert(mono_frames(decoded), decoded.sample_rate)


class _ByteStream:
    """What FFmpeg reads: bytes as they come. An error is kept and looks like the end, as it may not pass through C.

    A mark is reached when more bytes are wanted: all that could be decoded has been delivered then.

    ``unheard_bytes`` counts what came since something was decoded.
    """

    def __init__(self, next_item: Callable[[], PushedItem | None]) -> None:
        self._next_item = next_item
        self._ahead = bytearray()
        self.unheard_bytes = 0
        self.failure: AudioSourceError | None = None

    def begin(self) -> bytes:
        """The first bytes, which will be read again; fewer, or none, when there are no more."""
        while len(self._ahead) < _MAGIC_BYTES and self._receive():
            pass
        return bytes(self._ahead[:_MAGIC_BYTES])

    def read(self, most_bytes: int) -> bytes:
        """At least a byte, as soon as there is one; none at the end."""
        if not self._ahead:
            self._receive()
        read = bytes(self._ahead[:most_bytes])
        del self._ahead[:most_bytes]
        return read

    def _receive(self) -> bool:
        try:
            while isinstance(item := self._next_item(), PushedMark):
                item.reached()
            if item is not None:
                self._take(item)
        except AudioSourceError as error:
            self.failure = error
            return False
        return item is not None

    def _take(self, piece: PushedPiece) -> None:
        self.unheard_bytes += len(piece.payload)
        if self.unheard_bytes > _MOST_UNHEARD_BYTES:
            raise AudioFormatError(
                f"There is nothing to be heard in {_MOST_UNHEARD_BYTES // 2**20} MB of the container; send sound."
            )
        self._ahead += piece.payload
