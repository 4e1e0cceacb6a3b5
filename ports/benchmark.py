"""Defines what a benchmark needs: contestants that write down what is said, and a count of wrong words."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from realtime_mlx_stt.domain.errors import PortError
from realtime_mlx_stt.ports.audio_requests import AudioSamples

__all__ = [
    "BenchmarkError",
    "Contestant",
    "ContestantError",
    "ExtraMissingError",
    "SoundKeeping",
    "TimedText",
    "WordErrorCount",
    "WordErrors",
]


class BenchmarkError(PortError):
    """What is to be measured cannot be: a clip, a transcript or a place for the results is not as it must be."""

    code = "benchmark"


class ExtraMissingError(BenchmarkError):
    """A package that only benchmarks need is not installed; the message says how to install it."""

    code = "extra-missing"


class ContestantError(BenchmarkError):
    """A contestant could not be started, or broke; the message says what it last said itself."""

    code = "contestant"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedText:
    """A text, and how long it took.

    ``seconds``: on the clock, from the samples in memory to the text.
    ``processor_seconds``: of all threads of the process meanwhile.
    """

    text: str
    seconds: float
    processor_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WordErrors:
    """The number of words inserted, left out or replaced, and the number of words that were said."""

    errors: int
    words: int


class Contestant(Protocol):
    """Writes down what is said, in a process of its own: no two share a library or a thread. For one thread."""

    @property
    def description(self) -> str:
        """Which program it is, in which version and with which settings."""
        ...

    def transcribe(self, samples: AudioSamples) -> TimedText:
        """The text of at most 30 s of speech. Blocks until it is there.

        Raises:
            ContestantError: it broke.
        """
        ...

    def close(self) -> None:
        """End its process. Idempotent."""
        ...


class WordErrorCount(Protocol):
    """Counts how far what was heard is from what was said, case, punctuation and spelling apart. Thread-safe."""

    def __call__(self, said: str, heard: str) -> WordErrors:
        """Count the fewest changes that turn one text into the other."""
        ...


class SoundKeeping(Protocol):
    """Keeps sound in files for as long as a benchmark runs. Thread-safe."""

    def __call__(self, name: str, samples: AudioSamples) -> Path:
        """Write the samples into a sound file of that name, without an ending, and say where it is."""
        ...
