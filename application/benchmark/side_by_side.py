"""Puts the same clips through several contestants in turn: what else the machine does costs all of them alike."""

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from realtime_mlx_stt.application.benchmark.clips import Clip
from realtime_mlx_stt.application.benchmark.results import ClipResult, ContestantResult
from realtime_mlx_stt.application.read_models.latency import percentiles
from realtime_mlx_stt.ports.benchmark import Contestant, TimedText, WordErrorCount

__all__ = ["Entrant", "Progress", "measure_side_by_side", "word_error_rate"]

Progress = Callable[[str, float, float], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A contestant to be; ``rounds`` is how often it hears each clip, once at least.

    The first entrant is ours: all others are told as multiples of it.
    """

    name: str
    rounds: int
    start: Callable[[], Contestant]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    entrant: Entrant
    contestant: Contestant
    heard: dict[Clip, list[TimedText]]

    def hear(self, clip: Clip) -> None:
        self.heard.setdefault(clip, []).append(self.contestant.transcribe(clip.samples))


def measure_side_by_side(
    entrants: Sequence[Entrant], clips: Sequence[Clip], count_errors: WordErrorCount | None, progress: Progress
) -> tuple[ContestantResult, ...]:
    """The results in the order of the entrants; ``count_errors`` None leaves the error rate out.

    Raises:
        ContestantError, ExtraMissingError: one of them does not run.
    """
    with ExitStack() as opened:
        started = [_start(entrant, clips, opened, progress) for entrant in entrants]
        _hear(started, clips, progress)
        ours = started[0].heard
        return tuple(_result(each, clips, count_errors, ours) for each in started)


def word_error_rate(texts: Sequence[tuple[str | None, str]], count: WordErrorCount | None) -> float | None:
    """Over pairs of what was said and what was heard; None where a text is missing, or nobody counts."""
    if count is None or any(said is None for said, _ in texts):
        return None
    counted = [count(said or "", heard) for said, heard in texts]
    words = sum(each.words for each in counted)
    return sum(each.errors for each in counted) / words if words else None


def _start(entrant: Entrant, clips: Sequence[Clip], opened: ExitStack, progress: Progress) -> _Started:
    """Load its model and let it hear the shortest clip once, which nobody times: the first time costs more."""
    progress(f"Starting {entrant.name}", 0, 1)
    contestant = entrant.start()
    opened.callback(contestant.close)
    contestant.transcribe(min(clips, key=lambda clip: clip.samples.size).samples)
    return _Started(entrant=entrant, contestant=contestant, heard={})


def _hear(started: Sequence[_Started], clips: Sequence[Clip], progress: Progress) -> None:
    total = len(clips) * sum(each.entrant.rounds for each in started)
    done = 0
    for number in range(max(each.entrant.rounds for each in started)):
        for clip in clips:
            for each in started:
                if number < each.entrant.rounds:
                    progress(f"{clip.name} through {each.entrant.name}", done, total)
                    each.hear(clip)
                    done += 1


def _result(
    started: _Started, clips: Sequence[Clip], count: WordErrorCount | None, ours: dict[Clip, list[TimedText]]
) -> ContestantResult:
    results = tuple(_clip_result(clip, started.heard[clip]) for clip in clips)
    seconds = percentiles([each.seconds for each in results])
    assert seconds is not None
    total = sum(each.seconds for each in results)
    our_total = sum(_clip_result(clip, ours[clip]).seconds for clip in clips)
    texts = [(clip.text, result.text) for clip, result in zip(clips, results, strict=True)]
    return ContestantResult(
        name=started.entrant.name,
        description=started.contestant.description,
        rounds=started.entrant.rounds,
        word_error_rate=word_error_rate(texts, count),
        median_seconds=seconds.median,
        p95_seconds=seconds.p95,
        real_time_factor=total / sum(clip.seconds for clip in clips),
        times_ours=total / our_total,
        clips=results,
    )


def _clip_result(clip: Clip, heard: Sequence[TimedText]) -> ClipResult:
    return ClipResult(
        clip=clip.name,
        clip_seconds=clip.seconds,
        text=heard[0].text,
        seconds=statistics.median(each.seconds for each in heard),
        processor_seconds=statistics.median(each.processor_seconds for each in heard),
    )
