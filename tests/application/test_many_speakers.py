"""Many speakers at one model: a few are kept up with, more are degraded in the open, and no final is ever lost."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.application.many_speakers import ManySpeakers, speech

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_store import StoredEvent

LIVE = SessionSettings(transcription=TranscriptionSettings(model="base"))
WITH_SMALLER = SessionSettings(transcription=TranscriptionSettings(model="base", smaller_model="tiny.en"))


def like_tiny_en(_model: str, seconds: float, final: bool) -> float:
    """About what tiny.en takes on two cores, measured over clips of 4.2 s."""
    return 0.1 + 0.04 * seconds if final else 0.05 + 0.01 * seconds


def slow(model: str, seconds: float, final: bool) -> float:
    """A model that six speakers are too much for even without hypotheses; the smaller one is not."""
    return like_tiny_en(model, seconds, final) * (1.0 if model == "tiny.en" else 4.0)


def speakers(count: int, sentences: int = 8) -> list[AudioSamples]:
    return [speech([(8, 1.0)] * sentences + [(1, 60.0)], before_seconds=0.37 * place) for place in range(count)]


def codes(log: Sequence[StoredEvent]) -> list[str]:
    return [
        stored.event.code if isinstance(stored.event, e.ServiceDegraded) else f"{stored.event.part} restored"
        for stored in log
        if isinstance(stored.event, e.ServiceDegraded | e.ServiceRestored)
    ]


def check_finals(log: Sequence[StoredEvent]) -> None:
    """Every utterance that ended has its text, or was too short to have one."""
    ended = [stored.event.utterance_id for stored in log if isinstance(stored.event, e.SpeechEnded)]
    finished = [
        stored.event.utterance_id
        for stored in log
        if isinstance(stored.event, e.UtteranceTranscribed | e.UtteranceRejected)
    ]
    assert sorted(finished) == ended
    assert isinstance(log[-1].event, e.SessionStopped)


def test_four_speakers_are_kept_up_with() -> None:
    for log in ManySpeakers(speakers(4), like_tiny_en, LIVE).run():
        check_finals(log)
        assert codes(log) == []


def hypotheses(logs: Sequence[Sequence[StoredEvent]]) -> int:
    return sum(isinstance(stored.event, e.HypothesisRevised) for log in logs for stored in log)


def test_a_model_that_writes_hypotheses_together_keeps_up_with_more_speakers() -> None:
    one_by_one, together = (
        ManySpeakers(speakers(8), like_tiny_en, LIVE, most_together=most).run() for most in (1, 4)
    )
    assert any(codes(log) for log in one_by_one)
    for log in together:
        check_finals(log)
        assert codes(log) == []
    assert hypotheses(together) > hypotheses(one_by_one)


def test_six_speakers_are_degraded_in_the_open_step_by_step_and_all_is_given_back() -> None:
    for log in ManySpeakers(speakers(6), slow, WITH_SMALLER).run():
        check_finals(log)
        said = codes(log)
        assert said[:2] == ["hypotheses-slower", "hypotheses-off"]
        assert "smaller-model" in said
        assert said[-2:] == ["hypotheses-slower", "hypotheses restored"]
        by_smaller = [
            stored.event.model for stored in log if isinstance(stored.event, e.UtteranceTranscribed)
        ].count("tiny.en")
        assert by_smaller > 0


def test_a_file_of_many_short_utterances_does_not_hold_up_the_others() -> None:
    chatty = speech([(2, 0.7)] * 40)
    logs = ManySpeakers([chatty, speech([(8, 1.5)] * 6)], slow, LIVE).run()
    for log in logs:
        check_finals(log)
    waits = [
        later.recorded_at - earlier.recorded_at
        for earlier, later in pairwise(
            [stored for stored in logs[1] if isinstance(stored.event, e.SpeechEnded | e.UtteranceTranscribed)]
        )
        if isinstance(later.event, e.UtteranceTranscribed)
    ]
    longest_text = max(slow("base", 4.0, True), slow("base", 4.0, False))
    assert max(waits, default=0.0) <= 3 * longest_text


SENTENCES = st.lists(st.tuples(st.integers(1, 12), st.sampled_from([0.3, 0.7, 1.0, 3.0])), min_size=1, max_size=6)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(SENTENCES, min_size=1, max_size=7),
    st.floats(0.02, 1.5),
    st.floats(0.0, 0.3),
    st.sampled_from([LIVE, WITH_SMALLER]),
    st.integers(1, 4),
)
def test_whoever_speaks_and_whatever_it_costs_no_final_is_lost(
    heard: list[list[tuple[int, float]]],
    base_seconds: float,
    factor: float,
    session_settings: SessionSettings,
    most_together: int,
) -> None:
    def cost(model: str, seconds: float, final: bool) -> float:
        return (base_seconds + factor * seconds) * (0.25 if model == "tiny.en" else 1.0) * (1.0 if final else 0.5)

    audios = [speech(each) for each in heard]
    for log in ManySpeakers(audios, cost, session_settings, most_together=most_together).run():
        check_finals(log)


@pytest.mark.parametrize(("count", "most_together"), [(2, 1), (8, 1), (8, 4)])
def test_the_same_speakers_give_the_same_log_each_time(count: int, most_together: int) -> None:
    first, second = (
        ManySpeakers(speakers(count, 3), slow, LIVE, most_together=most_together).run() for _ in range(2)
    )
    assert [[stored.event for stored in log] for log in first] == [[s.event for s in log] for log in second]
