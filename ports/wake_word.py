"""Defines the detector of wake words in sound."""

from collections.abc import Mapping
from typing import Final, Protocol

from realtime_mlx_stt.domain.errors import PortError
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = [
    "FRAME_SAMPLES",
    "UnknownWakeWordError",
    "WakeWordDetection",
    "WakeWordDetector",
    "WakeWordError",
]

FRAME_SAMPLES: Final = 1280
"""How many samples one set of scores is for: 80 ms."""


class WakeWordError(PortError):
    """The detector's models are missing or do not run."""

    code = "wake-word"


class UnknownWakeWordError(WakeWordError):
    """No model hears that word; the message names near matches and all that there are."""

    code = "unknown-wake-word"


class WakeWordDetector(Protocol):
    """Hears one stream; it remembers the seconds before. Used by one thread at a time."""

    def scores(self, frame: AudioSamples) -> Mapping[str, float]:
        """For each word, how surely (0 to 1) it ended in the next ``FRAME_SAMPLES`` samples of the stream.

        Raises:
            WakeWordError: a model did not run.
        """
        ...

    def reset(self) -> None:
        """Forget the stream, as before its first sample."""
        ...


class WakeWordDetection(Protocol):
    """Makes detectors for words that there are models for. Thread-safe."""

    def words(self) -> tuple[str, ...]:
        """The words that can be heard, sorted."""
        ...

    def open(self, words: tuple[str, ...]) -> WakeWordDetector:
        """A detector of these words for a new stream, once what it would be run by has proved to hear.

        A word is one of those that can be heard, as people write it, or the path of a model of one's own: one
        that ends as ``is_model_file`` asks. The detector's scores have the words as they were asked for.

        Raises:
            UnknownWakeWordError: no model hears one of them.
            WakeWordError: a model cannot be loaded, or what runs it does not hear as it should.
        """
        ...
