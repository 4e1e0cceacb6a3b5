"""Something is given up when texts wait too long and given back when they do not, step by step, never flapping."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mlx_stt.application.writing.degradation import (
    Degradation,
    ServiceLevel,
    Waits,
    degradation_reports,
    levels,
    owed_report,
)
from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain.settings import TranscriptionSettings

BLOCK = 1_600
SECOND = 16_000
SETTINGS = TranscriptionSettings(model="base", smaller_model="tiny.en")
ALL = tuple(ServiceLevel)
WAITS = st.builds(Waits, st.floats(0.0, 4.0), st.floats(0.0, 4.0))
PHASES = st.lists(st.tuples(st.integers(1, 80), WAITS), max_size=12)
"""So many tenths of a second with these waits."""


def course(waits: Sequence[Waits], available: tuple[ServiceLevel, ...] = ALL) -> list[ServiceLevel]:
    """The level after each tenth of a second."""
    degradation, levels_so_far = Degradation(), []
    for place, each in enumerate(waits):
        degradation.observe(place * BLOCK, each, available)
        levels_so_far.append(degradation.level)
    return levels_so_far


def spread(phases: list[tuple[int, Waits]]) -> list[Waits]:
    return [waits for count, waits in phases for _ in range(count)]


@pytest.mark.parametrize(
    ("waits", "level"),
    [
        (Waits(), ServiceLevel.FULL),
        (Waits(0.5, 0.5), ServiceLevel.FULL),
        (Waits(hypothesis_seconds=0.6), ServiceLevel.SLOWER),
        (Waits(final_seconds=0.6), ServiceLevel.SLOWER),
        (Waits(hypothesis_seconds=9.0), ServiceLevel.NO_HYPOTHESES),
        (Waits(final_seconds=1.2), ServiceLevel.NO_HYPOTHESES),
        (Waits(final_seconds=1.6), ServiceLevel.SMALLER_MODEL),
    ],
)
def test_the_longer_texts_wait_the_more_is_given_up(waits: Waits, level: ServiceLevel) -> None:
    assert course([waits] * 100)[-1] is level


def test_each_step_takes_two_seconds_and_is_undone_after_five_calm_ones() -> None:
    levels_seen = course([Waits(final_seconds=2.0)] * 100 + [Waits()] * 200)
    changes = [place for place in range(1, 300) if levels_seen[place] is not levels_seen[place - 1]]
    assert [levels_seen[place] for place in changes] == [1, 2, 3, 2, 1, 0]
    assert changes == [20, 41, 62, 150, 201, 252]


def test_one_text_that_waited_long_is_no_reason() -> None:
    assert set(course([Waits(), *[Waits(3.0, 3.0)] * 19, *[Waits()] * 30] * 5)) == {ServiceLevel.FULL}


@given(PHASES)
def test_the_level_goes_one_step_at_a_time_and_never_two_within_two_seconds(
    phases: list[tuple[int, Waits]],
) -> None:
    levels_seen = course(spread(phases))
    changes = [place for place in range(1, len(levels_seen)) if levels_seen[place] is not levels_seen[place - 1]]
    assert all(abs(levels_seen[place] - levels_seen[place - 1]) == 1 for place in changes)
    assert all(later - earlier >= 20 for earlier, later in pairwise(changes))


@given(WAITS, WAITS)
def test_under_a_steady_load_the_level_grows_with_it_and_then_stays(one: Waits, other: Waits) -> None:
    smaller = Waits(*map(min, one, other))
    greater = Waits(*map(max, one, other))
    low, high = course([smaller] * 300), course([greater] * 300)
    assert all(left <= right for left, right in zip(low, high, strict=True))
    assert len(set(low[70:])) == len(set(high[70:])) == 1


@given(PHASES)
def test_once_nothing_waits_any_more_all_is_given_back_in_the_end(phases: list[tuple[int, Waits]]) -> None:
    assert course(spread(phases) + [Waits()] * 4_900)[-1] is ServiceLevel.FULL


def test_a_load_that_comes_back_with_every_hypothesis_does_not_make_the_service_come_and_go() -> None:
    degradation, changes = Degradation(), 0
    for place in range(60 * 60 * 10):  # an hour
        is_loaded = degradation.level is ServiceLevel.FULL
        waits = Waits(hypothesis_seconds=1.0) if is_loaded else Waits()
        changes += degradation.observe(place * BLOCK, waits, ALL)
    assert changes <= 2 * 28  # at the longest calm there are 22 of them, and six come before


def test_after_a_good_minute_the_service_is_given_back_as_soon_as_at_first() -> None:
    pressed, calm = [Waits(1.0, 0.0)] * 25, [Waits()]
    levels_seen = course(pressed + calm * 60 + pressed + calm * 110 + calm * 700 + pressed + calm * 60)
    assert levels_seen[-1] is ServiceLevel.FULL


@given(PHASES, st.sets(st.sampled_from(ALL)).map(lambda chosen: tuple(sorted({ServiceLevel.FULL, *chosen}))))
def test_a_session_is_at_no_level_that_its_settings_do_not_have(
    phases: list[tuple[int, Waits]], available: tuple[ServiceLevel, ...]
) -> None:
    assert set(course(spread(phases), available)) <= set(available)


def test_levels_that_are_there_no_more_are_left_at_once() -> None:
    degradation = Degradation()
    for place in range(100):
        degradation.observe(place * BLOCK, Waits(final_seconds=2.0), ALL)
    assert degradation.observe(100 * BLOCK, Waits(final_seconds=2.0), ALL[:2])
    assert degradation.level is ServiceLevel.SLOWER


def test_which_levels_there_are_is_a_matter_of_the_settings() -> None:
    assert levels(SETTINGS, has_smaller_model=True) == ALL
    assert levels(SETTINGS, has_smaller_model=False) == ALL[:3]
    assert levels(TranscriptionSettings(), has_smaller_model=True) == ALL[:3]
    finals_alone = TranscriptionSettings(partial_interval_seconds=None, speculative_finals=False, smaller_model="x")
    assert levels(finals_alone, has_smaller_model=True) == (ServiceLevel.FULL, ServiceLevel.SMALLER_MODEL)


def test_each_level_says_what_is_given_up_and_what_is_back() -> None:
    said = {
        level: [
            report.code if isinstance(report, c.ReportDegradation) else f"{report.part} back"
            for report in degradation_reports(level, SETTINGS)
        ]
        for level in ServiceLevel
    }
    assert said == {
        ServiceLevel.FULL: ["hypotheses back", "model back"],
        ServiceLevel.SLOWER: ["hypotheses-slower", "model back"],
        ServiceLevel.NO_HYPOTHESES: ["hypotheses-off", "model back"],
        ServiceLevel.SMALLER_MODEL: ["hypotheses-off", "smaller-model"],
    }
    *_, smaller = degradation_reports(ServiceLevel.SMALLER_MODEL, SETTINGS)
    assert isinstance(smaller, c.ReportDegradation)
    assert smaller.message == "tiny.en writes for now, because base does not keep up."


def test_a_model_is_behind_when_more_is_owed_than_one_long_utterance() -> None:
    assert owed_report(45 * SECOND) is None
    behind = owed_report(50 * SECOND)
    assert isinstance(behind, c.ReportDegradation)
    assert (behind.part, behind.code) == ("transcription", "transcription-behind")
    assert "50 s of speech" in behind.message
    assert owed_report(1) is None
    assert owed_report(0) == c.ReportRestoration(part="transcription")
