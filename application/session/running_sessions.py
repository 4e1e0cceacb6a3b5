"""Holds the sessions that run in this process: finds them, waits for them, and begins none after the close."""

import threading
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Final

from realtime_mlx_stt.application.inference.kept_models import ModelName, models_of
from realtime_mlx_stt.application.session.runner import SessionNotRunningError, SessionRunner, is_session_thread
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.state import NotStarted
from realtime_mlx_stt.ports.event_bus import Subscription

__all__ = ["OrchestratorClosedError", "RunningSessions"]

ABANDON_SECONDS: Final = 1.0
"""How long sessions that give up their texts have to end."""


class OrchestratorClosedError(RealtimeSttError):
    """The orchestrator was closed, so that it starts nothing any more."""

    code = "orchestrator-closed"


class RunningSessions:
    """Runners by session, with the subscriptions that end with them. Thread-safe.

    ``monotonic`` tells seconds since some fixed moment.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._runners: dict[SessionId, SessionRunner] = {}
        self._subscriptions: dict[SessionId, Subscription] = {}
        self._is_closed = False

    def check_open(self) -> None:
        """Raise ``OrchestratorClosedError`` if no session can be added any more."""
        if self._is_closed:
            raise OrchestratorClosedError("The program is ending; nothing is started any more.")

    def add(self, session_id: SessionId, runner: SessionRunner) -> None:
        """Count the session as running.

        Raises:
            OrchestratorClosedError: no session is begun any more.
        """
        with self._lock:
            self.check_open()
            self._runners[session_id] = runner

    def end_with(self, session_id: SessionId, subscription: Subscription) -> None:
        """Cancel the subscription when the session is removed."""
        with self._lock:
            self._subscriptions[session_id] = subscription

    def remove(self, session_id: SessionId) -> bool:
        """Count the session as no longer running; True if it was the last and no other can begin."""
        with self._lock:
            self._runners.pop(session_id, None)
            subscription = self._subscriptions.pop(session_id, None)
            is_last = self._is_closed and not self._runners
        if subscription is not None:
            subscription.cancel()
        return is_last

    def close(self) -> Sequence[SessionRunner]:
        """Take no more sessions; returns those that still run."""
        with self._lock:
            self._is_closed = True
            return list(self._runners.values())

    def names(self) -> tuple[SessionId, ...]:
        """The running sessions, the oldest first."""
        with self._lock:
            return tuple(self._runners)

    def models(self) -> frozenset[ModelName]:
        """The models that the running sessions use."""
        with self._lock:
            states = [runner.state for runner in self._runners.values()]
        used = [models_of(s.context.settings.transcription) for s in states if not isinstance(s, NotStarted)]
        return frozenset(chain.from_iterable(used))

    def find(self, session_id: SessionId) -> SessionRunner | None:
        """The session's runner, None when it is not running."""
        with self._lock:
            return self._runners.get(session_id)

    def require(self, session_id: SessionId) -> SessionRunner:
        """The session's runner.

        Raises:
            SessionNotRunningError: it is not running.
        """
        runner = self.find(session_id)
        if runner is None:
            raise SessionNotRunningError(f"No session {session_id} is running here.")
        return runner

    def await_end(self, runners: Sequence[SessionRunner], timeout_seconds: float) -> bool:
        """Wait for sessions that were asked to stop; after the timeout, give up the texts that they still owe.

        Returns whether they are over; a subscriber, on a session's thread, waits for none of them.
        """
        if self._are_over(runners, timeout_seconds):
            return True
        return not is_session_thread() and self._are_over(runners, ABANDON_SECONDS)

    def _are_over(self, runners: Sequence[SessionRunner], timeout_seconds: float) -> bool:
        deadline = self._monotonic() + timeout_seconds
        return all(runner.wait(max(0.0, deadline - self._monotonic())) for runner in runners)
