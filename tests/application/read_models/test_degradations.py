"""What was left out in a session is told with its reason, since when, and until when."""

import pytest
from tests.application.stories import began, stopped, stored_at

from realtime_mlx_stt.application.read_models.degradations import fold_degradations
from realtime_mlx_stt.domain import events as e


def said(part: str, code: str) -> e.ServiceDegraded:
    return e.ServiceDegraded(part=part, code=code, message=f"{code}.")


def spans(*events: tuple[float, e.SessionEvent]) -> list[tuple[str, float, float | None]]:
    told = fold_degradations(stored_at([(0.0, began()), *events]))
    return [(span.code, span.began_at, span.ended_at) for span in told]


SLOWER, OFF = said("hypotheses", "hypotheses-slower"), said("hypotheses", "hypotheses-off")
SMALLER, BACK = said("model", "smaller-model"), e.ServiceRestored(part="hypotheses")


def test_it_lasts_until_it_is_there_again_or_something_else_is_said_of_the_same_part() -> None:
    assert spans((1.0, SLOWER), (3.0, OFF), (4.0, SMALLER), (9.0, BACK)) == [
        ("hypotheses-slower", 1.0, 3.0),
        ("hypotheses-off", 3.0, 9.0),
        ("smaller-model", 4.0, None),
    ]


def test_what_is_left_out_twice_is_told_twice() -> None:
    assert spans((1.0, OFF), (2.0, BACK), (5.0, OFF)) == [
        ("hypotheses-off", 1.0, 2.0),
        ("hypotheses-off", 5.0, None),
    ]


@pytest.mark.parametrize(
    ("end", "ended_at"),
    [
        (stopped(9)[1], 60.0),
        (e.SessionFailed(code="x", message="X.", captured_samples=0), 60.0),
        (e.SessionInterrupted(lost_utterances=()), 5.0),
    ],
)
def test_it_ends_with_the_session_and_a_crash_was_when_the_log_breaks_off(
    end: e.SessionEvent, ended_at: float
) -> None:
    last = (5.0, e.ListeningPaused(at_sample=0))
    assert spans((1.0, OFF), (2.0, BACK), (3.0, SMALLER), last, (60.0, end)) == [
        ("hypotheses-off", 1.0, 2.0),
        ("smaller-model", 3.0, ended_at),
    ]


def test_part_and_sentence_are_those_of_the_event() -> None:
    (span,) = fold_degradations(stored_at([(1.0, SLOWER)]))
    assert (span.part, span.message) == ("hypotheses", "hypotheses-slower.")
