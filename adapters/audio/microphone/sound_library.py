"""Defines the few calls that microphones need of a sound library, and that a test's library must have too."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Frames
from realtime_mlx_stt.ports.audio_devices import InputDevice

__all__ = ["CapturedFrames", "DefaultLook", "InputStream", "SoundLibrary"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CapturedFrames:
    """Frames that a device gave at one time.

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


class DefaultLook(Protocol):
    """A search for the system's present default, which runs by itself. No method waits. For one thread."""

    @property
    def name(self) -> str | None:
        """The default's name; None while it is not known yet, and for good where there is none."""
        ...

    def close(self) -> None:
        """Stop looking. Idempotent; raises nothing."""
        ...


class SoundLibrary(Protocol):
    """Lists and opens devices. Thread-safe."""

    def inputs(self) -> tuple[InputDevice, ...]:
        """All input devices known since the last ``refresh``, and which was the default then.

        Raises:
            AudioSourceError: the sound system does not answer.
        """
        ...

    def moves_streams(self, device: InputDevice) -> bool:
        """Whether the sound system itself moves a stream on this device to whatever becomes its default."""
        ...

    def look_for_default(self) -> DefaultLook:
        """Begin to find out what the default is now, without disturbing any stream.

        Raises:
            AudioSourceError: the sound system does not answer.
        """
        ...

    def is_alone(self, stream: InputStream) -> bool:
        """Whether no other stream is open in this process, so that ``refresh`` will see once this one is closed.

        Raises:
            AudioSourceError: the sound system does not answer.
        """
        ...

    def refresh(self) -> bool:
        """Look for devices anew; False where a stream is open somewhere in this process, which would be broken off.

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
