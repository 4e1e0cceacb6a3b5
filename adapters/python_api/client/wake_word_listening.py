"""Runs the one session of a client that waits for wake words in the background."""

import threading
from typing import Final

from realtime_mlx_stt.adapters.python_api.client.client_sessions import ClientSessions
from realtime_mlx_stt.adapters.python_api.session.running_sessions import stop_if_going_on
from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession

__all__ = ["WakeWordListening"]

_SENTENCE: Final = "Failed to start wake word session"


class WakeWordListening:
    """Starts a session in place of the one before. Thread-safe; a second start waits for the first."""

    def __init__(self, sessions: ClientSessions) -> None:
        self._sessions = sessions
        self._lock = threading.RLock()  # a signal handler may ask on the thread that is starting
        self._session: TranscriptionSession | None = None

    def start(self, session: TranscriptionSession) -> None:
        """Stop the session before, and start this one.

        Raises:
            RuntimeError: it cannot be started.
        """
        with self._lock:
            before, self._session = self._session, session
            if before is not None:
                stop_if_going_on(before)
            self._sessions.start(session, _SENTENCE)

    def change_device(self, device: int | str | None) -> None:
        """If the session is running, start it anew with this microphone.

        Raises:
            RuntimeError: it cannot be started.
        """
        with self._lock:
            session = self._session
            if session is None or not session.is_going_on():
                return
            session.stop()
            session.device_id = device
            self._sessions.start(session, _SENTENCE)
