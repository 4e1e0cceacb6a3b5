"""Serves `/events`: tells a client what happens, and takes what it sends without ever hanging up on it for that."""

import threading
from collections import deque
from typing import Final

import msgspec

from realtime_mlx_stt.adapters.web.legacy.broadcast import EventBroadcast, written
from realtime_mlx_stt.adapters.web.legacy.frames import Frame, error_frame
from realtime_mlx_stt.adapters.web.legacy.socket_audio import SocketAudio
from realtime_mlx_stt.adapters.web.legacy.system import LegacySystem
from realtime_mlx_stt.adapters.web.websocket.close_codes import CloseCode
from realtime_mlx_stt.adapters.web.websocket.connection import WebSocketConnection
from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["EventsHandler"]

_MOST_PARTIALS: Final = 50
"""With this many messages waiting, a slow client gets no more partial texts: the final ones say it all."""

_MOST_WAITING: Final = 1000
"""With this many messages waiting, the client is given up, since a frame of 0.1 cannot be asked for again."""

_ENOUGH_BYTES: Final = 100_000
"""How much is given to the connection at a time, so that what still waits can be left out."""

_NO_JSON: Final = "This is no JSON object; a command is one, and audio is binary: 16-bit PCM, 16 kHz, mono."
_UNKNOWN: Final = 'There is one command, {"command": "status"}; the rest is done by REST, or over /api/v1.'


class EventsHandler:
    """A ``WebSocketHandler`` and a ``FrameListener``; what it is offered waits here, within bounds."""

    def __init__(
        self, connection: WebSocketConnection, broadcast: EventBroadcast, system: LegacySystem, audio: SocketAudio
    ) -> None:
        self._connection = connection
        self._broadcast = broadcast
        self._system = system
        self._audio = audio
        self._lock = threading.Lock()
        self._waiting: deque[str] = deque()
        self._is_too_slow = False

    def opened(self) -> None:
        """Be told of everything from now on."""
        self._broadcast.join(self)

    def offer(self, message: str, *, is_partial: bool) -> None:
        """Have the message sent; on any thread."""
        with self._lock:
            if self._is_too_slow or (is_partial and len(self._waiting) >= _MOST_PARTIALS):
                return
            self._waiting.append(message)
            if len(self._waiting) > _MOST_WAITING:
                self._is_too_slow = True
        self._connection.wake()

    def woken(self) -> None:
        """Send what waits, as far as the client takes it."""
        while self._connection.waiting_bytes < _ENOUGH_BYTES and (message := self._next()) is not None:
            self._connection.send(message)
        if self._is_too_slow:
            self._connection.close(CloseCode.TOO_SLOW, "too slow a reader", drops_waiting=True)

    def received(self, message: str | bytes) -> None:
        """Hear audio, or answer a command; whatever it is, the connection stays."""
        try:
            answer = self._audio.hear(message) if isinstance(message, bytes) else self._obey(message)
        except RealtimeSttError as error:
            answer = error_frame(error.code, str(error))
        if answer is not None:
            self._connection.send(written(answer))

    def closed(self, code: int, reason: str) -> None:
        """Be told nothing more; what the client has said is still written, for the others."""
        self._broadcast.leave(self)
        self._audio.end()

    def _next(self) -> str | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _obey(self, message: str) -> Frame:
        try:
            command = msgspec.json.decode(message)
        except (ValueError, RecursionError):
            command = None
        if not isinstance(command, dict):
            return error_frame("bad-message", _NO_JSON)
        if command.get("command") != "status":
            return error_frame("unknown-command", _UNKNOWN)
        return self._system.status()
