"""Decisions about a session's life: start, stop, failure, recovery, settings and degraded service."""

from collections.abc import Iterable

from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.decisions.listening import gap_of_pause
from realtime_mlx_stt.domain.decisions.utterances import close_utterance
from realtime_mlx_stt.domain.errors import IllegalCommandError
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.state import (
    HearingSpeech,
    LiveState,
    NotStarted,
    SessionState,
    Stopping,
    is_terminal,
)

__all__ = [
    "abandon_transcriptions",
    "change_settings",
    "degrade_service",
    "end_source",
    "fail_session",
    "recover_session",
    "restore_service",
    "settle_stop",
    "start_session",
    "stop_session",
]


def start_session(command: c.StartSession, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Begin the session; it can begin only once."""
    if not isinstance(state, NotStarted):
        raise IllegalCommandError("The session has been started before; start a new one.")
    return (e.SessionStarted(settings=command.settings, source=command.source, started_at=command.at),)


def stop_session(command: c.StopSession, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Take no more audio, because someone asked for the stop."""
    if isinstance(state, NotStarted):
        raise IllegalCommandError("The session has not been started.")
    return _stop(
        state,
        e.StopReason.REQUESTED,
        e.SpeechEndReason.STOPPED,
        at_sample=command.at_sample,
        voiced_samples=command.voiced_samples,
    )


def end_source(command: c.ReportSourceEnd, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Take no more audio, because the source has no more."""
    return _stop(
        state,
        e.StopReason.SOURCE_ENDED,
        e.SpeechEndReason.SOURCE_ENDED,
        at_sample=command.at_sample,
        voiced_samples=command.voiced_samples,
    )


def settle_stop(state: SessionState, finished: e.SessionEvent) -> tuple[e.SessionEvent, ...]:
    """The event ``finished``, followed by the session's end if a stopping session waited for nothing else."""
    if isinstance(state, Stopping) and len(state.context.pending) == 1:
        stopped = e.SessionStopped(reason=state.reason, captured_samples=state.captured_samples)
        return finished, stopped
    return (finished,)


def abandon_transcriptions(_command: c.AbandonTranscriptions, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """End a stopping session now; the texts that it still owes are recorded as failed."""
    if not isinstance(state, Stopping):
        return ()
    failures = _failures(
        _pending_ids(state), "transcription-abandoned", "The session was stopped before the text was ready."
    )
    return (*failures, e.SessionStopped(reason=state.reason, captured_samples=state.captured_samples))


def fail_session(command: c.FailSession, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """End at once; every unfinished utterance is recorded as failed."""
    if isinstance(state, NotStarted) or is_terminal(state):
        return ()
    closing = close_utterance(
        state,
        e.SpeechEndReason.FAILED,
        end_sample=command.at_sample,
        at_sample=command.at_sample,
        voiced_samples=command.voiced_samples,
    )
    waiting = list(_pending_ids(state))
    if isinstance(state, HearingSpeech) and len(closing) == 1:
        waiting.append(state.utterance.utterance_id)
    failures = _failures(waiting, command.code, command.message)
    captured_samples = state.captured_samples if isinstance(state, Stopping) else command.at_sample
    failed = e.SessionFailed(code=command.code, message=command.message, captured_samples=captured_samples)
    return (*closing, *failures, *gap_of_pause(state, command.at_sample), failed)


def recover_session(_command: c.RecoverSession, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Close a session that a crash left open."""
    if isinstance(state, NotStarted) or is_terminal(state):
        return ()
    lost = list(_pending_ids(state))
    if isinstance(state, HearingSpeech):
        lost.append(state.utterance.utterance_id)
    return (e.SessionInterrupted(lost_utterances=tuple(lost)),)


def change_settings(command: c.ChangeSettings, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Work with other settings from now on; the same settings change nothing."""
    if not isinstance(state, LiveState):
        raise IllegalCommandError("Only a running session's settings can be changed.")
    if state.context.settings == command.settings:
        return ()
    return (e.SettingsChanged(settings=command.settings, at_sample=command.at_sample),)


def degrade_service(command: c.ReportDegradation, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Report that a part is being left out: once, and again when the code (the reason or the extent) changes."""
    if isinstance(state, NotStarted) or is_terminal(state) or state.context.code_of(command.part) == command.code:
        return ()
    return (e.ServiceDegraded(part=command.part, code=command.code, message=command.message),)


def restore_service(command: c.ReportRestoration, state: SessionState) -> tuple[e.SessionEvent, ...]:
    """Report that a part that was left out is back."""
    if isinstance(state, NotStarted) or is_terminal(state) or state.context.code_of(command.part) is None:
        return ()
    return (e.ServiceRestored(part=command.part),)


def _stop(
    state: SessionState,
    reason: e.StopReason,
    end_reason: e.SpeechEndReason,
    *,
    at_sample: int,
    voiced_samples: int,
) -> tuple[e.SessionEvent, ...]:
    if not isinstance(state, LiveState):
        return ()
    closing = close_utterance(
        state, end_reason, end_sample=at_sample, at_sample=at_sample, voiced_samples=voiced_samples
    )
    gap = gap_of_pause(state, at_sample)
    stopping = e.SessionStopping(reason=reason, captured_samples=at_sample)
    if state.context.pending or len(closing) == 1:
        return (*closing, *gap, stopping)
    return (*closing, *gap, stopping, e.SessionStopped(reason=reason, captured_samples=at_sample))


def _pending_ids(state: SessionState) -> tuple[UtteranceId, ...]:
    return () if isinstance(state, NotStarted) else tuple(u.utterance_id for u in state.context.pending)


def _failures(utterances: Iterable[UtteranceId], code: str, message: str) -> tuple[e.TranscriptionFailed, ...]:
    return tuple(
        e.TranscriptionFailed(utterance_id=utterance_id, code=code, message=message) for utterance_id in utterances
    )
