"""Computes from the log of a session what a client is shown of it."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from realtime_mlx_stt.adapters.web.api.session_types import LedgerView, SessionItem, SessionList, SessionView
from realtime_mlx_stt.adapters.web.known_sessions import is_running, require_session
from realtime_mlx_stt.adapters.web.services import WebServices
from realtime_mlx_stt.adapters.web.session_lag import running_lag
from realtime_mlx_stt.application.log.codec import UndecodableEventError
from realtime_mlx_stt.application.log.session_log import SessionNotFoundError
from realtime_mlx_stt.application.read_models.degradations import fold_degradations
from realtime_mlx_stt.application.read_models.latency import fold_latencies, summarize_latencies
from realtime_mlx_stt.application.read_models.status import Activity, Problem, SessionStatus, fold_status
from realtime_mlx_stt.application.read_models.transcript import fold_transcript
from realtime_mlx_stt.application.session.pipeline import SourceProgress
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain.audio_ledger import audio_ledger
from realtime_mlx_stt.domain.events import (
    SessionFailed,
    SessionInterrupted,
    SessionStarted,
    SessionStopped,
    UtteranceTranscribed,
)
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import SessionSummary, StoredEvent

__all__ = ["OVER", "session_list", "session_log", "session_view"]

_ENDS: Final = {
    SessionStopped.type: Activity.STOPPED,
    SessionFailed.type: Activity.FAILED,
    SessionInterrupted.type: Activity.INTERRUPTED,
}

OVER: Final = frozenset(_ENDS.values())
"""The activities of a session that is over."""


def session_log(services: WebServices, session_id: str) -> tuple[StoredEvent, ...]:
    """All events of the session.

    Raises:
        SessionNotFoundError: there is none.
        EventStoreError: the log cannot be read.
    """
    return tuple(services.store.read(require_session(services, session_id)))


def session_view(services: WebServices, session_id: str) -> SessionView:
    """The session as it stands.

    Raises:
        SessionNotFoundError: there is none.
        EventStoreError: the log cannot be read.
    """
    running = is_running(services, SessionId(session_id))
    log = session_log(services, session_id)
    status = fold_status(log)
    progress = _progress(services, SessionId(session_id))
    return SessionView(
        session_id=session_id,
        is_running=running,
        activity=status.activity,
        source=status.source,
        settings=fold_transcript(log).settings,
        started_at=_started_at(log),
        last_recorded_at=log[-1].recorded_at if log else None,
        events=len(log),
        awaited_texts=status.awaited_texts,
        woken_by=status.woken_by,
        lag=running_lag(services.orchestrator, SessionId(session_id)),
        degraded=status.degraded,
        degradations=fold_degradations(log),
        source_problem=status.source_problem,
        failure=status.failure,
        heard_samples=None if progress is None else progress.heard_samples,
        duration_samples=None if progress is None else progress.duration_samples,
        ledger=_ledger(log),
        latency=summarize_latencies(fold_latencies(log)),
    )


def session_list(services: WebServices, limit: int, before: str | None) -> SessionList:
    """At most ``limit`` sessions, the newest first, of those that began before ``before``.

    Raises:
        SessionNotFoundError: there is no session ``before``.
        EventStoreError: the log cannot be read.
    """
    following = iter(services.store.sessions()[::-1])
    if before is not None and not any(summary.session_id == before for summary in following):
        raise SessionNotFoundError(f"There is no session {before!r} before which others could be listed.")
    items = tuple(_item(services, summary) for summary in islice(following, limit))
    has_more = next(following, None) is not None
    return SessionList(sessions=items, next_before=items[-1].session_id if has_more else None)


def _item(services: WebServices, summary: SessionSummary) -> SessionItem:
    source, preview, problem = "", "", None
    try:
        source, preview = _beginning(services.store.read(summary.session_id))
        activity = _activity(services, summary)
    except UndecodableEventError as error:  # of one session, which must not hide the others
        activity = _ENDS.get(summary.last_type, Activity.NOT_STARTED)
        problem = Problem(code=error.code, message=str(error))
    return SessionItem(
        session_id=summary.session_id,
        is_running=is_running(services, summary.session_id),
        activity=activity,
        source=source,
        started_at=summary.first_recorded_at,
        last_recorded_at=summary.last_recorded_at,
        events=summary.events,
        preview=preview,
        problem=problem,
        lag=running_lag(services.orchestrator, summary.session_id),
    )


def _beginning(events: Iterator[StoredEvent]) -> tuple[str, str]:
    """What the session listens to, and its first final text; only as much of the log is read as that needs."""
    source = ""
    for stored in events:
        match stored.event:
            case SessionStarted() as event:
                source = event.source
            case UtteranceTranscribed() as event:
                return source, event.text
            case _:
                pass
    return source, ""


def _activity(services: WebServices, summary: SessionSummary) -> Activity:
    """The activity by the last event if it tells, else by the session's thread, else by the whole log."""
    if summary.last_type in _ENDS:
        return _ENDS[summary.last_type]
    try:
        return SessionStatus(state=services.orchestrator.state(summary.session_id)).activity
    except SessionNotRunningError:
        return fold_status(services.store.read(summary.session_id)).activity


def _started_at(log: tuple[StoredEvent, ...]) -> float | None:
    return next((stored.event.started_at for stored in log if isinstance(stored.event, SessionStarted)), None)


def _progress(services: WebServices, session_id: SessionId) -> SourceProgress | None:
    try:
        return services.orchestrator.progress(session_id)
    except SessionNotRunningError:
        return None


def _ledger(log: tuple[StoredEvent, ...]) -> LedgerView:
    ledger = audio_ledger(stored.event for stored in log)
    return LedgerView(
        captured_samples=ledger.captured_samples,
        utterance_samples=ledger.utterance_samples,
        rejected_samples=ledger.rejected_samples,
        gap_samples=ledger.gap_samples,
        silence_samples=ledger.silence_samples,
        undecided_utterances=len(ledger.undecided),
    )
