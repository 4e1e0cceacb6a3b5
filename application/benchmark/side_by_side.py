"""Runs the same clips through several contestants in turn, so that other load on the machine slows all alike."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from realtime_mlx_stt.application.benchmark.clips import Clip
from realtime_mlx_stt.application.benchmark.results import ClipResult, ContestantResult
from realtime_mlx_stt.application.read_models.latency import percentiles
from realtime_mlx_stt.ports.benchmark import Contestant, TimedText, WordErrorCount

__all__ = ["Entrant", "Progress", "measure_side_by_side", "word_error_rate"]

Progress = Callable[[str, float, float], None]
"""Called with the name of the current step, how much of it is done, and how much there is in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A contestant to be; ``rounds`` is how often it hears each clip, once at least.

    ``most_clips`` is given for one that is too slow to hear all clips: so many, of all lengths. The first entrant
    is ours: all others are told as multiples of it.
    """

    name: str
    rounds: int
    start: Callable[[], Contestant]
    most_clips: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    """``heard`` has a place for each clip that it is to hear, in their order."""

    entrant: Entrant
    contestant: Contestant
    heard: dict[Clip, list[TimedText]]


def measure_side_by_side(
    entrants: Sequence[Entrant], clips: Sequence[Clip], count_errors: WordErrorCount, progress: Progress
) -> tuple[ContestantResult, ...]:
    """The results in the order of the entrants.

    Raises:
        ContestantError: one of them does not run.
    """
    with ExitStack() as opened:
        started = [_start(entrant, clips, opened, progress) for entrant in entrants]
        _hear(started, clips, progress)
        ours = started[0].heard
        return tuple(_result(each, count_errors, ours) for each in started)


def word_error_rate(texts: Sequence[tuple[str | None, str]], count: WordErrorCount) -> float | None:
    """Over pairs of what was said and what was heard; None where it is not known what was said."""
    if any(said is None for said, _ in texts):
        return None
    counted = [count(said or "", heard) for said, heard in texts]
    words = sum(each.words for each in counted)
    return sum(each.errors for each in counted) / words if words else None


def _start(entrant: Entrant, clips: Sequence[Clip], opened: ExitStack, progress: Progress) -> _Started:
    """Load the contestant's model and let it hear the shortest clip once, untimed: the first time costs more."""
    progress(f"Starting {entrant.name}", 0, 1)
    contestant = entrant.start()
    opened.callback(contestant.close)
    contestant.transcribe(min(clips, key=lambda clip: clip.samples.size).samples)
    return _Started(entrant=entrant, contestant=contestant, heard={clip: [] for clip in _chosen(entrant, clips)})


def _chosen(entrant: Entrant, clips: Sequence[Clip]) -> list[Clip]:
    """All clips, or as many as the entrant can hear, spread over all lengths.

    The clips are sorted by length and divided into that many equal parts; the middle clip of each part is taken.
    """
    most = entrant.most_clips
    if most is None or most >= len(clips):
        return list(clips)
    by_length = sorted(clips, key=lambda clip: clip.samples.size)
    return [by_length[(2 * part + 1) * len(clips) // (2 * most)] for part in range(most)]


def _hear(started: Sequence[_Started], clips: Sequence[Clip], progress: Progress) -> None:
    turns = [
        (each, clip)
        for number in range(max(each.entrant.rounds for each in started))
        for clip in clips
        for each in started
        if number < each.entrant.rounds and clip in each.heard
    ]
    for done, (each, clip) in enumerate(turns):
        progress(f"{clip.name} through {each.entrant.name}", done, len(turns))
        each.heard[clip].append(each.contestant.transcribe(clip.samples))


def _result(started: _Started, count: WordErrorCount, ours: Mapping[Clip, Sequence[TimedText]]) -> ContestantResult:
    clips = list(started.heard)
    results = tuple(_clip_result(clip, heard) for clip, heard in started.heard.items())
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
