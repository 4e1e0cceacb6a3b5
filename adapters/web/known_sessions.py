"""Finds the sessions that clients name."""

from realtime_mlx_stt.adapters.web.services import WebServices
from realtime_mlx_stt.application.log.session_log import SessionNotFoundError
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["is_running", "require_session"]


def is_running(services: WebServices, session_id: SessionId) -> bool:
    """Whether this server runs the session now."""
    return session_id in services.orchestrator.running_sessions()


def require_session(services: WebServices, session_id: str) -> SessionId:
    """The session, running or not.

    Raises:
        SessionNotFoundError: there is none.
        EventStoreError: the log cannot be read.
    """
    wanted = SessionId(session_id)
    if not is_running(services, wanted) and next(services.store.read(wanted), None) is None:
        raise SessionNotFoundError(f"There is no session {session_id!r}; GET /api/v1/sessions lists them.")
    return wanted
