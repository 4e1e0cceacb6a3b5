"""Gives each captured sample, and each lost one, its position."""

from typing import Final

from realtime_mlx_stt.adapters.audio.conversion.converted_stretches import ConvertedStretches
from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Frames
from realtime_mlx_stt.adapters.audio.microphone.sound_library import CapturedFrames
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.ports.audio_source import AudioDelivery

__all__ = ["CaptureAccount"]

_SMALLEST_LOSS_SECONDS: Final = 0.001
"""The shortest loss that is counted: clocks that time a device are no finer than this."""

_LARGEST_CLOCK_ERROR_SECONDS: Final = 1.0
"""No buffer holds frames back for this long: a device clock that says so has jumped."""


class CaptureAccount:
    """Turns a microphone's frames into deliveries, from its start on. For one thread.

    All times are seconds of one monotonic clock.
    """

    def __init__(self) -> None:
        self._stretches = ConvertedStretches()
        self._heard_until: float | None = None
        self._captured_until: float | None = None
        self._heard_twice_seconds = 0.0

    @property
    def end_sample(self) -> int:
        """The position behind everything that was given out."""
        return self._stretches.end_sample

    def take(self, captured: CapturedFrames, sample_rate_hz: int, arrived_at: float) -> list[AudioDelivery]:
        """What can be given out after these frames."""
        frames = self._unheard(captured.frames, sample_rate_hz)
        seconds = len(frames) / sample_rate_hz
        given: list[AudioDelivery] = []
        if captured.follows_overflow:
            given += self._skip(self._overflow_seconds(captured, arrived_at - seconds), GapReason.OVERFLOW)
        given += self._stretches.convert(frames, sample_rate_hz)
        self._heard_until = arrived_at
        self._captured_until = (
            captured.captured_at + len(captured.frames) / sample_rate_hz if captured.captured_at else None
        )
        return given

    def lose(self, at: float) -> list[AudioDelivery]:
        """The rest of what came before the device was lost."""
        if self._heard_until is None:
            self._heard_until = at
        self._captured_until = None
        return self.finish()

    def regain(self, captured: CapturedFrames, sample_rate_hz: int, arrived_at: float) -> list[AudioDelivery]:
        """The loss between the last frames and ``captured``, the first of the next device, still to be taken.

        If both devices were open for a while, what both have heard is given out once.
        """
        if self._heard_until is None:
            return []
        seconds = arrived_at - len(captured.frames) / sample_rate_hz - self._heard_until
        self._heard_twice_seconds = max(0.0, -seconds)
        return self._skip(seconds, GapReason.SOURCE_LOST)

    def finish(self) -> list[AudioDelivery]:
        """The rest of the frames that were taken; frames that are taken afterwards begin a new stretch."""
        return [*self._stretches.finish()]

    def _unheard(self, frames: Frames, sample_rate_hz: int) -> Frames:
        """The frames without those at their beginning that another device has heard before."""
        heard = min(len(frames), round(self._heard_twice_seconds * sample_rate_hz))
        self._heard_twice_seconds -= heard / sample_rate_hz
        return frames[heard:]

    def _overflow_seconds(self, captured: CapturedFrames, began_at: float) -> float:
        """How long the device heard nothing before these frames, by its own clock or else by when they came."""
        if self._heard_until is None:
            return 0.0
        by_arrival = began_at - self._heard_until
        if self._captured_until is None or not captured.captured_at:
            return by_arrival
        by_device = captured.captured_at - self._captured_until
        return by_device if abs(by_device - by_arrival) < _LARGEST_CLOCK_ERROR_SECONDS else by_arrival

    def _skip(self, seconds: float, reason: GapReason) -> list[AudioDelivery]:
        if seconds < _SMALLEST_LOSS_SECONDS:
            return []
        rest = self._stretches.finish()
        return [*rest, *self._stretches.lose(round(seconds * SAMPLE_RATE_HZ), reason)]
