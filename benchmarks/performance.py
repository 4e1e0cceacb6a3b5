"""Measures everything with ``stt bench``, and writes docs/performance.md with the numbers, the plots and the aims.

``python -m benchmarks.performance`` takes some ten minutes on two idle cores.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec
from benchmarks.aims import ErrorRates, aim_table, aims
from tests.guarantees.speech_sets import speech_set, window_texts

from realtime_mlx_stt.adapters.benchmark.report import report_document
from realtime_mlx_stt.adapters.benchmark.word_errors import word_error_count
from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.speech_to_text.engines import ENGINE, MlxEngines
from realtime_mlx_stt.application.benchmark.results import BenchmarkResults, decode_results
from realtime_mlx_stt.domain.transcription import DecodingOptions

__all__ = ["BASE", "COMMAND", "REPORT", "errors_of_base", "main", "page"]

_ROOT: Final = Path(__file__).parents[1]
_LANGUAGE: Final = "en"
_THIS: Final = "python -m benchmarks.performance"
REPORT: Final = "docs/performance.md"
BASE: Final = "docs/performance-base.json"
"""The file with the error rates of the larger model."""

COMMAND: Final = (
    *("bench", "--input", "tests/data/speech", "--joins", "--peers", "--rounds", "2"),
    *("--streams", "1,2,4,6,8", "--seconds", "30", "--every-clip", "--report", REPORT),
)
"""The arguments of ``stt``, run in the root of the checkout."""

_AIMS: Final = f"""\
## What is aimed at

On two processor cores with tiny.en; `{_THIS}` has measured it and written this table. With base the error rate
alone is measured, beside the full window's texts that the tests keep. The tests in `tests/guarantees` hold what
no table shows: live final texts are the offline texts of the same utterances, memory does not grow with the
number of lengths, and what is no speech has no text."""


def main() -> None:
    """Measure, write, and print the aims."""
    program = [sys.executable, "-m", "realtime_mlx_stt.composition.command_line"]
    subprocess.run([*program, *COMMAND], cwd=_ROOT, check=True, stdout=subprocess.DEVNULL)
    (_ROOT / BASE).write_bytes(msgspec.json.format(msgspec.json.encode(errors_of_base()), indent=1) + b"\n")
    (_ROOT / REPORT).write_text(page(), encoding="utf-8")
    print(aim_table(aims(*_results())))


def page() -> str:
    """The report that ``stt bench`` writes of the kept results, with the aims before everything else."""
    results, base = _results()
    return report_document(results, Path(REPORT).stem, first=(_AIMS, aim_table(aims(results, base))))


def _results() -> tuple[BenchmarkResults, ErrorRates]:
    results = decode_results((_ROOT / REPORT).with_suffix(".json").read_bytes())
    return results, msgspec.json.decode((_ROOT / BASE).read_bytes(), type=ErrorRates)


def errors_of_base() -> ErrorRates:
    """The error rates over the clips and joins of the tests, for which the texts of the full window are kept."""
    engine = MlxEngines(WhisperModelRepository()).open(ENGINE, "base")
    engine.load()
    count, words, ours, full_window = word_error_count(_LANGUAGE), 0, 0, 0
    for name in ("clips", "joins"):
        kept = window_texts("base", name)
        for clip in speech_set(name):
            decoder = engine.open_utterance(DecodingOptions(language=_LANGUAGE))
            found = count(clip.text, decoder.decode(clip.audio, final=True).text)
            words, ours = words + found.words, ours + found.errors
            full_window += count(clip.text, kept[clip.name]).errors
    return ErrorRates(model="base", ours=ours / words, full_window=full_window / words)


if __name__ == "__main__":
    main()
