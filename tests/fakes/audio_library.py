"""A sound library whose devices play what the test gives them, and whose default the test moves."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Frames
from realtime_mlx_stt.adapters.audio.microphone.sound_library import CapturedFrames, InputStream
from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import (
    AudioDeviceBusyError,
    AudioDeviceNotFoundError,
    AudioSourceError,
)

__all__ = ["FakeLook", "FakeSoundLibrary", "FakeStream", "microphone"]


def microphone(
    index: int = 0,
    name: str = "USB microphone",
    *,
    channels: int = 1,
    sample_rate_hz: int = 16_000,
    is_default: bool = True,
) -> InputDevice:
    return InputDevice(
        index=index, name=name, channels=channels, sample_rate_hz=sample_rate_hz, is_default=is_default
    )


@dataclass
class FakeStream:
    """An open device; the test plays into it. What it still holds when it is closed comes then."""

    device: InputDevice
    on_frames: Callable[[CapturedFrames], None]
    end: Callable[[], None]
    is_closed: bool = False
    held: list[Frames] = field(default_factory=list)

    @property
    def sample_rate_hz(self) -> int:
        return self.device.sample_rate_hz

    def close(self) -> None:
        while self.held:
            self.play(self.held.pop(0))
        self.is_closed = True

    def play(self, frames: Frames, *, captured_at: float = 0.0, follows_overflow: bool = False) -> None:
        self.on_frames(CapturedFrames(frames=frames, captured_at=captured_at, follows_overflow=follows_overflow))

    def play_silence(self, frames: int, *, captured_at: float = 0.0, follows_overflow: bool = False) -> None:
        self.play(
            np.zeros((frames, self.device.channels), dtype=np.float32),
            captured_at=captured_at,
            follows_overflow=follows_overflow,
        )


@dataclass
class FakeLook:
    """A look for the default, which ``name`` is as soon as the look has found it."""

    name: str | None = None
    is_closed: bool = False

    def close(self) -> None:
        self.is_closed = True


@dataclass
class FakeSoundLibrary:
    """``devices`` are seen after the next ``refresh`` while nothing is open.

    Every opening raises ``open_error`` while it is set; a device that ``is_exclusive`` can be opened by one alone.
    A stream on a device of ``moving`` is moved by the sound system. A look finds what ``devices`` say at once,
    unless ``looks_find_nothing``.
    """

    devices: list[InputDevice] = field(default_factory=lambda: [microphone()])
    open_error: AudioSourceError | None = None
    is_exclusive: bool = False
    moving: frozenset[str] = frozenset()
    looks_find_nothing: bool = False
    refreshes: int = 0
    streams: list[FakeStream] = field(default_factory=list)
    looks: list[FakeLook] = field(default_factory=list)
    seen: tuple[InputDevice, ...] = ()

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self.seen = tuple(self.devices)

    def inputs(self) -> tuple[InputDevice, ...]:
        return self.seen

    def refresh(self) -> bool:
        with self._changed:
            self.refreshes += 1
            is_free = not self.open_streams
            if is_free:
                self.seen = tuple(self.devices)
            self._changed.notify_all()
            return is_free

    def make_default(self, name: str) -> None:
        """Have the device of that name be the default, from the next look or ``refresh`` on."""
        self.devices = [replace(device, is_default=device.name == name) for device in self.devices]

    @property
    def open_streams(self) -> list[FakeStream]:
        return [stream for stream in self.streams if not stream.is_closed]

    def moves_streams(self, device: InputDevice) -> bool:
        return device.name in self.moving

    def look_for_default(self) -> FakeLook:
        names = [device.name for device in self.devices if device.is_default and not self.looks_find_nothing]
        self.looks.append(FakeLook(names[0] if names else None))
        return self.looks[-1]

    def is_alone(self, stream: InputStream) -> bool:
        return all(other is stream for other in self.open_streams)

    def open_input(
        self, device: InputDevice, on_frames: Callable[[CapturedFrames], None], on_end: Callable[[], None]
    ) -> FakeStream:
        if self.open_error is not None:
            raise self.open_error
        if not any(_is_same(device, present) for present in self.devices):
            raise AudioDeviceNotFoundError(f"{device.name} is gone")
        if self.is_exclusive and any(_is_same(device, stream.device) for stream in self.open_streams):
            raise AudioDeviceBusyError(f"{device.name} is in use")
        with self._changed:
            stream = FakeStream(device, on_frames, on_end)
            self.streams.append(stream)
            self._changed.notify_all()
            return stream

    def wait_for_streams(self, count: int) -> FakeStream:
        """The last stream, as soon as so many have been opened."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.streams) >= count, 60.0), "no stream was opened"
            return self.streams[-1]

    def wait_for_refreshes(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.refreshes >= count, 60.0), "nobody looked for devices"


def _is_same(one: InputDevice, other: InputDevice) -> bool:
    """Whether it is one device, whichever is the default."""
    return (one.index, one.name) == (other.index, other.name)
