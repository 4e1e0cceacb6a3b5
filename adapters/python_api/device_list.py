"""Lists the microphones of this machine."""

from dataclasses import dataclass

from realtime_mlx_stt.adapters.python_api.process_services import services

__all__ = ["AudioDevice", "list_audio_devices"]


@dataclass
class AudioDevice:
    """A microphone.

    ``index``: by which it can be chosen.
    ``name``: what the system calls it; a part of it will do as well.
    ``channels``: how many it has; they are mixed into one.
    ``sample_rate``: its native rate in Hz; sound is converted from any.
    ``is_default``: whether it is taken where none is chosen.
    """

    index: int
    name: str
    channels: int
    sample_rate: int
    is_default: bool = False


def list_audio_devices() -> list[AudioDevice]:
    """All microphones that are connected now; none is no error.

    Raises:
        AudioSourceError: the sound system itself does not answer.
    """
    return [
        AudioDevice(
            index=device.index,
            name=device.name,
            channels=device.channels,
            sample_rate=device.sample_rate_hz,
            is_default=device.is_default,
        )
        for device in services().devices.inputs()
    ]
