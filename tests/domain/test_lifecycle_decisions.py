"""How a session begins, ends, fails, is found after a crash, and is given other settings."""

from dataclasses import replace

import pytest
from tests.domain.histories import (
    AWAITING,
    AWAKE,
    FAILED,
    HEARING,
    HEARING_AWAKE,
    HISTORIES,
    LISTENING,
    NOTHING,
    PAUSED,
    SECOND,
    SETTINGS,
    STOPPED,
    STOPPING,
    WAKE_SETTINGS,
    WAKE_WORD,
    began,
    ended,
    failure,
    gap,
    started,
    stopped,
    stopping,
    too_short,
    transcribed,
    woken,
)
from tests.domain.scenario import given

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain import state as s
from realtime_mlx_stt.domain.errors import IllegalCommandError
from realtime_mlx_stt.domain.identifiers import UtteranceId

END = 3 * SECOND
ENOUGH = SECOND
PENDING = (*HEARING, ended(1, SECOND, 2 * SECOND))


def stop(voiced_samples: int = 0) -> c.StopSession:
    return c.StopSession(at_sample=END, voiced_samples=voiced_samples)


def fail(voiced_samples: int = 0) -> c.FailSession:
    return c.FailSession(code="broken", message="It broke.", at_sample=END, voiced_samples=voiced_samples)


FAILURE = e.SessionFailed(code="broken", message="It broke.", captured_samples=END)


def test_a_session_starts_with_its_settings_its_source_and_its_time() -> None:
    start = c.StartSession(settings=SETTINGS, source="a file", at=1_000.0)
    session = given().when(start).then(began())
    assert session.state == s.Listening(context=s.SessionContext(settings=SETTINGS))
    session.when(start).then_raises(IllegalCommandError, "started before")


def test_a_session_with_a_wake_word_waits_for_it() -> None:
    start = c.StartSession(settings=WAKE_SETTINGS, source="a file", at=1_000.0)
    assert isinstance(given().when(start).then(began(WAKE_SETTINGS)).state, s.AwaitingWakeWord)


def test_stopping_in_silence_is_over_at_once() -> None:
    session = given(*LISTENING).when(stop()).then(stopping(END), stopped(END))
    assert isinstance(session.state, s.Stopped)


def test_stopping_in_speech_ends_the_utterance_and_waits_for_its_text() -> None:
    given(*HEARING).when(stop(ENOUGH)).then(
        ended(1, SECOND, END, e.SpeechEndReason.STOPPED, voiced_samples=ENOUGH), stopping(END)
    ).when(c.ReportTranscriptionFailure(utterance_id=UtteranceId(1), code="broken", message="It broke.")).then(
        failure(1), stopped(END)
    ).when(stop()).then_nothing()


def test_stopping_in_too_little_speech_is_over_at_once() -> None:
    given(*HEARING).when(stop(3_999)).then(
        ended(1, SECOND, END, e.SpeechEndReason.STOPPED, voiced_samples=3_999),
        too_short(1, 3_999 / SECOND),
        stopping(END),
        stopped(END),
    )


def test_stopping_too_early_for_a_text_waits_for_all_of_them() -> None:
    history = (*PENDING, started(2, 2 * SECOND))
    session = (
        given(*history)
        .when(stop(ENOUGH))
        .then(ended(2, 2 * SECOND, END, e.SpeechEndReason.STOPPED, voiced_samples=ENOUGH), stopping(END))
    )
    report = c.ReportTranscriptionFailure(utterance_id=UtteranceId(2), code="broken", message="It broke.")
    session = session.when(report).then(failure(2))
    session = session.when(report).then_nothing()
    session.when(replace(report, utterance_id=UtteranceId(1))).then(failure(1), stopped(END))


def test_stopping_a_paused_session_makes_the_pause_a_gap() -> None:
    given(*PAUSED).when(stop()).then(gap(SECOND, 2 * SECOND, e.GapReason.PAUSED), stopping(END), stopped(END))
    given(*PAUSED).when(c.StopSession(at_sample=SECOND)).then(stopping(SECOND), stopped(SECOND))


def test_stopping_while_the_source_is_lost_ends_where_the_audio_ended() -> None:
    lost = e.AudioSourceLost(at_sample=END, code="gone", message="Unplugged.")
    session = given(*LISTENING, lost).when(stop()).then(stopping(END), stopped(END))
    session.when(c.ReportSourceRecovery(at_sample=END)).then_nothing()


def test_the_end_of_the_source_is_the_end_of_the_session() -> None:
    reason = e.StopReason.SOURCE_ENDED
    command = c.ReportSourceEnd(at_sample=END, voiced_samples=ENOUGH)
    given(*LISTENING).when(command).then(stopping(END, reason), stopped(END, reason))
    given(*HEARING).when(command).then(
        ended(1, SECOND, END, e.SpeechEndReason.SOURCE_ENDED, voiced_samples=ENOUGH), stopping(END, reason)
    ).when(c.AbandonTranscriptions()).then(
        failure(1, "transcription-abandoned", "The session was stopped before the text was ready."),
        stopped(END, reason),
    )


