"""The results as tables of text, for a terminal and for a document alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from realtime_mlx_stt.application.benchmark.results import ContestantResult, LiveResult
from realtime_mlx_stt.application.read_models.latency import Percentiles

__all__ = ["ResultTable", "contestant_table", "live_table"]

_NOT_MEASURED: Final = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultTable:
    """Column names, and rows of as many cells; the first cell of a row says what the row is."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def contestant_table(results: Sequence[ContestantResult]) -> ResultTable:
    """A row for each contestant; one that did not hear all clips says how many."""
    columns = ("", "word error rate", "median s", "p95 s", "real-time factor", "processor s", "times ours")
    most_clips = max((len(each.clips) for each in results), default=0)
    return ResultTable(columns=columns, rows=tuple(_contestant_row(each, most_clips) for each in results))


def live_table(results: Sequence[LiveResult]) -> ResultTable:
    """A column for each number of streams."""
    rows = tuple((name, *(cell(each) for each in results)) for name, cell in _LIVE_ROWS)
    return ResultTable(columns=("streams at once", *(str(each.streams) for each in results)), rows=rows)


def _contestant_row(result: ContestantResult, most_clips: int) -> tuple[str, ...]:
    heard = len(result.clips)
    return (
        result.name if heard == most_clips else f"{result.name}, {heard} of {most_clips} clips",
        _percent(result.word_error_rate),
        f"{result.median_seconds:.3f}",
        f"{result.p95_seconds:.3f}",
        f"{result.real_time_factor:.3f}",
        f"{result.processor_seconds:.3f}",
        f"{result.times_ours:.2f}",
    )


_LIVE_ROWS: Final[Sequence[tuple[str, Callable[[LiveResult], str]]]] = (
    ("keeps up", lambda result: "yes" if result.keeps_up else "no"),
    ("first partial after the onset, s", lambda result: _spread(result.first_partial_seconds)),
    ("partials for a second of speech", lambda result: f"{result.partials_per_second:.1f}"),
    ("age of partials, s", lambda result: _spread(result.partial_age_seconds)),
    ("stable words that the final text has otherwise", lambda result: _percent(result.taken_back_share)),
    ("end of speech to final text, s", lambda result: _spread(result.speech_to_final_seconds)),
    ("end-of-speech decision to final text, s", lambda result: _spread(result.decision_to_final_seconds)),
    ("cores for a stream", lambda result: f"{result.cores:.2f}"),
    ("word error rate", lambda result: _percent(result.word_error_rate)),
    ("utterances", lambda result: str(result.utterances)),
    ("rejected as no speech", lambda result: str(result.rejected)),
    ("final texts that needed the full window", lambda result: _count(result.full_window_finals)),
    ("final texts lost", lambda result: str(result.lost_finals)),
    ("sound not heard, s", lambda result: f"{result.lost_audio_seconds:.1f}"),
    ("said to be left out", lambda result: ", ".join(result.degradations) or "nothing"),
)


def _spread(values: Percentiles | None) -> str:
    return _NOT_MEASURED if values is None else f"{values.median:.3f} (p95 {values.p95:.3f})"


def _count(number: int | None) -> str:
    return _NOT_MEASURED if number is None else str(number)


def _percent(share: float | None) -> str:
    return _NOT_MEASURED if share is None else f"{100 * share:.1f} %"
