"""Reads clips of speech into memory, as all other sound is read, and joins them into what one speaker says."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from realtime_mlx_stt.domain.audio_format import samples_to_seconds, seconds_to_samples
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioDelivery,
    AudioSamples,
    AudioSourceError,
    AudioSources,
    FileRequest,
    SourceEnded,
    SourceFailed,
)
from realtime_mlx_stt.ports.benchmark import BenchmarkError

__all__ = ["Clip", "SpokenClips", "joined_clips", "read_clip", "spoken_clips"]

_LONGEST_SECONDS: Final = 30.0
"""The longest clip: the most that Whisper hears at once."""

_PAUSE_SECONDS: Final = 1.2
"""The pause between two clips: long enough to end an utterance with the usual settings."""

_JOIN_SECONDS: Final = (10.0, 15.0, 20.0, 28.0)
"""The longest that joins may be: from a long sentence to the most that Whisper hears at once."""

_BREATH_SECONDS: Final = 0.3
"""The pause between the clips of a join: too short to end an utterance with the usual settings."""

_LATER_SECONDS: Final = 0.7
"""How much later than the speaker before it each speaker begins, so that they do not all fall silent at once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clip:
    """Speech, and what is said in it; ``text`` is None where nobody wrote that down."""

    name: str
    samples: AudioSamples
    text: str | None

    @property
    def seconds(self) -> float:
        """How long the clip lasts."""
        return samples_to_seconds(self.samples.size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpokenClips:
    """Clips with pauses between them, as one speaker says them; ``text`` is None if that of any is not known."""

    samples: AudioSamples
    text: str | None


@dataclass
class _Collector:
    """An ``AudioSink`` that keeps all blocks until the source ends."""

    blocks: list[AudioSamples] = field(default_factory=list)
    error: AudioSourceError | None = None
    is_over: threading.Event = field(default_factory=threading.Event)

    def put(self, delivery: AudioDelivery) -> bool:
        """Take the delivery."""
        match delivery:
            case AudioBlock():
                self.blocks.append(delivery.samples)
            case SourceFailed():
                self.error = delivery.error
                self.is_over.set()
            case SourceEnded():
                self.is_over.set()
            case _:
                pass
        return True

    offer = put


def read_clip(sources: AudioSources, path: Path, text: str | None) -> Clip:
    """The clip in the sound file, at 16 kHz.

    Raises:
        AudioSourceError: the file cannot be read.
        BenchmarkError: it is longer than Whisper hears at once.
    """
    collector = _Collector()
    source = sources.open(FileRequest(path=path, speed=None))
    try:
        source.start(collector)
        collector.is_over.wait()
    finally:
        source.stop()
    if collector.error is not None:
        raise collector.error
    clip = Clip(name=path.stem, samples=np.concatenate([np.zeros(0, np.float32), *collector.blocks]), text=text)
    if not 0.0 < clip.seconds <= _LONGEST_SECONDS:
        raise BenchmarkError(
            f"{path} lasts {clip.seconds:.1f} s; Whisper hears {_LONGEST_SECONDS:g} s at once, so cut it into "
            "utterances to measure with it."
        )
    return clip


def joined_clips(clips: Sequence[Clip]) -> tuple[Clip, ...]:
    """Longer clips made of these: for each of 10, 15, 20 and 28 s one that is nearly as long, if clips are enough.

    Each begins at a different clip and goes on with those of the next clips that still fit, with a short pause
    between.
    """
    starts = (number * len(clips) // len(_JOIN_SECONDS) for number in range(len(_JOIN_SECONDS)))
    chosen = (
        _fitting([*clips[start:], *clips[:start]], longest)
        for start, longest in zip(starts, _JOIN_SECONDS, strict=True)
    )
    return tuple(_joined(parts) for parts in dict.fromkeys(chosen) if len(parts) > 1)


def spoken_clips(
    clips: Sequence[Clip], speakers: int, seconds: float, *, every_clip: bool = False
) -> tuple[SpokenClips, ...]:
    """What each of the speakers says for ``seconds``: whole clips in their order, over and over.

    Each speaker begins with another clip and a little later than the one before. With ``every_clip`` they speak on
    until together they have said all clips.
    """
    fewest = math.ceil(len(clips) / speakers) if every_clip else 0
    return tuple(_spoken(clips, speaker, speakers, seconds, fewest) for speaker in range(speakers))


def _spoken(clips: Sequence[Clip], speaker: int, speakers: int, seconds: float, fewest: int) -> SpokenClips:
    position = speaker * len(clips) // speakers
    silence = np.zeros(seconds_to_samples(_PAUSE_SECONDS), dtype=np.float32)
    parts = [np.zeros(seconds_to_samples(speaker * _LATER_SECONDS), dtype=np.float32)]
    said: list[Clip] = []
    while len(said) < fewest or sum(each.seconds + _PAUSE_SECONDS for each in said) < seconds:
        said.append(clips[(position + len(said)) % len(clips)])
        parts += (said[-1].samples, silence)
    return SpokenClips(samples=np.concatenate(parts).astype(np.float32), text=_joined_text(said))


def _fitting(clips: Sequence[Clip], longest_seconds: float) -> tuple[Clip, ...]:
    """The first of the clips, in their order, that together last no longer than the limit."""
    parts: list[Clip] = []
    left_seconds = longest_seconds + _BREATH_SECONDS
    for clip in clips:
        if clip.seconds + _BREATH_SECONDS <= left_seconds:
            parts.append(clip)
            left_seconds -= clip.seconds + _BREATH_SECONDS
    return tuple(parts)


def _joined(parts: Sequence[Clip]) -> Clip:
    breath = np.zeros(seconds_to_samples(_BREATH_SECONDS), dtype=np.float32)
    sounds = [sound for part in parts for sound in (breath, part.samples)][1:]
    name = f"{parts[0].name} and {len(parts) - 1} more"
    return Clip(name=name, samples=np.concatenate(sounds), text=_joined_text(parts))


def _joined_text(parts: Sequence[Clip]) -> str | None:
    texts = [part.text for part in parts if part.text is not None]
    return " ".join(texts) if len(texts) == len(parts) else None
