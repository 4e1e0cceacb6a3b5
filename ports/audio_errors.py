"""Defines the errors of a source of sound."""

from realtime_mlx_stt.domain.errors import PortError

__all__ = [
    "AudioClientGoneError",
    "AudioCutShortError",
    "AudioDeviceBusyError",
    "AudioDeviceChangedError",
    "AudioDeviceNotFoundError",
    "AudioEndedError",
    "AudioFileNotFoundError",
    "AudioFormatError",
    "AudioPositionError",
    "AudioSourceError",
    "MicrophoneSilentError",
]


class AudioSourceError(PortError):
    """The source cannot be opened or read."""

    code = "audio-source"


class AudioFileNotFoundError(AudioSourceError):
    """There is no such file, or it is a folder."""

    code = "audio-file-not-found"


class AudioFormatError(AudioSourceError):
    """What should be sound is none, is cut short in its header, or holds no sample."""

    code = "audio-format"


class AudioCutShortError(AudioSourceError):
    """A file holds less sound than it promises; what it holds is heard. Told by ``SourceCutShort``."""

    code = "audio-cut-short"


class AudioPositionError(AudioSourceError):
    """Audio was pushed to a place where it cannot be: before the beginning, or behind a hole that is absurd."""

    code = "audio-position"


class AudioClientGoneError(AudioSourceError):
    """Whoever pushed the audio gave no sign of life any more; told by ``SourceLost`` and ``SourceFailed``."""

    code = "audio-client-gone"


class AudioEndedError(AudioSourceError):
    """Audio was pushed to a source that takes no more: it was ended or stopped, or has failed."""

    code = "audio-ended"


class AudioDeviceNotFoundError(AudioSourceError):
    """No input device has that name or index; the message lists those there are."""

    code = "audio-device-not-found"


class AudioDeviceBusyError(AudioSourceError):
    """The device is there but may not or cannot be opened now."""

    code = "audio-device-busy"


class AudioDeviceChangedError(AudioSourceError):
    """Another device is the system's default now and is changed to; told by ``SourceLost``."""

    code = "audio-device-changed"


class MicrophoneSilentError(AudioSourceError):
    """A device gives nothing but zeros, as a muted or forbidden one does; told by ``SourceSilent``."""

    code = "microphone-silent"
