"""Holds an open device, and the frames that it has brought and nobody has taken yet."""

from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from realtime_mlx_stt.adapters.audio.microphone.sound_library import CapturedFrames, SoundLibrary
from realtime_mlx_stt.ports.audio_devices import InputDevice

__all__ = ["Arrival", "Capture"]

_PUNCTUAL_SECONDS: Final = 0.02
"""A wait that ends later than this after its timeout was held up, and so was the thread that brings frames."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrival:
    """Frames and their time of arrival, in seconds of the monotonic clock."""

    captured: CapturedFrames
    arrived_at: float


class Capture:
    """An open device. The sound library's callback only puts frames into a queue; one thread takes them.

    ``wake`` and ``close`` may be called on any thread.

    Raises:
        AudioDeviceNotFoundError, AudioDeviceBusyError: the device cannot be opened.
        AudioSourceError: anything else.
    """

    def __init__(self, device: InputDevice, library: SoundLibrary, monotonic: Callable[[], float]) -> None:
        self._device = device
        self._library = library
        self._monotonic = monotonic
        self._inbox: SimpleQueue[Arrival | None] = SimpleQueue()
        self._stream = library.open_input(device, self._take, self.wake)

    @property
    def device(self) -> InputDevice:
        """The device that is open."""
        return self._device

    @property
    def sample_rate_hz(self) -> int:
        """The rate at which frames come."""
        return self._stream.sample_rate_hz

    @property
    def has_frames(self) -> bool:
        """Whether ``next`` would answer at once."""
        return not self._inbox.empty()

    @property
    def is_alone(self) -> bool:
        """Whether nothing else is open in this process."""
        return self._library.is_alone(self._stream)

    def next(self, patience_seconds: float) -> Arrival | None:
        """The next frames; None when none came in time, the device has ended, or ``wake`` was called.

        If this thread was held up meanwhile, the device may have been too, and is given the whole time again.
        """
        while True:
            began_at = self._monotonic()
            try:
                return self._inbox.get(timeout=patience_seconds)
            except Empty:
                late_seconds = self._monotonic() - began_at - patience_seconds
                if late_seconds < _PUNCTUAL_SECONDS and self._inbox.empty():
                    return None

    def left(self) -> Arrival | None:
        """The next of the frames that are left from a closed device; None when there are no more."""
        while not self._inbox.empty():
            arrival = self._inbox.get_nowait()
            if arrival is not None:
                return arrival
        return None

    def wake(self) -> None:
        """Make ``next`` return None."""
        self._inbox.put(None)

    def close(self) -> None:
        """Release the device; frames that it has brought may still be taken. Idempotent."""
        self._stream.close()

    def _take(self, captured: CapturedFrames) -> None:
        self._inbox.put(Arrival(captured=captured, arrived_at=self._monotonic()))
