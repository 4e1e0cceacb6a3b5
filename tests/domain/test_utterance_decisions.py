"""Where an utterance begins and ends."""

import pytest
from tests.domain.histories import AWAITING, HEARING, LISTENING, PAUSED, SECOND, STOPPED, ended, started, too_short
from tests.domain.scenario import given

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain import state as s
from realtime_mlx_stt.domain.errors import IllegalCommandError

AT = 3 * SECOND


def onset(start_sample: int, at_sample: int) -> c.ReportSpeechOnset:
    return c.ReportSpeechOnset(start_sample=start_sample, at_sample=at_sample)


def end(reason: e.SpeechEndReason, end_sample: int, voiced_samples: int = SECOND) -> c.ReportSpeechEnd:
    return c.ReportSpeechEnd(reason=reason, end_sample=end_sample, at_sample=AT, voiced_samples=voiced_samples)


def test_utterances_are_numbered_from_one_in_the_order_of_their_beginnings() -> None:
    session = given(*LISTENING).when(onset(100, 1_500)).then(started(1, 100, 1_500))
    session = session.when(end(e.SpeechEndReason.SILENCE, SECOND)).then(
        ended(1, 100, SECOND, detected_at_sample=AT)
    )
    session.when(onset(AT, AT + 1_024)).then(started(2, AT))


def test_speech_that_is_not_listened_to_begins_nothing() -> None:
    for history in (AWAITING, PAUSED, STOPPED):
        given(*history).when(onset(AT, AT)).then_nothing()


def test_an_utterance_begins_only_after_the_one_before_it() -> None:
    given(*HEARING).when(onset(AT, AT)).then_raises(IllegalCommandError, "Utterance 1 has not ended")


def test_the_pre_roll_takes_nothing_from_the_utterance_before() -> None:
    given(*HEARING, ended(1, SECOND, 2 * SECOND)).when(onset(2 * SECOND - 6_400, AT)).then(
        started(2, 2 * SECOND, AT)
    )
    given(*HEARING, ended(1, SECOND, 2 * SECOND)).when(onset(2 * SECOND + 1, AT)).then(
        started(2, 2 * SECOND + 1, AT)
    )


def test_an_onset_before_the_cut_begins_at_the_cut() -> None:
    cut = (*HEARING, ended(1, SECOND, 2 * SECOND, e.SpeechEndReason.LONGEST_UTTERANCE))
    given(*cut).when(onset(SECOND, AT)).then(started(2, 2 * SECOND, AT))


def test_what_ends_is_awaited_with_its_span() -> None:
    state = given(*HEARING, ended(1, SECOND, 2 * SECOND, voiced_samples=9_000)).state
    assert isinstance(state, s.Listening)
    (waiting,) = state.context.pending
    assert (waiting.start_sample, waiting.end_sample, waiting.voiced_samples) == (SECOND, 2 * SECOND, 9_000)


def test_an_utterance_never_ends_before_it_began() -> None:
    given(*HEARING).when(end(e.SpeechEndReason.SILENCE, 10)).then(ended(1, SECOND, SECOND, detected_at_sample=AT))


@pytest.mark.parametrize("reason", set(e.SpeechEndReason) - {"committed", "wake-word"})
def test_too_little_speech_is_rejected_without_asking_the_model(reason: e.SpeechEndReason) -> None:
    given(*HEARING).when(end(reason, AT, 3_999)).then(
        ended(1, SECOND, AT, reason, voiced_samples=3_999), too_short(1, 3_999 / SECOND)
    )
    given(*HEARING).when(end(reason, AT, 4_000)).then(ended(1, SECOND, AT, reason, voiced_samples=4_000))


def test_what_the_speaker_commits_is_written_however_short_it_is() -> None:
    commit = c.CommitUtterance(at_sample=AT, voiced_samples=0)
    session = given(*HEARING).when(commit)
    committed = session.then(ended(1, SECOND, AT, e.SpeechEndReason.COMMITTED, voiced_samples=0))
    committed.when(commit).then_nothing().when(onset(2 * SECOND, AT)).then(started(2, AT, AT))


def test_committing_after_the_speech_has_ended_leaves_the_silence_where_it_is() -> None:
    session = given(*HEARING, ended(1, SECOND, 2 * SECOND, detected_at_sample=2 * SECOND + 6_400))
    session.when(c.CommitUtterance(at_sample=AT)).then_nothing()


def test_a_session_that_nobody_started_has_nothing_to_commit() -> None:
    given().when(c.CommitUtterance(at_sample=0)).then_raises(IllegalCommandError, "not been started")


@pytest.mark.parametrize(
    ("reason", "is_cut"),
    [(reason, reason in {"longest-utterance", "gap"}) for reason in e.SpeechEndReason],
)
def test_only_length_and_gaps_cut_a_speaker_off(reason: e.SpeechEndReason, is_cut: bool) -> None:
    assert reason.is_cut == is_cut
