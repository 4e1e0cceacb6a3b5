"""Closes the sessions that a crash left open, so that every log has an end."""

import logging
from typing import Final

from realtime_mlx_stt.application.log.codec import UndecodableEventError
from realtime_mlx_stt.application.log.session_log import SessionLog
from realtime_mlx_stt.domain.commands import RecoverSession
from realtime_mlx_stt.domain.events import SESSION_ENDS
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.clock import Clock
from realtime_mlx_stt.ports.event_bus import EventBus
from realtime_mlx_stt.ports.event_store import EventStore, SessionClaims

__all__ = ["recover_interrupted_sessions"]

_LOGGER = logging.getLogger(__name__)

_LAST_TYPES: Final = frozenset(event.type for event in SESSION_ENDS)


def recover_interrupted_sessions(
    store: EventStore, claims: SessionClaims, bus: EventBus, clock: Clock
) -> tuple[SessionId, ...]:
    """Record an interruption for every open session that no running process claims, and return these sessions.

    A session with an event that this program cannot read stays as it is: its writer may be newer.

    Raises:
        EventStoreError: the log could not be read or written.
    """
    recovered = []
    for summary in store.sessions():
        if summary.last_type in _LAST_TYPES or not claims.claim(summary.session_id):
            continue
        try:
            log = SessionLog(summary.session_id, store, bus, clock)
            log.load()
            if log.execute(RecoverSession()):
                recovered.append(summary.session_id)
        except UndecodableEventError as error:
            _LOGGER.warning("Session %s stays open: %s", summary.session_id, error)
        finally:
            claims.release(summary.session_id)
    return tuple(recovered)