def test_a_stopping_session_keeps_its_first_reason() -> None:
    given(*STOPPING).when(c.ReportSourceEnd(at_sample=END)).then_nothing().when(stop()).then_nothing()


def test_a_session_that_nobody_started_cannot_be_stopped() -> None:
    given().when(stop()).then_raises(IllegalCommandError, "not been started")


def test_failing_finishes_every_utterance() -> None:
    history = (*PENDING, started(2, 2 * SECOND))
    session = (
        given(*history)
        .when(fail(ENOUGH))
        .then(
            ended(2, 2 * SECOND, END, e.SpeechEndReason.FAILED, voiced_samples=ENOUGH),
            failure(1),
            failure(2),
            FAILURE,
        )
    )
    assert isinstance(session.state, s.Failed)
    assert session.state.context.pending == ()
    session.when(fail()).then_nothing()


def test_failing_in_too_little_speech_rejects_it() -> None:
    given(*HEARING).when(fail()).then(
        ended(1, SECOND, END, e.SpeechEndReason.FAILED, voiced_samples=0), too_short(1), FAILURE
    )


def test_failing_while_paused_makes_the_pause_a_gap() -> None:
    given(*PAUSED).when(fail()).then(gap(SECOND, 2 * SECOND, e.GapReason.PAUSED), FAILURE)


def test_a_stopping_session_that_fails_captured_what_it_had_captured() -> None:
    given(*STOPPING).when(fail()).then(failure(1), replace(FAILURE, captured_samples=2 * SECOND))


def test_a_crash_loses_the_texts_that_were_awaited_and_the_speech_that_was_heard() -> None:
    recovered = given(*PENDING, started(2, 2 * SECOND)).when(c.RecoverSession())
    session = recovered.then(e.SessionInterrupted(lost_utterances=(UtteranceId(1), UtteranceId(2))))
    assert isinstance(session.state, s.Interrupted)
    assert session.state.context.pending == ()
    session.when(c.RecoverSession()).then_nothing()


def test_a_crash_while_stopping_loses_what_was_still_owed() -> None:
    given(*STOPPING).when(c.RecoverSession()).then(e.SessionInterrupted(lost_utterances=(UtteranceId(1),)))


def test_a_crash_in_silence_loses_nothing() -> None:
    for history in (LISTENING, AWAITING, AWAKE, PAUSED):
        given(*history).when(c.RecoverSession()).then(e.SessionInterrupted(lost_utterances=()))


def test_other_settings_hold_from_their_sample_on_and_the_same_change_nothing() -> None:
    other = replace(SETTINGS, transcription=replace(SETTINGS.transcription, model="base"))
    change = c.ChangeSettings(settings=other, at_sample=END)
    for history in (LISTENING, HEARING, PAUSED):
        changed = given(*history).when(change).then(e.SettingsChanged(settings=other, at_sample=END))
        assert isinstance(changed.state, type(given(*history).state))
        changed.when(change).then_nothing()


def test_a_wake_word_that_is_added_is_waited_for() -> None:
    change = c.ChangeSettings(settings=WAKE_SETTINGS)
    session = given(*LISTENING).when(change).then(e.SettingsChanged(settings=WAKE_SETTINGS))
    assert session.state == given(*AWAITING).state
    session.when(c.ReportSpeechOnset(start_sample=0, at_sample=END)).then_nothing()


def test_a_wake_word_that_is_taken_away_is_not_waited_for() -> None:
    change = c.ChangeSettings(settings=SETTINGS)
    for history in (AWAITING, AWAKE):
        session = given(*history).when(change).then(e.SettingsChanged(settings=SETTINGS))
        assert isinstance(session.state, s.Listening)
        assert session.state.activation is None
        session.when(c.PassTime(at_sample=600 * SECOND)).then_nothing()


def test_another_wake_word_has_to_be_said_itself() -> None:
    other = replace(WAKE_SETTINGS, wake_word=replace(WAKE_WORD, words=("alexa",)))
    change = c.ChangeSettings(settings=other, at_sample=END)
    session = given(*AWAKE).when(change).then(e.SettingsChanged(settings=other, at_sample=END))
    assert isinstance(session.state, s.AwaitingWakeWord)


def test_other_settings_with_the_same_wake_word_let_the_speaker_go_on() -> None:
    other = replace(WAKE_SETTINGS, transcription=replace(SETTINGS.transcription, model="base"))
    change = c.ChangeSettings(settings=other, at_sample=END)
    session = given(*AWAKE).when(change).then(e.SettingsChanged(settings=other, at_sample=END))
    assert isinstance(session.state, s.Listening)
    assert session.state.activation is not None


