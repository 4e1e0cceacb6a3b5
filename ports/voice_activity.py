"""Defines the detector of speech in sound."""

from typing import Final, Protocol

from realtime_mlx_stt.domain.errors import PortError
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["WINDOW_SAMPLES", "VoiceActivityDetection", "VoiceActivityDetector", "VoiceActivityError"]

WINDOW_SAMPLES: Final = 512
"""How many samples one probability is for: 32 ms."""


class VoiceActivityError(PortError):
    """The detector's model is missing or does not run."""

    code = "voice-activity"


class VoiceActivityDetector(Protocol):
    """Hears one stream; it remembers what came before. Used by one thread at a time."""

    def probability(self, window: AudioSamples) -> float:
        """The probability, 0 to 1, that the next ``WINDOW_SAMPLES`` samples of the stream hold speech.

        Raises:
            VoiceActivityError: the model did not run.
        """
        ...

    def reset(self) -> None:
        """Forget the stream, as before its first sample."""
        ...


class VoiceActivityDetection(Protocol):
    """Makes detectors; the model behind them is loaded once."""

    def open(self) -> VoiceActivityDetector:
        """A detector for a new stream.

        Raises:
            VoiceActivityError: the model cannot be loaded.
        """
        ...
