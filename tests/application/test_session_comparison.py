"""Two hearings of one recording are compared utterance by utterance, whatever the clock did."""

import pytest
from tests.application.stories import began, ended, started, stopped, stored, stored_at, transcribed

from realtime_mlx_stt.application.replay.session_comparison import compare_sessions
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.commands import RecoverSession
from realtime_mlx_stt.domain.decide import decide
from realtime_mlx_stt.domain.events import UtteranceTranscribed as Transcribed
from realtime_mlx_stt.domain.evolve import fold
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.ports.event_store import StoredEvent

ONE = (started(1, 100), ended(1, 100, 500), transcribed(1, "one"))
TWO = (started(2, 600), ended(2, 600, 900), transcribed(2, "two"))
WAKE = e.WakeWordDetected(word="jarvis", score=0.91234, at_sample=50, deadline_sample=950)


def test_the_clock_the_order_of_texts_and_hypotheses_do_not_count() -> None:
    hypothesis = e.HypothesisRevised(
        utterance_id=UtteranceId(1), revision=1, stable_text="", unstable_text="o", heard_until_sample=300
    )
    first = stored(began(), WAKE, *ONE, *TWO, *stopped(1_000))
    degraded = e.ServiceDegraded(part="event-store", code="x", message="X.")
    later = (*ONE[:2], *TWO[:2], hypothesis, degraded, transcribed(2, "two", inference_seconds=9.0), ONE[2])
    second = stored_at([(99.0, event) for event in (began(source="other"), WAKE, *later, *stopped(1_000))])
    comparison = compare_sessions(first, second)
    assert comparison.is_same
    assert [pair.first and pair.first.text for pair in comparison.utterances] == ["one", "two"]


def test_another_text_at_the_same_place_is_another_text() -> None:
    other = (*ONE[:2], transcribed(1, "won"))
    (pair,) = compare_sessions(stored(began(), *ONE), stored(began(), *other)).utterances
    assert (pair.has_same_boundaries, pair.has_same_text) == (True, False)


def test_the_same_text_in_another_place_has_other_boundaries() -> None:
    other = (started(1, 100), ended(1, 100, 512), transcribed(1, "one"))
    (pair,) = compare_sessions(stored(began(), *ONE), stored(began(), *other)).utterances
    assert (pair.has_same_boundaries, pair.has_same_text) == (False, True)


def test_an_utterance_that_only_one_hearing_has_shifts_no_other() -> None:
    only_second = (started(1, 600), ended(1, 600, 900), transcribed(1, "two"))
    for first, second, whose in (
        ((*ONE, *TWO), only_second, "second"),
        (only_second, (*ONE, *TWO), "first"),
    ):
        comparison = compare_sessions(stored(began(), *first), stored(began(), *second))
        alone, both = comparison.utterances
        assert getattr(alone, whose) is None
        assert both.has_same_boundaries
        assert both.has_same_text
        assert not comparison.is_same


def test_a_rejection_differs_from_a_text() -> None:
    rejection = e.UtteranceRejected(
        utterance_id=UtteranceId(1), rule=e.RejectionRule.NO_SPEECH, text="one", voiced_seconds=0.3
    )
    (pair,) = compare_sessions(stored(began(), *ONE), stored(began(), *ONE[:2], rejection)).utterances
    assert not pair.has_same_text


def test_a_wake_word_or_gap_that_is_missing_or_elsewhere_is_said() -> None:
    first, without = stored(began(), *ONE, WAKE, *stopped(1_000)), stored(began(), *ONE, *stopped(1_000))
    word = "wake-word-detected word=jarvis score=0.9123 at_sample=50 deadline_sample=950"
    assert compare_sessions(first, without).other_differences == (f"Event 5 was {word}, and does not come again.",)
    assert compare_sessions(without, first).other_differences == (f"There is a new event now: {word}.",)
    moved = e.WakeWordDetected(word="jarvis", score=0.91234, at_sample=51, deadline_sample=951)
    (sentence,) = compare_sessions(first, stored(began(), *ONE, moved, *stopped(1_000))).other_differences
    assert sentence.startswith(f"Event 5 was {word}, and is now wake-word-detected")
    assert "at_sample=51" in sentence


