"""Sound files for tests, written by the tests themselves."""

from pathlib import Path

import numpy as np
import soundfile
from tests.fakes.audio_sink import CollectingSink

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Frames
from realtime_mlx_stt.adapters.audio.files.file_source import FileSource
from realtime_mlx_stt.ports.audio_source import SourceEnded, SourceFailed

__all__ = ["played", "speechlike", "write"]


def speechlike(frames: int, sample_rate_hz: int = 16_000) -> Frames:
    """A vowel-like sum of tones that rises and falls; lossy formats keep it well."""
    seconds = np.arange(frames) / sample_rate_hz
    tones = sum(np.sin(2 * np.pi * 130 * overtone * seconds) / overtone for overtone in range(1, 9))
    return (0.2 * tones * (1 + np.sin(2 * np.pi * 3 * seconds)) / 2).astype(np.float32)


def write(path: Path, samples: Frames, sample_rate_hz: int = 16_000, *, format: str, subtype: str) -> Path:  # noqa: A002 - soundfile's word
    soundfile.write(path, samples, sample_rate_hz, format=format, subtype=subtype)
    return path


def played(source: FileSource) -> CollectingSink:
    """All that the source delivers, to its end or failure."""
    sink = CollectingSink()
    source.start(sink)
    sink.wait_for(lambda sink: bool(sink.taken) and isinstance(sink.taken[-1], SourceEnded | SourceFailed))
    source.stop()
    return sink
