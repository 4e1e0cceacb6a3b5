"""Has ``stt bench`` measure everything, and writes docs/performance.md with its numbers and its plots.

Takes some eleven minutes on two idle cores, most of it for mlx-whisper as installed and for live speakers.

``python -m benchmarks.performance``
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, figure_table

from realtime_mlx_stt.application.benchmark.results import (
    BenchmarkResults,
    ContestantResult,
    LiveResult,
    decode_results,
)

__all__ = ["COMMAND", "REPORT", "figures", "main", "measure"]

_ROOT: Final = Path(__file__).parents[1]
REPORT: Final = "docs/performance.md"
COMMAND: Final = (
    *("bench", "--peers", "--input", "tests/data/speech", "--rounds", "2", "--seconds", "40"),
    *("--report", REPORT),
)
"""What ``stt`` is given, in the root of the checkout."""

_TIMES_AIMS: Final = {
    "mlx-whisper as installed": "≥ 40",
    "mlx-whisper with the fast BLAS": "≥ 8",
    "faster-whisper int8": "≥ 1.5",
}


def measure() -> list[Figure]:
    """Measure, write the report, and give what is aimed at."""
    program = [sys.executable, "-m", "realtime_mlx_stt.composition.command_line"]
    subprocess.run([*program, *COMMAND], cwd=_ROOT, check=True, stdout=subprocess.DEVNULL)
    return figures(decode_results((_ROOT / REPORT).with_suffix(".json").read_bytes()))


def figures(results: BenchmarkResults) -> list[Figure]:
    """The results that something is aimed at, and those beside which they stand."""
    beside = (figure for each in results.contestants for figure in _contestant_figures(each))
    return [*beside, *(figure for each in results.live for figure in _live_figures(each))]


def main() -> None:
    """Measure, and print the figures."""
    print(figure_table(measure()))


def _contestant_figures(result: ContestantResult) -> Iterator[Figure]:
    name = result.name
    yield Figure(name=f"{name}, seconds per clip, median", value=result.median_seconds, unit="s")
    yield Figure(name=f"{name}, all clips", value=result.times_ours, unit="times ours", aim=_TIMES_AIMS.get(name))
    if result.word_error_rate is not None:
        yield Figure(name=f"{name}, words wrong", value=100 * result.word_error_rate, unit="%")


def _live_figures(result: LiveResult) -> Iterator[Figure]:
    """What is aimed at is aimed at for one speaker; of more, that nothing is lost."""
    name = f"live, {result.streams} at once"
    yield Figure(name=f"{name}, final texts lost", value=result.lost_finals, unit="", aim="= 0")
    wait, age = result.decision_to_final_seconds, result.partial_age_seconds
    if result.streams == 1 and wait is not None and age is not None:
        yield Figure(name=f"{name}, decision to final, median", value=1000 * wait.median, unit="ms", aim="≤ 20")
        yield Figure(name=f"{name}, decision to final, p95", value=1000 * wait.p95, unit="ms", aim="≤ 150")
        yield Figure(name=f"{name}, age of partials, p95", value=age.p95, unit="s", aim="≤ 0.5")
        yield Figure(name=f"{name}, partials", value=result.partials_per_second, unit="for a second", aim="≥ 3")
        share = 100 * result.taken_back_share
        yield Figure(name=f"{name}, stable words taken back", value=share, unit="%", aim="≤ 2")
        yield Figure(name=f"{name}, cores", value=result.cores, unit="", aim="≤ 0.6")


if __name__ == "__main__":
    main()
