"""A sound library whose devices play what the test gives them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from realtime_mlx_stt.adapters.audio.sound_library import CapturedFrames
from realtime_mlx_stt.adapters.audio.stream_converter import Frames
from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import AudioDeviceNotFoundError, AudioSourceError

__all__ = ["FakeSoundLibrary", "FakeStream", "microphone"]


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
class FakeSoundLibrary:
    """``devices`` are seen after the next ``refresh``; every opening raises ``open_error`` while it is set."""

    devices: list[InputDevice] = field(default_factory=lambda: [microphone()])
    open_error: AudioSourceError | None = None
    refreshes: int = 0
    streams: list[FakeStream] = field(default_factory=list)
    seen: tuple[InputDevice, ...] = ()

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self.seen = tuple(self.devices)

    def inputs(self) -> tuple[InputDevice, ...]:
        return self.seen

    def refresh(self) -> None:
        with self._changed:
            self.refreshes += 1
            self.seen = tuple(self.devices)
            self._changed.notify_all()

    def open_input(
        self, device: InputDevice, on_frames: Callable[[CapturedFrames], None], on_end: Callable[[], None]
    ) -> FakeStream:
        if self.open_error is not None:
            raise self.open_error
        if device not in self.devices:
            raise AudioDeviceNotFoundError(f"{device.name} is gone")
        with self._changed:
            stream = FakeStream(device, on_frames, on_end)
            self.streams.append(stream)
            self._changed.notify_all()
            return stream

    def wait_for_streams(self, count: int) -> FakeStream:
        """The last stream, as soon as so many have been opened."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.streams) >= count, 10.0), "no stream was opened"
            return self.streams[-1]

    def wait_for_refreshes(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.refreshes >= count, 10.0), "nobody looked for devices"
