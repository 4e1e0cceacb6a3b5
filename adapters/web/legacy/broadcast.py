"""Tells every client of `/events` what happens in the sessions of this server."""

import threading
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.legacy.frames import Frame, frame_of, is_partial
from realtime_mlx_stt.domain.events import SESSION_ENDS, SessionStarted
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import EventStoreError, StoredEvent

__all__ = ["EventBroadcast", "FrameListener", "written"]


class FrameListener(Protocol):
    """Receives the frames of `/events`; called on the threads of sessions, so it must be quick."""

    def offer(self, message: str, *, is_partial: bool) -> None:
        """Take the message without waiting. It is not offered again; a partial one may be dropped."""
        ...


class EventBroadcast:
    """Joins the sessions of this server with the clients of `/events`. Thread-safe.

    ``name_of`` says what clients call a session, without waiting.
    """

    def __init__(self, context: WebContext, name_of: Callable[[SessionId], str]) -> None:
        self._context = context
        self._name_of = name_of
        self._on_end: Callable[[SessionId], None] = lambda _session_id: None
        self._lock = threading.Lock()
        self._is_begun = False
        self._listeners: dict[int, FrameListener] = {}
        self._started_at: dict[SessionId, float] = {}

    def on_end(self, tell: Callable[[SessionId], None]) -> None:
        """Call ``tell`` with each session that is over, on its thread; said once, before anything begins."""
        self._on_end = tell

    def begin(self) -> None:
        """Subscribe to all sessions from now on; idempotent. Called only when needed, since it opens the log."""
        orchestrator = self._context.services.orchestrator
        with self._lock:
            if not self._is_begun:
                orchestrator.subscribe(self._hear)
                self._is_begun = True

    def join(self, listener: FrameListener) -> None:
        """Tell this listener too."""
        self.begin()
        with self._lock:
            self._listeners[id(listener)] = listener

    def leave(self, listener: FrameListener) -> None:
        """Tell this listener no more; idempotent."""
        with self._lock:
            self._listeners.pop(id(listener), None)

    def tell(self, frame: Frame) -> None:
        """Tell all listeners."""
        with self._lock:
            listeners = tuple(self._listeners.values())
        if not listeners:
            return
        message, is_partial_text = written(frame), is_partial(frame)
        for listener in listeners:
            listener.offer(message, is_partial=is_partial_text)

    def _hear(self, stored: StoredEvent) -> None:
        frame = frame_of(stored, self._name_of(stored.session_id), self._beginning(stored))
        if frame is not None:
            self.tell(frame)
        if isinstance(stored.event, SESSION_ENDS):
            self._started_at.pop(stored.session_id, None)
            self._on_end(stored.session_id)

    def _beginning(self, stored: StoredEvent) -> float:
        """When the session's first sample was captured; looked up if the session began before anybody listened."""
        if isinstance(stored.event, SessionStarted):
            self._started_at[stored.session_id] = stored.event.started_at
        elif stored.session_id not in self._started_at:
            self._started_at[stored.session_id] = self._recorded_beginning(stored)
        return self._started_at[stored.session_id]

    def _recorded_beginning(self, stored: StoredEvent) -> float:
        try:
            first = next(self._context.services.store.read(stored.session_id), stored)
        except EventStoreError:  # the times are a little off then, which is better than no frame
            first = stored
        return first.event.started_at if isinstance(first.event, SessionStarted) else first.recorded_at


def written(frame: Frame) -> str:
    """The frame as a message."""
    return _ENCODER.encode(frame).decode()


_ENCODER: Final = msgspec.json.Encoder()
