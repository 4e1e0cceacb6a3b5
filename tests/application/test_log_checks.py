"""A sound log passes every check, and each guarantee that a log breaks is said."""

from dataclasses import replace

import pytest
from tests.application.stories import began, ended, started, stopped, stored, transcribed

from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId

SPOKEN = (started(1, 100), ended(1, 100, 500), transcribed(1, "one"))


def hypothesis(revision: int, stable_text: str, utterance: int = 1) -> e.HypothesisRevised:
    return e.HypothesisRevised(
        utterance_id=UtteranceId(utterance),
        revision=revision,
        stable_text=stable_text,
        unstable_text="",
        heard_until_sample=0,
    )


def gap(start_sample: int, lost_samples: int) -> e.AudioGapRecorded:
    return e.AudioGapRecorded(start_sample=start_sample, lost_samples=lost_samples, reason=e.GapReason.OVERFLOW)


@pytest.mark.parametrize(
    "events",
    [
        (),
        (began(),),
        (began(), *SPOKEN, *stopped(1_000)),
        (began(), started(1, 100), hypothesis(1, ""), hypothesis(2, "a"), *SPOKEN[1:], *stopped(1_000)),
        (began(), started(1, 100), e.SessionInterrupted(lost_utterances=(UtteranceId(1),))),
        (began(), *SPOKEN, gap(500, 100), *stopped(600)),
    ],
)
def test_a_sound_log_has_no_violation(events: tuple[e.SessionEvent, ...]) -> None:
    assert log_violations(stored(*events)) == ()


@pytest.mark.parametrize(
    ("events", "violation"),
    [
        (SPOKEN, "started once"),
        ((began(), began()), "started once"),
        ((began(), *stopped(0), *stopped(0)), "again"),
        ((began(), *stopped(0), started(1, 0)), "after the session's end"),
        ((began(), started(2, 0)), "not from 1"),
        ((began(), SPOKEN[1]), "ended out of turn"),
        ((began(), *SPOKEN, SPOKEN[1]), "ended out of turn"),
        ((began(), started(1, 0), SPOKEN[2]), "finished out of turn"),
        ((began(), *SPOKEN, SPOKEN[2]), "finished out of turn"),
        ((began(), SPOKEN[0], SPOKEN[1], *stopped(1_000)), "never finished"),
        ((began(), hypothesis(1, "")), "out of turn"),
        ((began(), *SPOKEN, hypothesis(1, "")), "out of turn"),
        ((began(), started(1, 0), hypothesis(2, "")), "out of turn"),
        ((began(), started(1, 0), hypothesis(1, "a b"), hypothesis(2, "a")), "takes back"),
        ((began(), *SPOKEN, gap(499, 10)), "Samples 499 to 500"),
        ((began(), *SPOKEN, *stopped(499)), "not among those"),
    ],
)
def test_a_broken_guarantee_is_said(events: tuple[e.SessionEvent, ...], violation: str) -> None:
    assert any(violation in sentence for sentence in log_violations(stored(*events)))


def test_a_hole_in_the_sequence_is_said() -> None:
    first, second = stored(began(), stopped(0)[0])
    assert log_violations((first, replace(second, seq=3))) == ("Event 2 has seq 3.",)


def test_positions_that_do_not_grow_are_said() -> None:
    first, second = stored(began(), stopped(0)[0])
    assert len(log_violations((first, replace(second, position=first.position)))) == 1
