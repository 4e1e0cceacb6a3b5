"""A source that delivers frames of any rate and channel count in blocks of any size, through the real converter."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from realtime_mlx_stt.adapters.audio.stream_converter import Converted, Frames, StreamConverter
from realtime_mlx_stt.ports.audio_source import AudioSink, AudioSource, AudioSources, SourceEnded, SourceRequest

__all__ = ["Cut", "CutSources"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """Native frames, shape ``(n, channels)``, and how many of them come at a time, over and over."""

    frames: Frames
    sample_rate_hz: int
    block_frames: Sequence[int]


class CutSources:
    """``AudioSources`` that make the one that is ``next``, or else what is really asked for."""

    def __init__(self, real: AudioSources) -> None:
        self._real = real
        self.next: Cut | None = None

    def open(self, request: SourceRequest) -> AudioSource:
        """The source."""
        cut, self.next = self.next, None
        return self._real.open(request) if cut is None else _CutSource(cut)


class _CutSource:
    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._thread: threading.Thread | None = None

    @property
    def description(self) -> str:
        return f"a device at {self._cut.sample_rate_hz} Hz"

    @property
    def duration_samples(self) -> None:
        return

    def start(self, sink: AudioSink) -> None:
        self._thread = threading.Thread(target=self._run, args=(sink,), name="cut-source")
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._thread.join(10.0)

    def _run(self, sink: AudioSink) -> None:
        converter = StreamConverter(self._cut.sample_rate_hz)
        position = turn = 0
        while position < len(self._cut.frames):
            frames = self._cut.block_frames[turn % len(self._cut.block_frames)]
            _put(sink, converter.convert(self._cut.frames[position : position + frames]))
            position += frames
            turn += 1
        _put(sink, converter.finish())
        sink.put(SourceEnded(at_sample=converter.end_sample))


def _put(sink: AudioSink, pieces: Sequence[Converted]) -> None:
    for piece in pieces:
        sink.put(piece)
