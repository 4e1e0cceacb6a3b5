"""The wake word said again, and sessions that hear everything for a while after it."""

from dataclasses import replace

import pytest
from tests.domain.histories import (
    AWAITING,
    AWAKE,
    HEARING_AWAKE,
    HEARING_IN_WINDOW,
    SECOND,
    SETTINGS,
    WAKE_WORD,
    WINDOW,
    WINDOW_SETTINGS,
    began,
    ended,
    gap,
    started,
    stopping,
    too_short,
    transcribed,
    woken,
)
from tests.domain.scenario import given

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain import state as s
from realtime_mlx_stt.domain.identifiers import UtteranceId

DEADLINE = 6 * SECOND
SAID_AGAIN = started(1, 3 * SECOND - 6_400, 3 * SECOND)
"""After some silence somebody begins to speak, with what turns out to be the wake word."""

SILENCE = e.SpeechEndReason.SILENCE
CUT = e.SpeechEndReason.LONGEST_UTTERANCE
AGAIN = e.SpeechEndReason.WAKE_WORD


def wake(at_sample: int, voiced_samples: int = 0, *, is_late: bool = False) -> c.ReportWakeWord:
    return c.ReportWakeWord(
        word="hey_jarvis", score=0.9, at_sample=at_sample, voiced_samples=voiced_samples, is_late=is_late
    )


def onset(start_sample: int, at_sample: int) -> c.ReportSpeechOnset:
    return c.ReportSpeechOnset(start_sample=start_sample, at_sample=at_sample)


def end(end_sample: int, reason: e.SpeechEndReason = SILENCE, voiced_samples: int = SECOND) -> c.ReportSpeechEnd:
    return c.ReportSpeechEnd(
        reason=reason, end_sample=end_sample, at_sample=end_sample, voiced_samples=voiced_samples
    )


def only_the_word(utterance: int, voiced_seconds: float) -> e.UtteranceRejected:
    return replace(too_short(utterance, voiced_seconds), rule=e.RejectionRule.WAKE_WORD)


def expired(at_sample: int) -> e.WakeWordExpired:
    return e.WakeWordExpired(word="hey_jarvis", at_sample=at_sample)


# The wake word said again


@pytest.mark.parametrize("awake", [AWAKE, WINDOW])
@pytest.mark.parametrize("spoken_samples", [0, 8_000, 20_000])
def test_the_word_said_again_first_is_no_utterance_and_gives_the_whole_time_anew(
    awake: tuple[e.SessionEvent, ...], spoken_samples: int
) -> None:
    at = 3 * SECOND + spoken_samples
    session = (
        given(*awake, SAID_AGAIN)
        .when(wake(at, voiced_samples=12_000))
        .then(
            ended(1, SAID_AGAIN.start_sample, at, AGAIN, voiced_samples=12_000),
            only_the_word(1, 0.75),
            woken(at),
        )
    )
    assert isinstance(session.state, s.Listening)
    session.when(c.PassTime(at_sample=at + 5 * SECOND - 1)).then_nothing()
    session.when(c.PassTime(at_sample=at + 5 * SECOND)).then(expired(at + 5 * SECOND))


@pytest.mark.parametrize("awake", [AWAKE, WINDOW])
def test_what_follows_the_word_said_again_is_the_next_utterance(awake: tuple[e.SessionEvent, ...]) -> None:
    at = 4 * SECOND
    again = (ended(1, SAID_AGAIN.start_sample, at, AGAIN), only_the_word(1, 1.0), woken(at))
    session = given(*awake, SAID_AGAIN, *again).when(onset(at - 6_400, at + 1_024)).then(started(2, at))
    is_used_up = awake is AWAKE
    session.when(end(5 * SECOND)).then(ended(2, at, 5 * SECOND, awaits_wake_word=is_used_up))


def test_a_rest_of_speech_that_was_cut_is_not_taken_for_the_word_alone() -> None:
    rest = (*HEARING_IN_WINDOW, ended(1, SECOND, 3 * SECOND, CUT), started(2, 3 * SECOND, 3 * SECOND))
    given(*rest).when(wake(3 * SECOND + 8_000)).then(woken(3 * SECOND + 8_000))


