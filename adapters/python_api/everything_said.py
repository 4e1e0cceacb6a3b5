"""Runs sessions whose caller waits for all that is said in them."""

import threading

from realtime_mlx_stt.adapters.python_api.result_stream import ListeningLimits, ResultStream, joined_text
from realtime_mlx_stt.adapters.python_api.session import TranscriptionSession
from realtime_mlx_stt.adapters.python_api.session_start import start_or_raise

__all__ = ["EverythingSaid"]


class EverythingSaid:
    """The sessions that callers wait for at the moment. Thread-safe; callers may wait side by side."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[TranscriptionSession] = []

    def in_session(self, session: TranscriptionSession, limits: ListeningLimits) -> str:
        """Start the session and wait for its end; its texts, joined by spaces.

        By then its callbacks have been called, unless one takes its time.

        Raises:
            Exception: whatever it is that keeps the session from starting.
            SessionProblemError: the session failed, or a text that is needed could not be had.
            TimeoutError: the session was stopped and does not end.
        """
        with self._lock:
            self._running.append(session)
        try:
            start_or_raise(session)
            return joined_text(ResultStream(session, limits))
        finally:
            with self._lock:
                self._running.remove(session)
            session.wait_for_callbacks()

    def stop(self) -> None:
        """End those that are running; whoever waits is given what has been said by now."""
        with self._lock:
            running = list(self._running)
        for session in running:
            if session.is_running():
                session.stop()
