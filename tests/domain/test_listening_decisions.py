"""Wake words, time, pauses, gaps, and a source that goes away and comes back."""

from dataclasses import replace

import pytest
from tests.domain.histories import (
    AWAITING,
    AWAKE,
    HEARING,
    HEARING_AWAKE,
    LISTENING,
    PAUSED,
    SECOND,
    STOPPED,
    STOPPING,
    ended,
    gap,
    started,
    stopping,
    too_short,
    woken,
)
from tests.domain.scenario import given

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain import state as s
from realtime_mlx_stt.domain.errors import IllegalCommandError

AT = 3 * SECOND


def wake(at_sample: int) -> c.ReportWakeWord:
    return c.ReportWakeWord(word="hey_jarvis", score=0.9, at_sample=at_sample)


def onset(start_sample: int, at_sample: int) -> c.ReportSpeechOnset:
    return c.ReportSpeechOnset(start_sample=start_sample, at_sample=at_sample)


def end(reason: e.SpeechEndReason, end_sample: int, voiced_samples: int = SECOND) -> c.ReportSpeechEnd:
    return c.ReportSpeechEnd(
        reason=reason, end_sample=end_sample, at_sample=end_sample, voiced_samples=voiced_samples
    )


def expired(at_sample: int) -> e.WakeWordExpired:
    return e.WakeWordExpired(word="hey_jarvis", at_sample=at_sample)


def test_the_wake_word_gives_the_speaker_the_time_of_the_settings() -> None:
    session = given(*AWAITING).when(wake(SECOND)).then(woken(SECOND, 6 * SECOND))
    assert isinstance(session.state, s.Listening)
    session.when(c.PassTime(at_sample=6 * SECOND - 1)).then_nothing()


def test_the_wake_word_said_again_gives_the_whole_time_anew() -> None:
    session = given(*AWAKE).when(wake(2 * SECOND)).then(woken(2 * SECOND, 7 * SECOND))
    session.when(c.PassTime(at_sample=6 * SECOND)).then_nothing()


def test_what_was_said_up_to_the_wake_words_end_belongs_to_no_utterance() -> None:
    given(*AWAKE).when(onset(SECOND - 6_400, SECOND + 1_024)).then(started(1, SECOND))


def test_the_wake_word_in_speech_is_speech() -> None:
    for history in (HEARING, HEARING_AWAKE):
        given(*history).when(wake(AT)).then_nothing()


def test_time_without_speech_puts_the_session_to_sleep_once() -> None:
    pass_time = c.PassTime(at_sample=6 * SECOND)
    session = given(*AWAKE).when(pass_time).then(expired(6 * SECOND))
    assert isinstance(session.state, s.AwaitingWakeWord)
    session = session.when(pass_time).then_nothing()
    session.when(wake(8 * SECOND)).then(woken(8 * SECOND))


def test_time_does_not_put_a_speaker_to_sleep() -> None:
    given(*HEARING_AWAKE).when(c.PassTime(at_sample=600 * SECOND)).then_nothing()


def test_an_utterance_uses_up_the_activation() -> None:
    session = given(*HEARING_AWAKE).when(end(e.SpeechEndReason.SILENCE, AT))
    after = session.then(ended(1, SECOND, AT, awaits_wake_word=True))
    assert isinstance(after.state, s.AwaitingWakeWord)
    after.when(onset(AT, AT + 1_024)).then_nothing()


def test_the_end_of_the_wake_word_taken_for_speech_does_not_use_up_the_activation() -> None:
    session = given(*HEARING_AWAKE).when(end(e.SpeechEndReason.SILENCE, AT, voiced_samples=2_000))
    after = session.then(ended(1, SECOND, AT, voiced_samples=2_000), too_short(1, 0.125))
    after.when(onset(AT, AT + 1_024)).then(started(2, AT))
    after.when(c.PassTime(at_sample=6 * SECOND)).then(expired(6 * SECOND))


LONG = 40 * SECOND
CUT = e.SpeechEndReason.LONGEST_UTTERANCE


