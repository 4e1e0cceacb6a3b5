"""Hypotheses come as often as is wanted and as the model answers, and rest in between as long as it took."""

import pytest

from realtime_mlx_stt.application.writing.partial_pace import LiveTextPace, PartialPace

SECOND = 16_000


def answered_after(samples: int, asked: int = SECOND) -> PartialPace:
    pace = PartialPace()
    pace.ask(asked)
    pace.answered(asked + samples)
    return pace


def due_from(pace: PartialPace, interval_seconds: float, level: LiveTextPace = LiveTextPace.NORMAL) -> int | None:
    """After how many samples since it was asked for at one second, in steps of 10 ms, the next one is due."""
    steps = (at for at in range(0, 5 * SECOND, 160) if pace.is_due(SECOND + at, interval_seconds, level))
    return next(steps, None)


def test_the_first_is_due_when_it_is_wanted() -> None:
    assert PartialPace().is_due(SECOND, 0.25, LiveTextPace.NORMAL)


def test_none_is_due_before_the_last_was_answered() -> None:
    pace = PartialPace()
    pace.ask(SECOND)
    assert due_from(pace, 0.1) is None
    pace.answered(2 * SECOND)
    assert due_from(pace, 0.1) == 2 * SECOND


@pytest.mark.parametrize(("took", "due"), [(0, 4_000), (2_000, 4_000), (2_400, 4_800), (8_000, 16_000)])
def test_the_rest_is_as_long_as_the_answer_took_and_the_interval_is_the_least(took: int, due: int) -> None:
    assert due_from(answered_after(took), 0.25) == due


def test_an_answer_counts_once() -> None:
    pace = answered_after(1_600)
    pace.answered(4 * SECOND)
    assert due_from(pace, 0.25) == 4_000


def test_a_model_that_does_not_keep_up_is_asked_once_a_second_and_then_not_at_all() -> None:
    assert due_from(answered_after(1_600), 0.25, LiveTextPace.SLOWER) == SECOND
    assert due_from(answered_after(1_600), 2.0, LiveTextPace.SLOWER) == 2 * SECOND
    assert due_from(answered_after(SECOND), 0.25, LiveTextPace.SLOWER) == 2 * SECOND
    assert due_from(answered_after(1_600), 0.25, LiveTextPace.OFF) is None


def test_nobody_who_wants_none_gets_one() -> None:
    assert not answered_after(0).is_due(9 * SECOND, None, LiveTextPace.NORMAL)
