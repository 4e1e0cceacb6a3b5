"""Contestants hear the same clips in turn, and are told as multiples of ours over the same clips."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from realtime_mlx_stt.application.benchmark.clips import Clip
from realtime_mlx_stt.application.benchmark.side_by_side import Entrant, measure_side_by_side, word_error_rate
from realtime_mlx_stt.application.benchmark.tables import contestant_table
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.benchmark import ContestantError, TimedText, WordErrors


@dataclass
class Scripted:
    """A contestant that takes these seconds, one after the other; ``heard`` is shared by all."""

    name: str
    seconds: Iterator[float]
    heard: list[tuple[str, int]]
    is_closed: bool = False
    description: str = "scripted"
    started: list["Scripted"] = field(default_factory=list)

    def start(self) -> "Scripted":
        self.started.append(self)
        return self

    def transcribe(self, samples: AudioSamples) -> TimedText:
        self.heard.append((self.name, samples.size))
        seconds = next(self.seconds, None)
        if seconds is None:
            raise ContestantError("It broke.")
        return TimedText(text=f"{self.name} {samples.size}", seconds=seconds, processor_seconds=2 * seconds)

    def close(self) -> None:
        self.is_closed = True


def clip(name: str, seconds: int, text: str | None = "said") -> Clip:
    return Clip(name=name, samples=np.zeros(16_000 * seconds, dtype=np.float32), text=text)


def count(said: str, heard: str) -> WordErrors:
    return WordErrors(errors=int(said != heard), words=len(said.split()))


def ignore(what: str, done: float, total: float) -> None:
    assert done <= total


LONG, SHORT = clip("same-name", 3, "ours 48000"), clip("same-name", 1, "ours 16000 and more words")


def test_each_clip_goes_through_all_in_turn_and_the_median_of_its_rounds_counts() -> None:
    heard: list[tuple[str, int]] = []
    ours = Scripted("ours", iter([9.0, 1.0, 0.5, 3.0, 0.5, 2.0, 0.5]), heard)
    slow = Scripted("slow", iter([9.0, 20.0, 5.0]), heard)
    results = measure_side_by_side(
        [Entrant(name="ours", rounds=3, start=ours.start), Entrant(name="slow", rounds=1, start=slow.start)],
        [LONG, SHORT],
        count,
        ignore,
    )
    warm_up = [("ours", 16_000), ("slow", 16_000)]
    first_round = [("ours", 48_000), ("slow", 48_000), ("ours", 16_000), ("slow", 16_000)]
    assert heard == warm_up + first_round + [("ours", 48_000), ("ours", 16_000)] * 2
    assert ours.is_closed
    assert slow.is_closed
    assert [each.seconds for each in results[0].clips] == [2.0, 0.5]
    assert [each.times_ours for each in results] == [1.0, 10.0]
    assert (results[0].median_seconds, results[0].p95_seconds) == (0.5, 2.0)
    assert results[0].real_time_factor == pytest.approx(2.5 / 4)
    assert results[0].processor_seconds == pytest.approx(2.5)
    assert results[0].word_error_rate == pytest.approx(1 / 7)


def test_one_that_is_too_slow_for_all_clips_hears_some_of_all_lengths_and_is_told_beside_ours_over_these() -> None:
    heard: list[tuple[str, int]] = []
    clips = [clip("clip", seconds) for seconds in (6, 1, 5, 2, 4, 3)]
    ours = Scripted("ours", iter([9.0, *(each.seconds for each in clips)]), heard)
    slow = Scripted("slow", iter([9.0, 20.0, 50.0]), heard)
    entrants = [
        Entrant(name="ours", rounds=1, start=ours.start),
        Entrant(name="slow", rounds=1, start=slow.start, most_clips=2),
    ]
    results = measure_side_by_side(entrants, clips, count, ignore)
    assert [each.clip_seconds for each in results[1].clips] == [2.0, 5.0]
    assert results[1].times_ours == 70.0 / 7.0
    assert results[1].real_time_factor == 70.0 / 7.0
    assert [row[0] for row in contestant_table(results).rows] == ["ours", "slow, 2 of 6 clips"]


def test_all_end_when_one_breaks() -> None:
    heard: list[tuple[str, int]] = []
    ours, weak = Scripted("ours", iter([1.0] * 9), heard), Scripted("weak", iter([1.0]), heard)
    entrants = [Entrant(name=each.name, rounds=1, start=each.start) for each in (ours, weak)]
    with pytest.raises(ContestantError):
        measure_side_by_side(entrants, [SHORT], count, ignore)
    assert ours.is_closed
    assert weak.is_closed


def test_there_is_no_error_rate_without_a_transcript() -> None:
    assert word_error_rate([("said", "said"), (None, "heard")], count) is None
    assert word_error_rate([("", "heard")], count) is None
    assert word_error_rate([("one two", "one"), ("three four", "three four")], count) == pytest.approx(0.25)
