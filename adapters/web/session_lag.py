"""Tells how far the texts of any session trail what is said."""

from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.application.writing.text_lag import TextLag
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["running_lag"]


def running_lag(orchestrator: SystemOrchestrator, session_id: SessionId) -> TextLag | None:
    """The lag of a session that this server runs; None for any other, and for one that has just ended."""
    try:
        return orchestrator.lag(session_id)
    except SessionNotRunningError:
        return None
