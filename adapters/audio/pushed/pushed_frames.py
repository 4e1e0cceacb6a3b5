"""Turns the PCM that a client pushes into 16 kHz samples, placed by the client's own count."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.audio.conversion.converted_stretches import ConvertedStretches
from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Converted, Frames, converted_samples
from realtime_mlx_stt.adapters.audio.pushed.push_intake import IntakeRules, PushedItem, PushedMark
from realtime_mlx_stt.adapters.audio.sample_rate import check_sample_rate
from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.ports.audio_source import (
    CHANNELS,
    AudioDelivery,
    AudioEncoding,
    AudioFormatError,
    PushRequest,
)

__all__ = ["PushedFrames"]

_FULL_SECONDS: Final = 10
"""How much waits here, besides what the session itself lets wait, before a push is refused."""

_FULL_BYTES: Final = 16 * 1024 * 1024
"""The same in bytes, for who sends more in that time than any recording of speech needs; a stop has to convert
them.
"""

_LARGEST_HOLE_SECONDS: Final = 600

_PART_SECONDS: Final = 0.5
"""How much is converted and delivered at a time."""

_FULL_SCALE_16_BITS: Final = np.float32(32_768)


class PushedFrames:
    """The sound of one client's frames. One thread.

    Raises:
        AudioFormatError: nothing is recorded at such a rate or in so many channels.
    """

    def __init__(self, request: PushRequest) -> None:
        _check(request)
        self._request = request
        self._type = np.dtype("<i2" if request.encoding is AudioEncoding.PCM_S16LE else "<f4")
        self._frames = 0
        self._stretches = ConvertedStretches()

    @property
    def rules(self) -> IntakeRules:
        """The rules of the intake: positions count frames."""
        rate = self._request.sample_rate_hz
        frame_bytes = self._type.itemsize * self._request.channels
        return IntakeRules(
            unit_bytes=frame_bytes,
            part_units=max(1, round(_PART_SECONDS * rate)),
            full_units=min(_FULL_SECONDS * rate, _FULL_BYTES // frame_bytes),
            largest_hole_units=_LARGEST_HOLE_SECONDS * rate,
            units_per_second=rate,
            patience_seconds=self._request.patience_seconds,
        )

    @property
    def end_sample(self) -> int:
        """The position behind all that was given out."""
        return self._stretches.end_sample

    def deliveries(self, next_item: Callable[[], PushedItem | None]) -> Iterator[AudioDelivery]:
        """The sound of the pieces, up to the last one; ``finish`` gives the rest. A mark ends a stretch.

        Raises:
            AudioSourceError: as of ``next_item``.
        """
        while (item := next_item()) is not None:
            if isinstance(item, PushedMark):
                yield from self.finish()
                item.reached()
                continue
            if item.skipped_units:
                yield from self._skip(item.skipped_units)
            yield from self._hear(self._decoded(item.payload))

    def finish(self) -> list[AudioDelivery]:
        """The rest of the frames that were heard, up to where they end by the client's count."""
        return [*self._stretches.finish(self._counted_samples())]

    def _hear(self, frames: Frames) -> list[Converted]:
        self._frames += len(frames)
        return self._stretches.convert(frames, self._request.sample_rate_hz)

    def _skip(self, frames: int) -> list[Converted]:
        """Leave out this many frames; from there samples are counted by the client's count and cannot drift."""
        rest = self._stretches.finish(self._counted_samples())
        self._frames += frames
        lost_samples = self._counted_samples() - self._stretches.end_sample
        return [*rest, *self._stretches.lose(lost_samples, GapReason.SKIPPED)]

    def _counted_samples(self) -> int:
        return converted_samples(self._frames, self._request.sample_rate_hz)

    def _decoded(self, payload: bytearray) -> Frames:
        numbers = np.frombuffer(payload, dtype=self._type).astype(np.float32)
        if self._request.encoding is AudioEncoding.PCM_S16LE:
            numbers /= _FULL_SCALE_16_BITS
        return numbers.reshape(-1, self._request.channels)


def _check(request: PushRequest) -> None:
    check_sample_rate(request.sample_rate_hz)
    if request.channels not in CHANNELS:
        raise AudioFormatError(
            f"Pushed sound has {CHANNELS[0]} to {CHANNELS[-1]} channels, not {request.channels}."
        )