def test_speech_that_is_cut_in_a_pause_may_go_on_though_the_deadline_is_past() -> None:
    """Whoever said the wake word and speaks on without an end is not put to sleep between two words."""
    cut = given(*HEARING_AWAKE).when(end(CUT, LONG)).then(ended(1, SECOND, LONG, CUT))
    silence = 9_600
    cut = cut.when(c.PassTime(at_sample=LONG + silence - 1)).then_nothing()
    cut.when(c.PassTime(at_sample=LONG + silence)).then(expired(LONG + silence))
    goes_on = cut.when(onset(LONG - 100, LONG + 5_000)).then(started(2, LONG, LONG + 5_000))
    goes_on.when(end(e.SpeechEndReason.SILENCE, LONG + SECOND)).then(
        ended(2, LONG, LONG + SECOND, awaits_wake_word=True)
    )


def test_a_gap_in_speech_does_not_use_up_the_activation_either() -> None:
    session = (
        given(*HEARING_AWAKE)
        .when(
            c.ReportAudioGap(
                start_sample=LONG, lost_samples=500, reason=e.GapReason.OVERFLOW, voiced_samples=SECOND
            )
        )
        .then(ended(1, SECOND, LONG, e.SpeechEndReason.GAP), gap(LONG, 500))
    )
    session = session.when(c.PassTime(at_sample=LONG + 500)).then_nothing()
    session.when(onset(LONG, LONG + 2_000)).then(started(2, LONG + 500, LONG + 2_000))


def test_a_lost_source_or_a_pause_needs_the_wake_word_again() -> None:
    lost = e.AudioSourceLost(at_sample=AT, code="gone", message="Unplugged.")
    given(*HEARING_AWAKE).when(
        c.ReportSourceLoss(at_sample=AT, code="gone", message="Unplugged.", voiced_samples=SECOND)
    ).then(ended(1, SECOND, AT, e.SpeechEndReason.SOURCE_LOST, awaits_wake_word=True), lost)
    paused = given(*AWAKE).when(c.PauseListening(at_sample=AT)).then(e.ListeningPaused(at_sample=AT))
    resumed = paused.when(c.ResumeListening(at_sample=AT)).then(e.ListeningResumed(at_sample=AT))
    assert isinstance(resumed.state, s.AwaitingWakeWord)


def test_a_wake_word_is_nothing_without_one_in_the_settings() -> None:
    given(*LISTENING).when(wake(AT)).then_nothing()


def test_a_pause_ends_the_utterance_and_what_is_captured_in_it_is_a_gap() -> None:
    session = given(*HEARING).when(c.PauseListening(at_sample=AT, voiced_samples=SECOND))
    paused = session.then(ended(1, SECOND, AT, e.SpeechEndReason.PAUSED), e.ListeningPaused(at_sample=AT))
    paused = paused.when(onset(AT, AT + 1_024)).then_nothing()
    resumed = paused.when(c.ResumeListening(at_sample=AT + 500)).then(
        gap(AT, 500, e.GapReason.PAUSED), e.ListeningResumed(at_sample=AT + 500)
    )
    resumed.when(onset(AT - 100, AT + 2_000)).then(started(2, AT + 500, AT + 2_000))


def test_a_pause_in_which_nothing_was_captured_leaves_no_gap() -> None:
    given(*PAUSED).when(c.ResumeListening(at_sample=SECOND)).then(e.ListeningResumed(at_sample=SECOND))


def test_pausing_and_resuming_again_decide_nothing() -> None:
    given(*PAUSED).when(c.PauseListening(at_sample=AT)).then_nothing()
    for history in (LISTENING, AWAITING, AWAKE, HEARING):
        given(*history).when(c.ResumeListening(at_sample=AT)).then_nothing()


def test_a_session_that_takes_no_audio_can_neither_pause_nor_resume() -> None:
    for history in ((), STOPPING, STOPPED):
        given(*history).when(c.PauseListening(at_sample=AT)).then_raises(IllegalCommandError, "paused")
        given(*history).when(c.ResumeListening(at_sample=AT)).then_raises(IllegalCommandError, "resumed")


def lose(start_sample: int, lost_samples: int, voiced_samples: int = 0) -> c.ReportAudioGap:
    return c.ReportAudioGap(
        start_sample=start_sample,
        lost_samples=lost_samples,
        reason=e.GapReason.OVERFLOW,
        voiced_samples=voiced_samples,
    )


