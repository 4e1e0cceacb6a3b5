"""Ends the server: the end is announced at once, begun when the last texts have been told, and over soon after."""

import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from realtime_mlx_stt.adapters.web.context import WebContext

__all__ = ["EndedServices", "ServerEnd"]

_SESSIONS_SECONDS: Final = 3.2
"""How long clients are served for the last texts; those that are not there after 3 s are given up."""

_LAST_EVENTS_SECONDS: Final = 0.3
"""How long clients that follow a session may take to receive its last events."""

_END_SECONDS: Final = 0.5
"""How long a model's call is waited for, after clients have been told everything."""


class EndedServices(Protocol):
    """Services that are ended in two steps, so that clients can be told the outcome of the first."""

    def stop(self) -> None:
        """Start nothing any more, stop what runs, and wait until its texts are there or given up."""
        ...

    def close(self) -> None:
        """Release everything."""
        ...


class ServerEnd:
    """Ends one web application; each method is called once, from the thread that serves."""

    def __init__(self, context: WebContext, services: EndedServices) -> None:
        self._context = context
        self._services = services
        self._ending: threading.Thread | None = None

    def begin(self, when_told: Callable[[], None]) -> None:
        """Announce the end; ``when_told`` is called on another thread when whoever follows a session knows all."""
        self._context.closing.announce()
        self._ending = threading.Thread(target=self._end, args=(when_told,), name="ending", daemon=True)
        self._ending.start()

    def wait(self) -> None:
        """Wait a moment until everything is released; without a ``begin`` there is nothing to wait for."""
        if self._ending is not None:
            self._ending.join(_END_SECONDS)

    def _end(self, when_told: Callable[[], None]) -> None:
        stopping = threading.Thread(target=self._services.stop, name="stopping", daemon=True)
        stopping.start()
        if self._await_sessions():
            self._context.open_streams.await_none(_LAST_EVENTS_SECONDS)
        self._context.closing.begin()
        when_told()
        stopping.join()
        self._services.close()

    def _await_sessions(self) -> bool:
        """Wait for running sessions, but no longer than their texts may take; returns whether there were any."""
        orchestrator, deadline = self._context.services.orchestrator, time.monotonic() + _SESSIONS_SECONDS
        running = orchestrator.running_sessions()
        for session_id in running:
            orchestrator.wait(session_id, max(0.0, deadline - time.monotonic()))
        return bool(running)
