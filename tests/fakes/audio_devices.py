"""Input devices that a test plugs in."""

from collections.abc import Sequence
from dataclasses import dataclass

from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import AudioSourceError

__all__ = ["FakeAudioDevices"]


@dataclass
class FakeAudioDevices:
    """``AudioDevices`` that are ``found``; ``failure`` is raised instead while it is set."""

    found: Sequence[InputDevice] = ()
    failure: AudioSourceError | None = None

    def inputs(self) -> tuple[InputDevice, ...]:
        if self.failure is not None:
            raise self.failure
        return tuple(self.found)