def test_a_gap_is_recorded_and_an_utterance_ends_before_it() -> None:
    given(*LISTENING).when(lose(AT, 500)).then(gap(AT, 500))
    given(*HEARING).when(lose(AT, 500, SECOND)).then(
        ended(1, SECOND, AT, e.SpeechEndReason.GAP), gap(AT, 500)
    ).when(lose(AT + 500, 10)).then(gap(AT + 500, 10))


def test_a_gap_of_nothing_is_none() -> None:
    for history in (LISTENING, HEARING):
        given(*history).when(lose(AT, 0, SECOND)).then_nothing()
    given(*LISTENING).when(lose(AT, 1)).then(gap(AT, 1))


def test_a_gap_in_a_pause_is_part_of_the_pause() -> None:
    given(*PAUSED).when(lose(2 * SECOND, 500)).then_nothing().when(c.ResumeListening(at_sample=AT)).then(
        gap(SECOND, 2 * SECOND, e.GapReason.PAUSED), e.ListeningResumed(at_sample=AT)
    )


def test_no_utterance_reaches_back_into_a_gap() -> None:
    given(*LISTENING, gap(AT, 500)).when(onset(AT - 6_400, AT + 1_524)).then(started(1, AT + 500, AT + 1_524))


@pytest.mark.parametrize("voiced_samples", [1, 3_999])
def test_the_rest_of_speech_that_was_cut_off_is_written_however_short_it_is(voiced_samples: int) -> None:
    for cut in (
        (*HEARING, ended(1, SECOND, AT, CUT)),
        (*HEARING, ended(1, SECOND, AT - 500, e.SpeechEndReason.GAP), gap(AT - 500, 500)),
    ):
        session = given(*cut).when(onset(AT, AT)).then(started(2, AT, AT))
        session.when(end(e.SpeechEndReason.SILENCE, AT + SECOND, voiced_samples)).then(
            ended(2, AT, AT + SECOND, voiced_samples=voiced_samples)
        )


def test_a_rest_that_is_all_silence_is_rejected_and_ends_the_activation() -> None:
    history = (*HEARING_AWAKE, ended(1, SECOND, AT, CUT), started(2, AT))
    given(*history).when(end(e.SpeechEndReason.SILENCE, AT + SECOND, 0)).then(
        ended(2, AT, AT + SECOND, voiced_samples=0, awaits_wake_word=True), too_short(2)
    )


def test_what_is_said_later_or_after_a_pause_continues_nothing() -> None:
    cut = (*HEARING, ended(1, SECOND, AT, CUT))
    paused = (
        *cut,
        e.ListeningPaused(at_sample=AT),
        gap(AT, 500, e.GapReason.PAUSED),
        e.ListeningResumed(at_sample=AT + 500),
    )
    lost = (
        *cut,
        e.AudioSourceLost(at_sample=AT, code="gone", message="Unplugged."),
        gap(AT, 500, e.GapReason.SOURCE_LOST),
        e.AudioSourceRecovered(at_sample=AT + 500),
    )
    for history, start_sample in ((cut, AT + 1), (paused, AT + 500), (lost, AT + 500)):
        state = given(*history, started(2, start_sample)).state
        assert isinstance(state, s.HearingSpeech)
        assert not state.utterance.is_continuation


def test_a_source_is_lost_once_and_recovered_once() -> None:
    loss = c.ReportSourceLoss(at_sample=AT, code="gone", message="Unplugged.")
    lost = e.AudioSourceLost(at_sample=AT, code="gone", message="Unplugged.")
    recovery = c.ReportSourceRecovery(at_sample=2 * AT)
    for history in (LISTENING, AWAITING, AWAKE, PAUSED):
        session = given(*history).when(recovery).then_nothing().when(loss).then(lost)
        session = session.when(loss).then_nothing()
        session = session.when(recovery).then(e.AudioSourceRecovered(at_sample=2 * AT))
        session = session.when(recovery).then_nothing()
        session.when(replace(loss, at_sample=2 * AT)).then(replace(lost, at_sample=2 * AT))


def test_a_session_that_is_stopping_neither_loses_its_source_nor_samples() -> None:
    session = given(*HEARING, ended(1, SECOND, AT), stopping(AT))
    session.when(c.ReportSourceLoss(at_sample=AT, code="gone", message="Unplugged.")).then_nothing()
    session.when(lose(AT, 500)).then_nothing()
