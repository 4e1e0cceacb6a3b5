"""What microphones need of a sound library: the few calls that a test's library must have too."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from realtime_mlx_stt.adapters.audio.stream_converter import Frames
from realtime_mlx_stt.ports.audio_devices import InputDevice

__all__ = ["CapturedFrames", "InputStream", "SoundLibrary"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CapturedFrames:
    """What a device gave at a time.

    ``captured_at`` is when the first frame was captured, in seconds of the device's own clock, or 0 where it has
    none; ``follows_overflow`` says that the device dropped frames before these.
    """

    frames: Frames
    captured_at: float
    follows_overflow: bool


class InputStream(Protocol):
    """A device that is being listened to."""

    @property
    def sample_rate_hz(self) -> int:
        """The rate at which frames come."""
        ...

    def close(self) -> None:
        """Stop and release the device. Nothing is called back once this returns. Idempotent; raises nothing."""
        ...


class SoundLibrary(Protocol):
    """Lists and opens devices. Thread-safe."""

    def inputs(self) -> tuple[InputDevice, ...]:
        """All input devices known since the last ``refresh``.

        Raises:
            AudioSourceError: the sound system does not answer.
        """
        ...

    def refresh(self) -> None:
        """Look for devices anew, unless a stream is open somewhere in this process: that would be broken off.

        Raises:
            AudioSourceError: the sound system does not answer.
        """
        ...

    def open_input(
        self, device: InputDevice, on_frames: Callable[[CapturedFrames], None], on_end: Callable[[], None]
    ) -> InputStream:
        """Listen to the device at its native rate.

        ``on_frames`` is called on a thread that must never be kept waiting; ``on_end``, at most once, when the
        device gives nothing more.

        Raises:
            AudioDeviceNotFoundError: the device has gone.
            AudioDeviceBusyError: it may not or cannot be opened now.
            AudioSourceError: anything else.
        """
        ...
