"""The state follows whatever a log says, and is the same folded at once or step by step."""

from dataclasses import fields
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.histories import (
    AWAKE,
    HEARING,
    HISTORIES,
    LISTENING,
    SECOND,
    SETTINGS,
    WAKE_SETTINGS,
    began,
    ended,
    gap,
    started,
    woken,
)

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain import state as s
from realtime_mlx_stt.domain.evolve import evolve, fold

ANY_EVENT = st.one_of(*(st.builds(event) for event in e.EVENT_TYPES if "settings" not in event.__slots__)) | (
    st.sampled_from(
        (
            began(),
            began(WAKE_SETTINGS),
            e.SettingsChanged(settings=SETTINGS),
            e.SettingsChanged(settings=WAKE_SETTINGS, at_sample=0),
        )
    )
)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(HISTORIES)), st.lists(ANY_EVENT, max_size=20))
def test_no_log_however_strange_is_refused(name: str, events: list[e.SessionEvent]) -> None:
    state = fold(HISTORIES[name])
    for event in events:
        state = evolve(state, event)
        assert isinstance(state, get_args(s.SessionState))
    assert state == fold((*HISTORIES[name], *events))


@pytest.mark.parametrize("event", e.EVENT_TYPES)
def test_before_the_start_only_the_start_means_anything(event: type[e.SessionEvent]) -> None:
    if event is not e.SessionStarted:
        given_nothing = dict.fromkeys((field.name for field in fields(event)), 0)
        assert evolve(s.INITIAL, event(**given_nothing)) == s.INITIAL  # type: ignore[arg-type]


def test_speech_remembers_the_activation_that_it_follows() -> None:
    state = fold((*AWAKE, started(1, SECOND)))
    assert isinstance(state, s.HearingSpeech)
    assert state.activation == s.Activation(word="hey_jarvis", deadline_sample=6 * SECOND)


def test_audio_that_is_claimed_stays_claimed() -> None:
    history = (*HEARING, ended(1, SECOND, 3 * SECOND), gap(SECOND, 10))
    state = fold(history)
    assert isinstance(state, s.Listening)
    assert state.context.claimed_until_sample == 3 * SECOND
    later = fold((*history, woken(4 * SECOND)))
    assert isinstance(later, s.Listening)
    assert later.context.claimed_until_sample == 4 * SECOND


def test_the_source_and_the_parts_left_out_are_remembered_till_the_end() -> None:
    state = fold(
        (
            *LISTENING,
            e.AudioSourceLost(at_sample=0, code="gone", message="Unplugged."),
            e.ServiceDegraded(part="recording", code="full", message="Full."),
            e.ServiceDegraded(part="event-store", code="full", message="Full."),
            e.ServiceRestored(part="recording"),
            e.SessionStopped(reason=e.StopReason.REQUESTED, captured_samples=0),
        )
    )
    assert isinstance(state, s.Stopped)
    assert state.context.is_source_lost
    assert state.context.degraded == {s.DegradedPart(part="event-store", code="full")}


def test_the_hypothesis_of_the_open_utterance_is_restored_from_the_log() -> None:
    revised = e.HypothesisRevised(
        utterance_id=started(1, 0).utterance_id,
        revision=4,
        stable_text="ask not",
        unstable_text=" what",
        heard_until_sample=SECOND,
    )
    state = fold((*HEARING, revised))
    assert isinstance(state, s.HearingSpeech)
    hypothesis = state.utterance.hypothesis
    assert (hypothesis.revision, hypothesis.stable_text, hypothesis.unstable_text) == (4, "ask not", " what")
