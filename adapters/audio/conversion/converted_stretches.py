"""Converts stretches of sound, each with its own rate, and places them on one count of 16 kHz samples."""

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Converted, Frames, StreamConverter
from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.ports.audio_source import AudioLost

__all__ = ["ConvertedStretches"]


class ConvertedStretches:
    """Stretches of sound and of loss, one behind the other from position 0 on. For one thread."""

    def __init__(self) -> None:
        self._end_sample = 0
        self._rate_hz = 0
        self._converter: StreamConverter | None = None

    @property
    def end_sample(self) -> int:
        """The position behind everything that was given out."""
        return self._end_sample if self._converter is None else self._converter.end_sample

    def convert(self, frames: Frames, sample_rate_hz: int) -> list[Converted]:
        """What can be given out after these frames; a change of rate begins a new stretch."""
        given = [] if sample_rate_hz == self._rate_hz else self.finish()
        if self._converter is None:
            self._rate_hz = sample_rate_hz
            self._converter = StreamConverter(sample_rate_hz, self._end_sample)
        return [*given, *self._converter.convert(frames)]

    def finish(self, until_sample: int | None = None) -> list[Converted]:
        """The rest of the stretch, up to ``until_sample`` at most; the next frames begin a new one."""
        if self._converter is None:
            return []
        given = self._converter.finish(until_sample)
        self._end_sample = self._converter.end_sample
        self._converter = None
        return given

    def lose(self, samples: int, reason: GapReason) -> list[Converted]:
        """A loss of this many samples behind a finished stretch; nothing if there are none."""
        if samples <= 0:
            return []
        lost = AudioLost(first_sample=self._end_sample, lost_samples=samples, reason=reason)
        self._end_sample += samples
        return [lost]
