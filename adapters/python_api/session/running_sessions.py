"""Holds the sessions that one object of a program has running, and stops them together."""

import threading
from collections.abc import Callable
from time import monotonic

from realtime_mlx_stt.adapters.python_api.session.session import STOP_SECONDS, TranscriptionSession

__all__ = ["RunningSessions", "stop_if_going_on"]


class RunningSessions:
    """The running sessions. Thread-safe, also for a signal handler that interrupts a call on the same thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._sessions: list[TranscriptionSession] = []
        self._starting: list[TranscriptionSession] = []
        self._unwanted: set[TranscriptionSession] = set()

    def start(self, session: TranscriptionSession, start: Callable[[TranscriptionSession], bool]) -> bool:
        """Count the session as running, and start it with ``start``; False when it is stopped meanwhile.

        Raises:
            Exception: whatever ``start`` raises.
        """
        with self._lock:
            self._starting.append(session)
            if session not in self._sessions:
                self._sessions.append(session)
        try:
            has_started = start(session)
        finally:
            with self._lock:
                self._starting.remove(session)
                is_unwanted = session in self._unwanted
                self._unwanted.discard(session)
        if is_unwanted:
            # The stop may have come before there was anything to stop.
            stop_if_going_on(session)
        return has_started and not is_unwanted

    def going_on(self) -> list[TranscriptionSession]:
        """The sessions that listen, or are about to."""
        with self._lock:
            self._sessions = [each for each in self._sessions if each in self._starting or each.is_going_on()]
            return list(self._sessions)

    def request_stop(self) -> list[TranscriptionSession]:
        """Ask them all to stop without waiting; returns those that were asked."""
        with self._lock:
            self._unwanted.update(self._starting)
        asked = self.going_on()
        for session in asked:
            session.request_stop()
        return asked

    def stop(self, timeout_seconds: float = STOP_SECONDS) -> None:
        """Stop them all, and wait for all of them together so long; texts still owed come afterwards."""
        deadline = monotonic() + timeout_seconds
        for session in self.request_stop():
            stop_if_going_on(session, max(0.0, deadline - monotonic()))
            session.wait_for_callbacks(max(0.0, deadline - monotonic()))


def stop_if_going_on(session: TranscriptionSession, timeout_seconds: float = STOP_SECONDS) -> None:
    """Stop the session; nothing happens, and nothing is logged, where it is over or has not been started."""
    if session.is_going_on():
        session.stop_within(timeout_seconds)
