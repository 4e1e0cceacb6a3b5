"""Reads sound that a program has in its memory."""

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Frames
from realtime_mlx_stt.adapters.audio.sample_rate import check_sample_rate
from realtime_mlx_stt.ports.audio_source import AudioFormatError, SamplesRequest

__all__ = ["SoundInMemory"]


class SoundInMemory:
    """A ``ReadySound`` over a program's samples, of which it keeps no copy.

    Raises:
        AudioFormatError: there is no sample, or nothing is recorded at such a rate.
    """

    def __init__(self, request: SamplesRequest) -> None:
        check_sample_rate(request.sample_rate_hz)
        if not len(request.samples):
            raise AudioFormatError("There is no sample to be heard.")
        self._samples = request.samples
        self._sample_rate_hz = request.sample_rate_hz
        self._position = 0

    @property
    def frames(self) -> int:
        """How many samples there are."""
        return len(self._samples)

    @property
    def sample_rate_hz(self) -> int:
        """Samples per second."""
        return self._sample_rate_hz

    def read(self, frames: int) -> Frames:
        """At most this many further samples, as frames of one channel; none at the end."""
        read = self._samples[self._position : self._position + frames]
        self._position += len(read)
        return read.reshape(-1, 1)

    def cut_short(self) -> None:
        """None: samples promise nothing."""

    def close(self) -> None:
        """Do nothing: no file is held open."""
