"""Two hearings of one recording are compared utterance by utterance, whatever the clock did."""

from tests.application.stories import began, ended, started, stopped, stored, stored_at, transcribed

from realtime_mlx_stt.application.session_comparison import compare_sessions
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId

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
    first = stored(began(), WAKE, *stopped(1_000))
    assert len(compare_sessions(first, stored(began(), *stopped(1_000))).other_differences) == 2
    moved = e.WakeWordDetected(word="jarvis", score=0.9, at_sample=51, deadline_sample=951)
    (sentence,) = compare_sessions(first, stored(began(), moved, *stopped(1_000))).other_differences
    assert "at_sample=50" in sentence
    assert "at_sample=51" in sentence
