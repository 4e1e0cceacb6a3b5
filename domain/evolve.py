"""Applies each event to the state; no rule is checked here, since that was done when the event was decided."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.continuations import heard_until
from realtime_mlx_stt.domain.hypotheses import restore
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.recent_text import is_of_another_text, with_text
from realtime_mlx_stt.domain.state import (
    INITIAL,
    Activation,
    AwaitingWakeWord,
    DegradedPart,
    Failed,
    HearingSpeech,
    Interrupted,
    Listening,
    NotStarted,
    OpenUtterance,
    Paused,
    PendingUtterance,
    SessionContext,
    SessionState,
    Stopped,
    Stopping,
    resting_state,
)

__all__ = ["evolve", "fold"]


def fold(events: Iterable[e.SessionEvent]) -> SessionState:
    """The state after all these events of one session."""
    state = INITIAL
    for event in events:
        state = evolve(state, event)
    return state


def evolve(state: SessionState, event: e.SessionEvent) -> SessionState:
    """The state after one more event; an event that the state knows nothing of changes nothing."""
    if isinstance(event, e.SessionStarted):
        return resting_state(SessionContext(settings=event.settings))
    if isinstance(state, NotStarted):
        return state
    return _evolve_started(state, state.context, event)


_Started = AwaitingWakeWord | Listening | HearingSpeech | Paused | Stopping | Stopped | Failed | Interrupted


def _evolve_started(state: _Started, context: SessionContext, event: e.SessionEvent) -> SessionState:
    match event:
        case e.SessionStarted() | e.TranscriptRevised():
            return state
        case e.SessionStopping():
            return Stopping(context=context, reason=event.reason, captured_samples=event.captured_samples)
        case e.SessionStopped():
            return Stopped(context=context)
        case e.SessionFailed():
            return Failed(context=replace(context, pending=()))
        case e.SessionInterrupted():
            return Interrupted(context=replace(context, pending=()))
        case e.UtteranceTranscribed():
            recent_text = with_text(context.recent_text, event.text, event.confidence)
            context = replace(context, recent_text=recent_text)
            return replace(state, context=_settle(context, event.utterance_id))
        case e.UtteranceRejected() | e.TranscriptionFailed():
            return replace(state, context=_settle(context, event.utterance_id))
        case e.AudioSourceLost():
            return replace(state, context=replace(context, is_source_lost=True, continues_at_sample=None))
        case e.AudioSourceRecovered():
            return replace(state, context=replace(context, is_source_lost=False))
        case e.AudioGapRecorded():
            return replace(state, context=_lose(context, event))
        case e.ServiceDegraded():
            return replace(state, context=_degrade(context, event.part, event.code))
        case e.ServiceRestored():
            return replace(state, context=_degrade(context, event.part, None))
        case _:
            return _evolve_hearing(state, context, event)


_HearingEvent = (
    e.SettingsChanged
    | e.ListeningPaused
    | e.ListeningResumed
    | e.WakeWordDetected
    | e.WakeWordExpired
    | e.SpeechStarted
    | e.SpeechEnded
    | e.HypothesisRevised
)


def _evolve_hearing(state: _Started, context: SessionContext, event: _HearingEvent) -> SessionState:
    match event:
        case e.SettingsChanged():
            if is_of_another_text(context.settings.transcription, event.settings.transcription):
                context = replace(context, recent_text="")
            return _change_settings(state, replace(context, settings=event.settings))
        case e.ListeningPaused():
            return Paused(context=replace(context, continues_at_sample=None), since_sample=event.at_sample)
        case e.ListeningResumed():
            return resting_state(context)
        case e.WakeWordDetected():
            return _wake(state, context, event)
        case e.WakeWordExpired():
            return AwaitingWakeWord(context=context)
        case e.SpeechStarted():
            return _open(state, context, event)
        case e.SpeechEnded():
            return _close(state, context, event)
        case e.HypothesisRevised():
            return _revise(state, event)
        case _:
            assert_never(event)


def _change_settings(state: _Started, context: SessionContext) -> SessionState:
    before = state.context.settings.wake_word
    if before == context.settings.wake_word:
        return replace(state, context=context)
    if isinstance(state, AwaitingWakeWord | Listening):
        return resting_state(context)
    if isinstance(state, HearingSpeech):
        return replace(state, context=context, activation=None)
    return replace(state, context=context)


def _wake(state: _Started, context: SessionContext, event: e.WakeWordDetected) -> SessionState:
    activation = Activation(word=event.word, deadline_sample=event.deadline_sample)
    if isinstance(state, HearingSpeech):
        # The word belongs to the open utterance: if that is cut before the word, the rest must have it.
        return replace(state, activation=activation)
    return Listening(context=_claim(context, event.at_sample), activation=activation)


def _open(state: _Started, context: SessionContext, event: e.SpeechStarted) -> SessionState:
    return HearingSpeech(
        context=replace(context, next_utterance_id=UtteranceId(event.utterance_id + 1)),
        utterance=OpenUtterance(
            utterance_id=event.utterance_id,
            start_sample=event.start_sample,
            detected_at_sample=event.detected_at_sample,
            is_continuation=event.start_sample == context.continues_at_sample,
        ),
        activation=state.activation if isinstance(state, Listening) else None,
    )


def _close(state: _Started, context: SessionContext, event: e.SpeechEnded) -> SessionState:
    pending = PendingUtterance(
        utterance_id=event.utterance_id,
        start_sample=event.start_sample,
        end_sample=event.end_sample,
        voiced_samples=event.voiced_samples,
        heard_until_sample=heard_until(event),
    )
    continues_at_sample = event.end_sample if event.reason.is_cut else None
    context = replace(context, pending=(*context.pending, pending), continues_at_sample=continues_at_sample)
    context = _claim(context, event.end_sample)
    if event.awaits_wake_word:
        return AwaitingWakeWord(context=context)
    return Listening(context=context, activation=state.activation if isinstance(state, HearingSpeech) else None)


def _revise(state: _Started, event: e.HypothesisRevised) -> SessionState:
    if not isinstance(state, HearingSpeech):
        return state
    hypothesis = restore(
        state.utterance.hypothesis,
        revision=event.revision,
        stable_text=event.stable_text,
        unstable_text=event.unstable_text,
        heard_until_sample=event.heard_until_sample,
    )
    return replace(state, utterance=replace(state.utterance, hypothesis=hypothesis))


def _settle(context: SessionContext, utterance_id: UtteranceId) -> SessionContext:
    pending = tuple(waiting for waiting in context.pending if waiting.utterance_id != utterance_id)
    return replace(context, pending=pending)


def _lose(context: SessionContext, event: e.AudioGapRecorded) -> SessionContext:
    end_sample = event.start_sample + event.lost_samples
    if context.continues_at_sample == event.start_sample:
        context = replace(context, continues_at_sample=end_sample)
    return _claim(context, end_sample)


def _claim(context: SessionContext, until_sample: int) -> SessionContext:
    return replace(context, claimed_until_sample=max(context.claimed_until_sample, until_sample))


def _degrade(context: SessionContext, part: str, code: str | None) -> SessionContext:
    others = frozenset(each for each in context.degraded if each.part != part)
    now = frozenset() if code is None else frozenset((DegradedPart(part=part, code=code),))
    return replace(context, degraded=others | now)
