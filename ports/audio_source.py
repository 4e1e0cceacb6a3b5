"""Defines sources of sound: a microphone, a file, a program's memory, or a client that pushes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.ports.audio_errors import (
    AudioClientGoneError,
    AudioCutShortError,
    AudioDeviceBusyError,
    AudioDeviceChangedError,
    AudioDeviceNotFoundError,
    AudioEndedError,
    AudioFileNotFoundError,
    AudioFormatError,
    AudioPositionError,
    AudioSourceError,
    MicrophoneSilentError,
)
from realtime_mlx_stt.ports.audio_requests import (
    CHANNELS,
    SAMPLE_RATES_HZ,
    AudioEncoding,
    AudioSamples,
    EncodedSoundRequest,
    FileRequest,
    MicrophoneRequest,
    PushRequest,
    SamplesRequest,
    SourceRequest,
)

__all__ = [
    "CHANNELS",
    "SAMPLE_RATES_HZ",
    "AudioBlock",
    "AudioClientGoneError",
    "AudioCutShortError",
    "AudioDelivery",
    "AudioDeviceBusyError",
    "AudioDeviceChangedError",
    "AudioDeviceNotFoundError",
    "AudioEncoding",
    "AudioEndedError",
    "AudioFileNotFoundError",
    "AudioFormatError",
    "AudioLost",
    "AudioPositionError",
    "AudioSamples",
    "AudioSink",
    "AudioSource",
    "AudioSourceError",
    "AudioSources",
    "EncodedSoundRequest",
    "FileRequest",
    "MicrophoneRequest",
    "MicrophoneSilentError",
    "PushReceipt",
    "PushRequest",
    "PushedSource",
    "SamplesRequest",
    "SourceAudible",
    "SourceCutShort",
    "SourceEnded",
    "SourceFailed",
    "SourceLost",
    "SourceNews",
    "SourceRecovered",
    "SourceRequest",
    "SourceSilent",
]


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
    """The source has been giving nothing but zeros, as a muted microphone does. It goes on being heard."""

    at_sample: int
    error: AudioSourceError


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAudible:
    """A source that was reported by ``SourceSilent`` gives sound again, from ``at_sample`` on."""

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCutShort:
    """The source has delivered all it has, which is less than it promised; its end comes right after this."""

    at_sample: int
    error: AudioSourceError


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFailed:
    """The source cannot go on and will not try."""

    at_sample: int
    error: AudioSourceError


SourceNews = (
    SourceEnded | SourceLost | SourceRecovered | SourceSilent | SourceAudible | SourceCutShort | SourceFailed
)
"""What a source reports besides its audio and its losses."""

AudioDelivery = AudioBlock | AudioLost | SourceNews
"""What a source delivers, ordered by position, without holes: a missing sample is part of an ``AudioLost``."""


class AudioSink(Protocol):
    """Takes what a source delivers. Both methods may be called from any one thread of the source.

    Neither raises: a source whose sink fails has nobody left to tell.
    """

    def offer(self, delivery: AudioDelivery) -> bool:
        """Take the delivery at once or return False; never waits. For sources that cannot wait."""
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
class PushReceipt:
    """What became of a push.

    ``next_position``: the position behind all audio taken so far; the client goes on from there.
    ``is_full``: nothing of this push was taken, because the session is half a minute behind; to be sent again.
    """

    next_position: int
    is_full: bool


@runtime_checkable
class PushedSource(AudioSource, Protocol):
    """A source whose audio a client pushes, each piece with its position, so that it can go on after a broken line.

    Positions count from 0: frames (one sample of each channel) at the client's own rate for PCM, bytes for a
    container. All methods may be called on any thread.
    """

    @property
    def next_position(self) -> int:
        """The position behind all that was taken."""
        ...

    def push(self, payload: bytes, position: int | None = None) -> PushReceipt:
        """Take audio that begins at ``position``, by default behind all that was taken before. Never waits.

        Audio that was taken before is not taken again. If ``position`` lies further ahead, what is missing becomes
        an ``AudioLost``. An empty payload is only a sign of life, whatever its position.

        Raises:
            AudioFormatError: the payload is no sound, or not a whole number of frames.
            AudioPositionError: the position is negative or too far ahead. A container may have no hole. In PCM a
                hole may be ten minutes long, and all holes together ten minutes longer than the source exists.
            AudioEndedError: no audio is taken any more.

        After an error nothing of the payload was taken.
        """
        ...

    def when_delivered(self, call: Callable[[], None]) -> None:
        """Call this when all that was taken by now has been delivered, and nothing yet of what is taken later.

        Of PCM nothing is held back then. Of a container there may be: what cannot be decoded without the bytes
        that follow, and up to 0.1 s that waits in the resampler.

        It is called on the thread that delivers, or on any other once nothing more will be delivered, and by then
        at the latest. It may neither wait nor raise.
        """
        ...

    def end(self) -> None:
        """Take no more audio. What was taken is still delivered, then the end; this does not wait. Idempotent."""
        ...


class AudioSources(Protocol):
    """Makes the source that a request asks for."""

    def open(self, request: SourceRequest) -> AudioSource:
        """Make the source without starting it.

        Raises:
            AudioSourceError: it is already plain that the source cannot be had.
        """
        ...