def test_a_word_that_is_heard_late_wakes_and_does_nothing_else() -> None:
    """Where it ended nobody knows, so nothing may be taken for it."""
    at = 3 * SECOND + 8_000
    given(*AWAITING).when(wake(at, is_late=True)).then(woken(at))
    for awake in (AWAKE, WINDOW, (*AWAKE, SAID_AGAIN), (*WINDOW, SAID_AGAIN)):
        given(*awake).when(wake(at, is_late=True)).then_nothing()


def test_the_word_in_the_midst_of_speech_is_speech() -> None:
    given(*AWAKE, SAID_AGAIN).when(wake(3 * SECOND + 20_001)).then_nothing()


def test_an_utterance_that_no_wake_word_began_is_not_ended_by_one() -> None:
    """The session was given its wake word while somebody was speaking."""
    changed = e.SettingsChanged(settings=WINDOW_SETTINGS, at_sample=2 * SECOND)
    session = given(began(), started(1, SECOND), changed).when(wake(2 * SECOND)).then_nothing()
    session.when(end(3 * SECOND)).then(ended(1, SECOND, 3 * SECOND, awaits_wake_word=True))


# More than one utterance


def test_an_utterance_leaves_the_session_awake_until_the_deadline() -> None:
    session = given(*HEARING_IN_WINDOW).when(end(3 * SECOND)).then(ended(1, SECOND, 3 * SECOND))
    assert isinstance(session.state, s.Listening)
    another = session.when(onset(4 * SECOND, 4 * SECOND + 1_024)).then(started(2, 4 * SECOND))
    session = another.when(end(5 * SECOND)).then(ended(2, 4 * SECOND, 5 * SECOND))
    session.when(c.PassTime(at_sample=DEADLINE - 1)).then_nothing()
    asleep = session.when(c.PassTime(at_sample=DEADLINE)).then(expired(DEADLINE))
    assert isinstance(asleep.state, s.AwaitingWakeWord)
    asleep.when(onset(DEADLINE, DEADLINE + 1_024)).then_nothing()


def test_a_text_that_is_still_awaited_changes_nothing_of_that() -> None:
    session = given(*HEARING_IN_WINDOW, ended(1, SECOND, 3 * SECOND)).when(wake(4 * SECOND)).then(woken(4 * SECOND))
    report = c.ReportTranscriptionFailure(utterance_id=UtteranceId(1), code="broken", message="It broke.")
    failure = e.TranscriptionFailed(utterance_id=UtteranceId(1), code="broken", message="It broke.")
    session = session.when(report).then(failure)
    session.when(c.PassTime(at_sample=9 * SECOND)).then(expired(9 * SECOND))


def test_speech_that_begins_in_time_is_heard_to_its_end_and_then_the_word_is_needed() -> None:
    late = given(*HEARING_IN_WINDOW).when(c.PassTime(at_sample=DEADLINE + SECOND)).then_nothing()
    for end_sample, is_awake in ((DEADLINE - 1, True), (DEADLINE, False), (DEADLINE + SECOND, False)):
        session = late.when(end(end_sample)).then(ended(1, SECOND, end_sample, awaits_wake_word=not is_awake))
        assert isinstance(session.state, s.Listening) is is_awake


def test_a_short_sound_at_the_deadline_lets_the_time_run_out_as_without_it() -> None:
    session = (
        given(*HEARING_IN_WINDOW)
        .when(end(DEADLINE, voiced_samples=2_000))
        .then(ended(1, SECOND, DEADLINE, voiced_samples=2_000), too_short(1, 0.125))
    )
    session.when(c.PassTime(at_sample=DEADLINE)).then(expired(DEADLINE))


def test_the_word_between_two_utterances_gives_the_whole_time_anew() -> None:
    session = given(*HEARING_IN_WINDOW, ended(1, SECOND, 3 * SECOND), transcribed(1))
    session = session.when(wake(5 * SECOND)).then(woken(5 * SECOND))
    session.when(c.PassTime(at_sample=DEADLINE)).then_nothing()
    session.when(c.PassTime(at_sample=10 * SECOND)).then(expired(10 * SECOND))


