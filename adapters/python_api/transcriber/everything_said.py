"""Runs sessions whose caller waits for all that is said in them."""

from realtime_mlx_stt.adapters.python_api.session.result_stream import ListeningLimits, joined_text, texts_of
from realtime_mlx_stt.adapters.python_api.session.running_sessions import RunningSessions
from realtime_mlx_stt.adapters.python_api.session.session import STOP_SECONDS, TranscriptionSession
from realtime_mlx_stt.adapters.python_api.session.session_start import start_or_raise

__all__ = ["EverythingSaid"]


class EverythingSaid:
    """The sessions that callers wait for at the moment. Thread-safe; callers may wait side by side."""

    def __init__(self) -> None:
        self._sessions = RunningSessions()

    def in_session(self, session: TranscriptionSession, limits: ListeningLimits) -> str:
        """Start the session and wait for its end; its texts, joined by spaces.

        By then its callbacks have been called, unless one takes its time.

        Raises:
            Exception: whatever it is that keeps the session from starting.
            SessionProblemError: the session failed, or a text that is needed could not be had.
            TimeoutError: the session was stopped and does not end.
        """
        try:
            with texts_of(session, limits, lambda: self._sessions.start(session, start_or_raise)) as results:
                return joined_text(results)
        finally:
            session.wait_for_callbacks()

    def request_stop(self) -> None:
        """Ask the running sessions to end, without waiting."""
        self._sessions.request_stop()

    def stop(self, timeout_seconds: float = STOP_SECONDS) -> None:
        """End the running sessions; callers that wait are given what has been said by now."""
        self._sessions.stop(timeout_seconds)