WHOLE = stored(
    began(),
    WAKE,
    *ONE,
    e.AudioGapRecorded(start_sample=950, lost_samples=50, reason=e.GapReason.OVERFLOW),
    *(started(2, 1_200, 1_300), ended(2, 1_200, 1_900, 2_000), started(3, 2_100, 2_200), transcribed(2, "two")),
    *(ended(3, 2_100, 2_900, 3_000), transcribed(3, "three")),
    e.ListeningPaused(at_sample=3_500),
    e.AudioGapRecorded(start_sample=3_500, lost_samples=500, reason=e.GapReason.PAUSED),
    e.ListeningResumed(at_sample=4_000),
    *(started(4, 4_100, 4_200), ended(4, 4_100, 4_500), *stopped(4_500)[:1], transcribed(4, "four")),
    *stopped(4_500)[1:],
)


def interrupted(events: int) -> tuple[StoredEvent, ...]:
    """The log of a program that crashed when it had recorded so many events, as it was then closed."""
    known = [record.event for record in WHOLE[:events]]
    return stored(*known, *decide(RecoverSession(), fold(known)))


@pytest.mark.parametrize("events", range(1, len(WHOLE)))
def test_what_a_crash_cost_is_no_difference_wherever_it_came(events: int) -> None:
    comparison = compare_sessions(interrupted(events), WHOLE)
    assert comparison.other_differences == ()
    assert comparison.is_same
    known = [pair.first.text for pair in comparison.utterances if pair.first]
    assert known == [record.event.text for record in WHOLE[:events] if isinstance(record.event, Transcribed)]
    assert sorted([*known, *(heard.text for heard in comparison.rescued)]) == ["four", "one", "three", "two"]


def test_before_the_crash_a_difference_is_one() -> None:
    crashed = interrupted(12)
    assert crashed[-1].event == e.SessionInterrupted(lost_utterances=())
    second = [record.event for record in WHOLE]
    word = e.WakeWordDetected(word="jarvis", score=0.9, at_sample=2_950, deadline_sample=9_000)
    with_word = compare_sessions(crashed, stored(*second[:10], word, *second[10:]))
    assert len(with_word.other_differences) == 1
    without_two = [event for event in second if getattr(event, "utterance_id", 0) != 2]
    assert not compare_sessions(crashed, stored(*without_two)).is_same
    assert not compare_sessions(stored(*(c.event for c in crashed if c.event not in ONE)), WHOLE).is_same


def test_an_utterance_that_was_lost_and_lies_elsewhere_now_is_no_rescue() -> None:
    loss = e.SessionInterrupted(lost_utterances=(UtteranceId(1),))
    begun = stored(began(), started(1, 100), loss)
    spoken = stored(began(), started(1, 100), ended(1, 100, 500), loss)
    for log, elsewhere in (
        (begun, (started(1, 110), ended(1, 110, 500))),
        (spoken, (started(1, 100), ended(1, 100, 512))),
    ):
        comparison = compare_sessions(log, stored(began(), *elsewhere, transcribed(1, "one"), *stopped(1_000)))
        assert (comparison.is_same, comparison.rescued) == (False, ())


def test_a_lost_text_that_is_rejected_now_is_neither_a_difference_nor_rescued() -> None:
    log = stored(began(), *ONE[:2], e.SessionInterrupted(lost_utterances=(UtteranceId(1),)))
    rejection = e.UtteranceRejected(
        utterance_id=UtteranceId(1), rule=e.RejectionRule.NO_SPEECH, text="one", voiced_seconds=0.3
    )
    comparison = compare_sessions(log, stored(began(), *ONE[:2], rejection, *stopped(1_000)))
    assert (comparison.is_same, comparison.utterances, comparison.rescued) == (True, (), ())
