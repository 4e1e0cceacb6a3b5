"""The status says what a session is doing, what is left out, and what went wrong."""

import pytest
from tests.application.stories import began, ended, started, stopped, stored, transcribed

from realtime_mlx_stt.application.read_models.status import Activity, Problem, fold_status
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.settings import SessionSettings, WakeWordSettings

WAKING = began(SessionSettings(wake_word=WakeWordSettings(words=("jarvis",))))
WOKEN = e.WakeWordDetected(word="jarvis", score=0.9, at_sample=100, deadline_sample=1_000)


@pytest.mark.parametrize(
    ("events", "activity"),
    [
        ((), Activity.NOT_STARTED),
        ((began(),), Activity.LISTENING),
        ((WAKING,), Activity.AWAITING_WAKE_WORD),
        ((began(), started(1, 0)), Activity.HEARING_SPEECH),
        ((began(), e.ListeningPaused(at_sample=0)), Activity.PAUSED),
        ((began(), stopped(0)[0]), Activity.STOPPING),
        ((began(), *stopped(0)), Activity.STOPPED),
        ((began(), e.SessionFailed(code="x", message="X.", captured_samples=0)), Activity.FAILED),
        ((began(), e.SessionInterrupted(lost_utterances=())), Activity.INTERRUPTED),
    ],
)
def test_the_activity_is_that_of_the_last_event(events: tuple[e.SessionEvent, ...], activity: Activity) -> None:
    assert fold_status(stored(*events)).activity is activity


def test_the_wake_word_is_named_while_it_keeps_the_session_awake() -> None:
    assert fold_status(stored(WAKING)).woken_by is None
    assert fold_status(stored(WAKING, WOKEN)).woken_by == "jarvis"
    assert fold_status(stored(WAKING, WOKEN, started(1, 200))).woken_by == "jarvis"
    expired = e.WakeWordExpired(word="jarvis", at_sample=1_000)
    assert fold_status(stored(WAKING, WOKEN, expired)).woken_by is None


def test_texts_that_are_awaited_are_counted() -> None:
    events = (began(), started(1, 0), ended(1, 0, 10), started(2, 20), ended(2, 20, 30))
    assert fold_status(stored(*events)).awaited_texts == 2
    assert fold_status(stored(*events, transcribed(1, "one"))).awaited_texts == 1


def test_a_degraded_part_is_listed_once_until_it_is_restored() -> None:
    degraded = e.ServiceDegraded(part="event-store", code="event-store-full", message="The disk is full.")
    status = fold_status(stored(began(), degraded))
    assert [(part.part, part.problem.code) for part in status.degraded] == [("event-store", "event-store-full")]
    assert fold_status(stored(began(), degraded, e.ServiceRestored(part="event-store"))).degraded == ()


def test_a_lost_source_is_a_problem_until_it_is_back() -> None:
    lost = e.AudioSourceLost(at_sample=10, code="audio-source", message="Unplugged.")
    status = fold_status(stored(began(source="USB microphone"), lost))
    assert (status.source, status.source_problem) == (
        "USB microphone",
        Problem(code="audio-source", message="Unplugged."),
    )
    assert fold_status(stored(began(), lost, e.AudioSourceRecovered(at_sample=10))).source_problem is None


def test_a_failed_session_says_why() -> None:
    failed = e.SessionFailed(code="voice-activity", message="It broke.", captured_samples=0)
    assert fold_status(stored(began(), failed)).failure == Problem(code="voice-activity", message="It broke.")