def end_speech(voiced_samples: int, reason: e.SpeechEndReason = e.SpeechEndReason.SILENCE) -> c.ReportSpeechEnd:
    return c.ReportSpeechEnd(reason=reason, end_sample=END, at_sample=END, voiced_samples=voiced_samples)


@pytest.mark.parametrize("voiced_samples", [0, ENOUGH])
def test_a_wake_word_taken_away_in_speech_is_never_waited_for_again(voiced_samples: int) -> None:
    session = given(*HEARING_AWAKE, e.SettingsChanged(settings=SETTINGS)).when(end_speech(voiced_samples))
    rejection = (too_short(1),) if voiced_samples == 0 else ()
    after = session.then(ended(1, SECOND, END, voiced_samples=voiced_samples), *rejection)
    assert isinstance(after.state, s.Listening)
    after.when(c.PassTime(at_sample=600 * SECOND)).then_nothing()


@pytest.mark.parametrize("reason", [e.SpeechEndReason.SILENCE, e.SpeechEndReason.LONGEST_UTTERANCE])
@pytest.mark.parametrize("voiced_samples", [0, ENOUGH])
def test_a_wake_word_added_in_speech_is_waited_for_after_it(voiced_samples: int, reason: e.SpeechEndReason) -> None:
    session = given(*HEARING, e.SettingsChanged(settings=WAKE_SETTINGS)).when(end_speech(voiced_samples, reason))
    rejection = (too_short(1),) if voiced_samples == 0 else ()
    after = session.then(
        ended(1, SECOND, END, reason, voiced_samples=voiced_samples, awaits_wake_word=True), *rejection
    )
    assert isinstance(after.state, s.AwaitingWakeWord)


def test_a_wake_word_changed_in_speech_has_to_be_said_after_it() -> None:
    other = replace(WAKE_SETTINGS, wake_word=replace(WAKE_WORD, words=("alexa",)))
    session = given(*HEARING_AWAKE, e.SettingsChanged(settings=other)).when(end_speech(0))
    after = session.then(ended(1, SECOND, END, voiced_samples=0, awaits_wake_word=True), too_short(1))
    assert isinstance(after.state, s.AwaitingWakeWord)


def test_settings_changed_in_a_pause_hold_after_it() -> None:
    session = given(*PAUSED, e.SettingsChanged(settings=WAKE_SETTINGS)).when(c.ResumeListening(at_sample=SECOND))
    assert isinstance(session.then(e.ListeningResumed(at_sample=SECOND)).state, s.AwaitingWakeWord)


def test_a_session_that_is_not_running_keeps_its_settings() -> None:
    for history in (NOTHING, STOPPING, STOPPED, FAILED):
        given(*history).when(c.ChangeSettings(settings=WAKE_SETTINGS)).then_raises(IllegalCommandError, "running")


def degrade(part: str) -> c.ReportDegradation:
    return c.ReportDegradation(part=part, code="disk-full", message="Full.")


def test_a_part_is_said_to_be_left_out_once_until_it_is_back() -> None:
    degraded = e.ServiceDegraded(part="recording", code="disk-full", message="Full.")
    restore = c.ReportRestoration(part="recording")
    for history in (LISTENING, HEARING, PAUSED, STOPPING):
        session = given(*history).when(degrade("recording")).then(degraded)
        session = session.when(degrade("recording")).then_nothing()
        session = session.when(degrade("event-store")).then(replace(degraded, part="event-store"))
        session = session.when(restore).then(e.ServiceRestored(part="recording"))
        session = session.when(restore).then_nothing()
        session.when(degrade("recording")).then(degraded)


def test_a_part_that_is_left_out_further_or_less_far_is_said_to_be_so() -> None:
    slower = e.ServiceDegraded(part="hypotheses", code="hypotheses-slower", message="Twice as far apart.")
    off = e.ServiceDegraded(part="hypotheses", code="hypotheses-off", message="There are none.")
    session = given(*LISTENING)
    for event in (slower, off, slower):
        command = c.ReportDegradation(part=event.part, code=event.code, message=event.message)
        session = session.when(command).then(event).when(replace(command, message="Again.")).then_nothing()
    session = session.when(c.ReportRestoration(part="hypotheses")).then(e.ServiceRestored(part="hypotheses"))
    assert isinstance(session.state, s.Listening)
    assert session.state.context.degraded == frozenset()


def test_the_last_text_of_a_stopping_session_does_not_end_it_twice() -> None:
    session = given(*STOPPING, transcribed(1), stopped(2 * SECOND))
    session.when(c.AbandonTranscriptions()).then_nothing()


def test_a_wake_word_said_before_a_stop_changes_nothing_of_the_stop() -> None:
    given(*AWAITING, woken(SECOND)).when(stop()).then(stopping(END), stopped(END))


@pytest.mark.parametrize("name", HISTORIES)
def test_every_session_that_ended_is_terminal_and_no_other(name: str) -> None:
    state = given(*HISTORIES[name]).state
    assert s.is_terminal(state) == (name in {"stopped", "failed", "interrupted"})
