"""Describes what a user wants to be measured; the composition root, which knows the contestants, measures it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # Only for the types: NumPy, which these import, would slow down every --help.
    from realtime_mlx_stt.application.benchmark.results import BenchmarkResults
    from realtime_mlx_stt.application.benchmark.side_by_side import Progress

__all__ = ["BenchmarkWishes", "RunBenchmark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkWishes:
    """The options of ``stt bench``.

    ``command`` is what was typed, to stand in the results. ``inputs`` empty is the example clips, ``with_joins``
    has longer ones made of the clips besides; ``model`` and ``language`` None are those of the usual profile.
    ``rounds`` is how often each clip is heard; ``streams`` how many speakers at once, one number after the other,
    and ``seconds`` for how long, or with ``every_clip`` until they have said every clip if that is longer.
    ``report`` is where to write one.
    """

    command: str
    inputs: tuple[Path, ...] = ()
    with_joins: bool = False
    model: str | None = None
    language: str | None = None
    with_peers: bool = False
    rounds: int = 3
    streams: tuple[int, ...] = ()
    seconds: float = 60.0
    every_clip: bool = False
    report: Path | None = None


class RunBenchmark(Protocol):
    """Measures."""

    def __call__(self, wishes: BenchmarkWishes, progress: "Progress") -> "BenchmarkResults":
        """Measure what is wished, and write the report if one is.

        Raises:
            BenchmarkError, ExtraMissingError: something is missing; it is found out before anything is measured.
            RealtimeSttError: a model or a clip cannot be had.
        """
        ...
