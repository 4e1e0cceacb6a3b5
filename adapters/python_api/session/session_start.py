"""Starts a session for a caller that is told by an exception if it cannot start."""

from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession
from realtime_mlx_stt.adapters.python_api.session.session_callbacks import tell_error

__all__ = ["start_or_raise"]


def start_or_raise(session: TranscriptionSession) -> bool:
    """Start the session; False when it is over already, or was stopped meanwhile.

    What keeps it from starting is raised, and not told to ``on_error`` as well; all else that goes wrong is.

    Raises:
        Exception: whatever it is that keeps it from starting.
    """
    told: list[Exception] = []
    on_error, session.on_error = session.on_error, told.append
    try:
        has_started = session.start()
        if session.start_error is not None:
            session.wait_for_callbacks()
            raise session.start_error
    finally:
        session.on_error = on_error
    for error in told:
        tell_error(session, error)
    return has_started
