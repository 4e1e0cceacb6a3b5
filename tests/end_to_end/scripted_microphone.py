"""Microphones that hear what a test says, sample for sample, behind the container's other, real parts."""

from dataclasses import dataclass, field

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioDelivery,
    AudioLost,
    AudioSamples,
    AudioSink,
    AudioSourceError,
    SourceLost,
    SourceRecovered,
    SourceRequest,
)

__all__ = ["ScriptedMicrophone", "ScriptedMicrophones"]

_BLOCK_SAMPLES = 700
_AWAY_SAMPLES = SAMPLE_RATE_HZ // 2


@dataclass
class ScriptedMicrophone:
    """An ``AudioSource`` whose deliveries the test makes, on the test's thread."""

    description: str = "the scripted microphone"
    duration_samples: int | None = None
    position: int = 0
    is_stopped: bool = False
    _sink: AudioSink | None = None

    def start(self, sink: AudioSink) -> None:
        self._sink = sink

    def stop(self) -> None:
        self.is_stopped = True

    def hear(self, samples: AudioSamples) -> None:
        """Deliver the samples in blocks that fit no window of a detector."""
        for first in range(0, len(samples), _BLOCK_SAMPLES):
            block = samples[first : first + _BLOCK_SAMPLES]
            self._deliver(AudioBlock(first_sample=self.position, samples=block))
            self.position += len(block)

    def break_off(self) -> None:
        """Be unplugged."""
        error = AudioSourceError("The scripted microphone was unplugged.")
        self._deliver(SourceLost(at_sample=self.position, error=error))

    def come_back(self) -> None:
        """Be plugged in again, half a second after it was unplugged."""
        lost = AudioLost(first_sample=self.position, lost_samples=_AWAY_SAMPLES, reason=GapReason.SOURCE_LOST)
        self._deliver(lost)
        self.position += _AWAY_SAMPLES
        self._deliver(SourceRecovered(at_sample=self.position))

    def _deliver(self, delivery: AudioDelivery) -> None:
        assert self._sink is not None, "the microphone has not been started"
        assert self._sink.put(delivery), "the session takes no more"


@dataclass
class ScriptedMicrophones:
    """``AudioSources`` of one scripted microphone after another."""

    made: list[ScriptedMicrophone] = field(default_factory=list)

    def open(self, _request: SourceRequest) -> ScriptedMicrophone:
        self.made.append(ScriptedMicrophone())
        return self.made[-1]

    @property
    def newest(self) -> ScriptedMicrophone:
        """The microphone that was opened last."""
        return self.made[-1]
