"""Where sound comes from: a microphone, a file, or a program's memory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.domain.errors import PortError
from realtime_mlx_stt.domain.events import GapReason

__all__ = [
    "SAMPLE_RATES_HZ",
    "AudioBlock",
    "AudioDelivery",
    "AudioDeviceBusyError",
    "AudioDeviceChangedError",
    "AudioDeviceNotFoundError",
    "AudioFileNotFoundError",
    "AudioFormatError",
    "AudioLost",
    "AudioSamples",
    "AudioSink",
    "AudioSource",
    "AudioSourceError",
    "AudioSources",
    "FileRequest",
    "MicrophoneRequest",
    "MicrophoneSilentError",
    "SamplesRequest",
    "SourceAudible",
    "SourceEnded",
    "SourceFailed",
    "SourceLost",
    "SourceRecovered",
    "SourceRequest",
    "SourceSilent",
]

AudioSamples = npt.NDArray[np.float32]
"""Mono samples at 16 kHz, shape ``(n,)``, full scale ±1.0, always finite."""


SAMPLE_RATES_HZ: Final = range(1_000, 384_001)
"""The rates at which sound in memory may be; those of telephones and of studios, and room on both sides."""


class AudioSourceError(PortError):
    """The source cannot be opened or read."""

    code = "audio-source"


class AudioFileNotFoundError(AudioSourceError):
    """There is no such file, or it is a folder."""

    code = "audio-file-not-found"


class AudioFormatError(AudioSourceError):
    """The file is not audio, is cut short in its header, or holds no sample."""

    code = "audio-format"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioBlock:
    """Consecutive samples, the first at position ``first_sample`` since the source started. Of any length."""

    first_sample: int
    samples: AudioSamples

    @property
    def end_sample(self) -> int:
        """The position just behind the last sample."""
        return self.first_sample + len(self.samples)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioLost:
    """So many samples from ``first_sample`` on were captured or expected but will never be delivered."""

    first_sample: int
    lost_samples: int
    reason: GapReason


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEnded:
    """The source has delivered its last sample, of its own accord."""

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLost:
    """The source stopped delivering and tries by itself to come back."""

    at_sample: int
    error: AudioSourceError


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecovered:
    """A lost source delivers again; an ``AudioLost`` for the time between, if there was any, comes before this."""

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSilent:
    """The source has been giving nothing but zeros, which no microphone hears; it is heard on all the same."""

    at_sample: int
    error: AudioSourceError


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAudible:
    """A source that was told to be silent gives sound, from here on."""

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFailed:
    """The source cannot go on and will not try."""

    at_sample: int
    error: AudioSourceError


AudioDelivery = (
    AudioBlock
    | AudioLost
    | SourceEnded
    | SourceLost
    | SourceRecovered
    | SourceSilent
    | SourceAudible
    | SourceFailed
)
"""What a source hands over, in order of position, without holes: a missing sample is in an ``AudioLost``."""


class AudioSink(Protocol):
    """Takes what a source delivers. Both methods may be called from any one thread of the source.

    Neither raises: a source whose sink fails has nobody left to tell.
    """

    def offer(self, delivery: AudioDelivery) -> bool:
        """Take the delivery at once or answer False; never waits. For sources that cannot wait."""
        ...

    def put(self, delivery: AudioDelivery) -> bool:
        """Wait until there is room, then take the delivery; False once nothing more will be taken."""
        ...


class AudioSource(Protocol):
    """One stream of sound, converted to 16 kHz mono float32 whatever its native form."""

    @property
    def description(self) -> str:
        """What a person would call this source: a device's or a file's name."""
        ...

    @property
    def duration_samples(self) -> int | None:
        """How many samples it delivers in all; None for a microphone, or a file whose header does not tell."""
        ...

    def start(self, sink: AudioSink) -> None:
        """Begin to deliver to ``sink`` from a thread of the source's own, from position 0.

        Raises:
            AudioSourceError: the source cannot be opened; nothing has been delivered.
        """
        ...

    def stop(self) -> None:
        """Deliver nothing more once this returns, and release the source within 1 s. Idempotent.

        A live source first hands over, by ``offer``, what it had captured; so a sink that counts every sample
        still takes offers while this runs. A source that can wait hands over nothing more, not even its end.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneRequest:
    """A microphone, by PortAudio index or by a part of its name; None is the system's default.

    ``follows_default``: when the system makes another device its default, that is heard from then on. Where this is
    False the one that was the default at the start is kept, even after a loss. Where the default is no device but
    leads to one (ALSA's over PulseAudio or PipeWire), the sound server decides, and follows.
    """

    device: int | str | None = None
    follows_default: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRequest:
    """A sound file, paced at ``speed`` times real time; ``speed`` None is as fast as it is taken."""

    path: Path
    speed: float | None = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SamplesRequest:
    """A program's own samples, heard as fast as they are taken.

    ``samples``: mono float32, full scale ±1.0, at the rate of ``sample_rate_hz``, which is one of
    ``SAMPLE_RATES_HZ``.
    """

    samples: AudioSamples
    sample_rate_hz: int


SourceRequest = MicrophoneRequest | FileRequest | SamplesRequest
"""What a session can be asked to listen to."""


class AudioSources(Protocol):
    """Makes the source that a request asks for."""

    def open(self, request: SourceRequest) -> AudioSource:
        """Make the source without starting it.

        Raises:
            AudioSourceError: it is already plain that the source cannot be had.
        """
        ...
