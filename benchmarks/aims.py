"""Lists what is aimed at on two processor cores with tiny.en, and whether a run has reached it."""

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from realtime_mlx_stt.application.benchmark.results import BenchmarkResults, ContestantResult, LiveResult

__all__ = ["FULL_WINDOW", "OURS", "Aim", "ErrorRates", "aim_table", "aims"]

OURS: Final = "ours"
FULL_WINDOW: Final = "mlx-whisper with the fast BLAS"
"""Greedy in the full window over the same weights; the BLAS changes no text."""

_TIMES: Final[Mapping[str, float]] = {
    "mlx-whisper as installed": 40.0,
    FULL_WINDOW: 8.0,
    "faster-whisper int8": 1.5,
}
"""How many times as long as ours a clip must take, by contestant."""

_KEEPING_UP_STREAMS: Final = 4
_DEGRADING_STREAMS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """One aim: the bound, and what was measured as a table shows them, and whether it is reached."""

    name: str
    bound: str
    measured: str
    is_met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRates:
    """Wrong words for each word said with the model, over the same clips: ours, and greedy in the full window."""

    model: str
    ours: float
    full_window: float


def aims(results: BenchmarkResults, base: ErrorRates) -> list[Aim]:
    """The aims, with what the results and the larger model reached; what was not measured is absent."""
    live = {each.streams: each for each in results.live}
    return [
        *_speed(results),
        *(_errors(each) for each in (*_own_rates(results), base)),
        *(_one_speaker(live[1]) if 1 in live else ()),
        *(_keeping_up(live[_KEEPING_UP_STREAMS]) if _KEEPING_UP_STREAMS in live else ()),
        *(_degrading(live[_DEGRADING_STREAMS]) if _DEGRADING_STREAMS in live else ()),
    ]


def aim_table(found: list[Aim]) -> str:
    """The aims as a table in Markdown."""
    rows = [
        f"| {each.name} | {each.bound} | {each.measured} | {'yes' if each.is_met else '**no**'} |" for each in found
    ]
    return "\n".join(("| what | aim | measured | reached |", "| --- | --- | --- | --- |", *rows))


def _speed(results: BenchmarkResults) -> Iterator[Aim]:
    by_name = {each.name: each for each in results.contestants}
    for name, least in _TIMES.items():
        if name in by_name:
            times = _times_ours(by_name[name], by_name[OURS])
            yield _at_least(f"seconds of {name} for one of ours, medians of the same clips", least, times, "")


def _times_ours(peer: ContestantResult, ours: ContestantResult) -> float:
    clips = {each.clip for each in peer.clips}
    our_median = statistics.median(each.seconds for each in ours.clips if each.clip in clips)
    return statistics.median(each.seconds for each in peer.clips) / our_median


def _own_rates(results: BenchmarkResults) -> Iterator[ErrorRates]:
    rates = {each.name: each.word_error_rate for each in results.contestants}
    ours, full_window = rates.get(OURS), rates.get(FULL_WINDOW)
    if ours is not None and full_window is not None:
        yield ErrorRates(model=results.model, ours=ours, full_window=full_window)


def _errors(rates: ErrorRates) -> Aim:
    name = f"words wrong with {rates.model}, beside the full window's"
    return _at_most(name, 100 * rates.full_window, 100 * rates.ours, " %")


def _one_speaker(result: LiveResult) -> Iterator[Aim]:
    wait, age = result.decision_to_final_seconds, result.partial_age_seconds
    if wait is not None:
        yield _at_most("one speaker: decision to final text, median", 20, 1000 * wait.median, " ms")
        yield _at_most("one speaker: decision to final text, 95 of 100", 150, 1000 * wait.p95, " ms")
    yield _at_least("one speaker: partials for a second of speech", 3, result.partials_per_second, "")
    if age is not None:
        yield _at_most("one speaker: age of partials, 95 of 100", 0.5, age.p95, " s")
    yield _at_most("one speaker: stable words taken back", 2, 100 * result.taken_back_share, " %")
    yield _at_most("one speaker: share of a core", 60, 100 * result.cores, " %")


def _keeping_up(result: LiveResult) -> Iterator[Aim]:
    yield Aim(
        name=f"{result.streams} speakers at once keep up",
        bound="yes",
        measured="yes" if result.keeps_up else "no",
        is_met=result.keeps_up,
    )


def _degrading(result: LiveResult) -> Iterator[Aim]:
    name = f"{result.streams} speakers at once"
    yield _at_most(f"{name}: final texts lost", 0, result.lost_finals, "")
    told = ", ".join(result.degradations)
    yield Aim(
        name=f"{name} keep up, or the log says what is left out",
        bound="yes",
        measured=told or ("they keep up" if result.keeps_up else "nothing is said"),
        is_met=result.keeps_up or bool(told),
    )


def _at_most(name: str, bound: float, measured: float, unit: str) -> Aim:
    return Aim(name=name, bound=f"≤ {bound:.3g}{unit}", measured=f"{measured:.3g}{unit}", is_met=measured <= bound)


def _at_least(name: str, bound: float, measured: float, unit: str) -> Aim:
    return Aim(name=name, bound=f"≥ {bound:.3g}{unit}", measured=f"{measured:.3g}{unit}", is_met=measured >= bound)
