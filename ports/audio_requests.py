"""Describes what a session can listen to: a microphone, a file, sound in memory, or what a client pushes."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "CHANNELS",
    "SAMPLE_RATES_HZ",
    "AudioEncoding",
    "AudioSamples",
    "EncodedSoundRequest",
    "FileRequest",
    "MicrophoneRequest",
    "PushRequest",
    "SamplesRequest",
    "SourceRequest",
]

AudioSamples = npt.NDArray[np.float32]
"""Mono samples at 16 kHz, shape ``(n,)``, full scale ±1.0, always finite."""


SAMPLE_RATES_HZ: Final = range(1_000, 384_001)
"""The rates that sound in memory, or pushed sound, may have: from telephones to studios, and some beyond."""

CHANNELS: Final = range(1, 9)
"""How many channels pushed sound may have."""


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EncodedSoundRequest:
    """A whole sound file in memory (WAV, FLAC, MP3, OGG, M4A, MP4, WebM …), heard as fast as it is taken.

    ``description`` is what a person would call it.
    """

    content: bytes
    description: str


class AudioEncoding(StrEnum):
    """How pushed audio is written.

    ``pcm_s16le``: whole numbers of 16 bits, ``pcm_f32le``: floats of 32 bits, both little-endian and interleaved.
    ``container``: Opus in WebM or Ogg, as the bytes of the container.
    """

    PCM_S16LE = "pcm_s16le"
    PCM_F32LE = "pcm_f32le"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRequest:
    """Audio that a client pushes, as it comes; see ``PushedSource``.

    ``sample_rate_hz``, one of ``SAMPLE_RATES_HZ``, and ``channels``, one of ``CHANNELS``, are those of PCM; a
    container says its own. ``description`` is what a person would call the client. After ``patience_seconds``
    without a push, be it an empty one, the source is lost, and fails at most 30 s later.
    """

    encoding: AudioEncoding = AudioEncoding.PCM_S16LE
    sample_rate_hz: int = 16_000
    channels: int = 1
    description: str = "pushed audio"
    patience_seconds: float = 60.0


SourceRequest = MicrophoneRequest | FileRequest | SamplesRequest | EncodedSoundRequest | PushRequest
"""What a session can be asked to listen to."""