def test_the_word_in_the_midst_of_speech_gives_the_whole_time_anew_and_stays_in_the_text() -> None:
    session = given(*HEARING_IN_WINDOW).when(wake(4 * SECOND)).then(woken(4 * SECOND))
    assert isinstance(session.state, s.HearingSpeech)
    session = session.when(end(7 * SECOND)).then(ended(1, SECOND, 7 * SECOND))
    session.when(c.PassTime(at_sample=9 * SECOND)).then(expired(9 * SECOND))


def test_speech_that_is_cut_before_the_word_in_it_loses_nothing() -> None:
    """The place to cut is found later than the word, and lies before it: the rest begins there all the same."""
    spoken = given(*HEARING_IN_WINDOW, woken(20 * SECOND))
    cut = spoken.when(end(15 * SECOND, CUT)).then(ended(1, SECOND, 15 * SECOND, CUT))
    cut.when(onset(15 * SECOND, 29 * SECOND)).then(started(2, 15 * SECOND, 29 * SECOND))


def test_a_commit_a_gap_and_a_lost_source_leave_the_session_awake_in_time() -> None:
    at = 3 * SECOND
    hearing = given(*HEARING_IN_WINDOW)
    hearing.when(c.CommitUtterance(at_sample=at, voiced_samples=SECOND)).then(
        ended(1, SECOND, at, e.SpeechEndReason.COMMITTED)
    )
    lost_samples = c.ReportAudioGap(
        start_sample=at, lost_samples=500, reason=e.GapReason.OVERFLOW, voiced_samples=SECOND
    )
    hearing.when(lost_samples).then(ended(1, SECOND, at, e.SpeechEndReason.GAP), gap(at, 500))
    loss = c.ReportSourceLoss(at_sample=at, code="gone", message="Unplugged.", voiced_samples=SECOND)
    lost = hearing.when(loss).then(
        ended(1, SECOND, at, e.SpeechEndReason.SOURCE_LOST),
        e.AudioSourceLost(at_sample=at, code="gone", message="Unplugged."),
    )
    lost.when(c.PassTime(at_sample=DEADLINE)).then(expired(DEADLINE))


@pytest.mark.parametrize("voiced_samples", [0, SECOND])
def test_a_pause_and_a_stop_need_the_word_again(voiced_samples: int) -> None:
    at, rejected = 3 * SECOND, (too_short(1),) if voiced_samples == 0 else ()
    hearing = given(*HEARING_IN_WINDOW)
    paused = hearing.when(c.PauseListening(at_sample=at, voiced_samples=voiced_samples)).then(
        ended(1, SECOND, at, e.SpeechEndReason.PAUSED, voiced_samples=voiced_samples, awaits_wake_word=True),
        *rejected,
        e.ListeningPaused(at_sample=at),
    )
    resumed = paused.when(c.ResumeListening(at_sample=at)).then(e.ListeningResumed(at_sample=at))
    assert isinstance(resumed.state, s.AwaitingWakeWord)
    if not rejected:
        hearing.when(c.StopSession(at_sample=at, voiced_samples=voiced_samples)).then(
            ended(1, SECOND, at, e.SpeechEndReason.STOPPED, awaits_wake_word=True), stopping(at)
        )


def test_other_wake_words_or_another_way_to_hear_them_need_the_word_again() -> None:
    single = replace(WINDOW_SETTINGS, wake_word=WAKE_WORD)
    for history in (WINDOW, HEARING_IN_WINDOW):
        session = given(*history).when(c.ChangeSettings(settings=single, at_sample=2 * SECOND))
        changed = session.then(e.SettingsChanged(settings=single, at_sample=2 * SECOND)).state
        assert isinstance(changed, s.AwaitingWakeWord) or (
            isinstance(changed, s.HearingSpeech) and changed.activation is None
        )


def test_other_settings_leave_the_session_awake() -> None:
    german = replace(WINDOW_SETTINGS, transcription=replace(SETTINGS.transcription, language="de"))
    session = given(*WINDOW).when(c.ChangeSettings(settings=german, at_sample=2 * SECOND))
    assert isinstance(session.then(e.SettingsChanged(settings=german, at_sample=2 * SECOND)).state, s.Listening)


def test_one_utterance_uses_the_word_up_unless_it_is_said_otherwise() -> None:
    given(*HEARING_AWAKE).when(end(3 * SECOND)).then(ended(1, SECOND, 3 * SECOND, awaits_wake_word=True))
