"""Makes the source that a request asks for."""

from realtime_mlx_stt.adapters.audio.files.file_source import FileSource
from realtime_mlx_stt.adapters.audio.files.played_source import PlayedSource
from realtime_mlx_stt.adapters.audio.files.sound_in_memory import SoundInMemory
from realtime_mlx_stt.adapters.audio.files.sound_reading import SoundBytes, read_sound
from realtime_mlx_stt.adapters.audio.microphone.microphone import MicrophoneSource
from realtime_mlx_stt.adapters.audio.microphone.port_audio import PortAudio
from realtime_mlx_stt.adapters.audio.microphone.sound_library import SoundLibrary
from realtime_mlx_stt.adapters.audio.pushed.pushed_frames import PushedFrames
from realtime_mlx_stt.adapters.audio.pushed.pushed_source import PushedAudioSource, PushedSound
from realtime_mlx_stt.domain.printable_text import printable
from realtime_mlx_stt.ports.audio_source import (
    AudioEncoding,
    AudioSource,
    EncodedSoundRequest,
    FileRequest,
    MicrophoneRequest,
    PushRequest,
    SamplesRequest,
    SourceRequest,
)

__all__ = ["SystemAudioSources"]


class SystemAudioSources:
    """The ``AudioSources`` of this machine, with its microphones or those of another sound library. Thread-safe."""

    def __init__(self, library: SoundLibrary | None = None) -> None:
        self._library = PortAudio() if library is None else library

    def open(self, request: SourceRequest) -> AudioSource:
        """Make the source without starting it; a file is open from here on.

        Raises:
            AudioFileNotFoundError: there is no such file, or it is a folder.
            AudioFormatError: what should be sound is none, is cut short in its header, or holds no sample; nobody
                pushes at such a rate.
            AudioDeviceNotFoundError: there is no such microphone, or there are several.
            AudioSourceError: the file may not be read, or the sound library is missing.
        """
        match request:
            case SamplesRequest():
                return PlayedSource(SoundInMemory(request), "samples in memory")
            case EncodedSoundRequest():
                description = printable(request.description)
                return PlayedSource(read_sound(SoundBytes(request.content), description), description)
            case PushRequest():
                return PushedAudioSource(_pushed_sound(request), printable(request.description))
            case FileRequest():
                return FileSource(request.path, request.speed)
            case MicrophoneRequest():
                return MicrophoneSource(request.device, self._library, follows_default=request.follows_default)


def _pushed_sound(request: PushRequest) -> PushedSound:
    if request.encoding is not AudioEncoding.CONTAINER:
        return PushedFrames(request)
    from realtime_mlx_stt.adapters.audio.pushed.pushed_container import PushedContainer  # noqa: PLC0415 - loads a library

    return PushedContainer(request)
