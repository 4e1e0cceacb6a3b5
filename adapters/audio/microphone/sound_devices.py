"""Lists the machine's microphones."""

from realtime_mlx_stt.adapters.audio.microphone.port_audio import PortAudio
from realtime_mlx_stt.adapters.audio.microphone.sound_library import SoundLibrary
from realtime_mlx_stt.ports.audio_devices import InputDevice

__all__ = ["SoundDevices"]


class SoundDevices:
    """The ``AudioDevices`` of this machine, or of another sound library. Thread-safe."""

    def __init__(self, library: SoundLibrary | None = None) -> None:
        self._library = PortAudio() if library is None else library

    def inputs(self) -> tuple[InputDevice, ...]:
        """All input devices now present, in the sound system's order; empty when there is none.

        While a microphone is open in this process, those that were present before; PortAudio sees no others.

        Raises:
            AudioSourceError: the sound library is missing, or the sound system does not answer.
        """
        self._library.refresh()
        return self._library.inputs()
