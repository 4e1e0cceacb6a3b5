"""Replays a session: from its log alone, or from its recorded audio through the whole pipeline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.log.session_log import SessionNotFoundError
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.read_models.transcript import Transcript, fold_transcript
from realtime_mlx_stt.application.replay.session_comparison import SessionComparison, compare_sessions
from realtime_mlx_stt.application.session.audio_schedule import ScheduledAction, ScheduledEntry
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.application.session.position_requests import commit_here, pause_here, resume_here, stop_here
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_ledger import AudioLedger, audio_ledger
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.evolve import fold
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.state import SessionState
from realtime_mlx_stt.ports.audio_source import (
    AudioLost,
    AudioSourceError,
    FileRequest,
    SourceLost,
    SourceRecovered,
)
from realtime_mlx_stt.ports.event_store import EventStore, StoredEvent

__all__ = [
    "LogReplay",
    "RerunTimeoutError",
    "SessionNotFoundError",
    "replay_log",
    "rerun_recording",
]


class RerunTimeoutError(RealtimeSttError):
    """The recording was not heard to its end in the time given."""

    code = "rerun-timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReplay:
    """What a session's log folds to, and a sentence for each guarantee that it breaks."""

    session_id: SessionId
    events: int
    state: SessionState
    transcript: Transcript
    ledger: AudioLedger
    violations: tuple[str, ...]


def replay_log(store: EventStore, session_id: SessionId) -> LogReplay:
    """Fold a session's log again and check it.

    Raises:
        SessionNotFoundError: the store holds no such session.
        EventStoreError: it could not be read.
    """
    log = tuple(store.read(session_id))
    if not log:
        raise SessionNotFoundError(f"The log holds no session {session_id}.")
    return LogReplay(
        session_id=session_id,
        events=len(log),
        state=fold(stored.event for stored in log),
        transcript=fold_transcript(log),
        ledger=audio_ledger(stored.event for stored in log),
        violations=log_violations(log),
    )


def rerun_recording(
    orchestrator: SystemOrchestrator,
    log: Sequence[StoredEvent],
    recording: Path,
    timeout_seconds: float | None = None,
) -> SessionComparison:
    """Hear a session's recording again, as fast as possible, and compare the outcome with the session's log.

    It is heard with the session's own settings; the requests to the session and the losses of its source are
    repeated at the same samples. The second hearing is a session of ``orchestrator`` like any other.

    Raises:
        SessionNotFoundError: the log is empty.
        RerunTimeoutError: it took longer than ``timeout_seconds``; the second session has been stopped.
        RealtimeSttError: the recording, a model, or a wake word that was listened for at any time cannot be had.
    """
    if not log or not isinstance(log[0].event, e.SessionStarted):
        raise SessionNotFoundError("The log does not begin with the start of a session.")
    config = PipelineConfig(
        settings=log[0].event.settings,
        source=FileRequest(path=recording, speed=None),
        lockstep=True,
        schedule=tuple(_schedule(log)),
    )
    for entry in config.schedule:
        if isinstance(entry.action, SessionSettings):
            orchestrator.initialize_pipeline(replace(config, settings=entry.action))
    heard: list[StoredEvent] = []
    session_id = orchestrator.start_pipeline(config, heard.append)
    if not orchestrator.wait(session_id, timeout_seconds):
        orchestrator.stop_pipeline(session_id, timeout_seconds=0.0)
        raise RerunTimeoutError(f"The recording {recording} was not heard to its end in {timeout_seconds:g} s.")
    return compare_sessions(log, heard)


def _schedule(log: Sequence[StoredEvent]) -> Iterator[ScheduledEntry]:
    """The events that did not follow from the audio; one without a position takes that of the one before."""
    at_sample = 0
    for stored in log:
        action = _action(stored.event)
        at_sample = max(at_sample, _position(stored.event))
        if action is not None:
            yield ScheduledEntry(at_sample=at_sample, action=action)


def _action(event: e.SessionEvent) -> ScheduledAction | None:
    match event:
        case e.SettingsChanged():
            return event.settings
        case e.ListeningPaused():
            return pause_here
        case e.ListeningResumed():
            return resume_here
        case e.SpeechEnded() if event.reason is e.SpeechEndReason.COMMITTED:
            return commit_here
        case e.SessionStopping() if event.reason is e.StopReason.REQUESTED:
            return stop_here
        case _:
            return _mishap(event)


def _mishap(event: e.SessionEvent) -> ScheduledAction | None:
    match event:
        case e.AudioGapRecorded() if event.reason is not e.GapReason.PAUSED:
            return AudioLost(first_sample=event.start_sample, lost_samples=event.lost_samples, reason=event.reason)
        case e.AudioSourceLost():
            return SourceLost(at_sample=event.at_sample, error=AudioSourceError(event.message))
        case e.AudioSourceRecovered():
            return SourceRecovered(at_sample=event.at_sample)
        case _:
            return None


def _position(event: e.SessionEvent) -> int:
    """How far the audio had been heard at the event; 0 when it does not tell."""
    match event:
        case e.SpeechStarted() | e.SpeechEnded():
            return event.detected_at_sample
        case e.AudioGapRecorded():
            return event.start_sample
        case e.SessionStopping():
            return event.captured_samples
        case (
            e.SettingsChanged()
            | e.ListeningPaused()
            | e.ListeningResumed()
            | e.WakeWordDetected()
            | e.WakeWordExpired()
            | e.AudioSourceLost()
            | e.AudioSourceRecovered()
        ):
            return event.at_sample or 0
        case _:
            return 0
