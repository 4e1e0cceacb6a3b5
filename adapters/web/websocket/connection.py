"""Serves one WebSocket on the one thread of its request: reading, writing and being woken in one loop."""

import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from selectors import EVENT_READ, EVENT_WRITE, PollSelector
from typing import Final

from simple_websocket import Server
from wsproto.connection import ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage
from wsproto.utilities import LocalProtocolError

from realtime_mlx_stt.adapters.web.closing import ServerClosing
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.server_config import ServerLimits
from realtime_mlx_stt.adapters.web.websocket.close_codes import CloseCode
from realtime_mlx_stt.adapters.web.websocket.handler import SilentHandler, WebSocketHandler
from realtime_mlx_stt.adapters.web.websocket.message_assembly import MessageAssembly, MessageTooBigError
from realtime_mlx_stt.adapters.web.websocket.output_queue import OutputQueue
from realtime_mlx_stt.adapters.web.websocket.wake_signal import WakeSignal

__all__ = ["MOST_WAITING_BYTES", "WebSocketConnection", "WebSocketHandler", "serve_socket"]

_LOGGER = logging.getLogger(__name__)

MOST_WAITING_BYTES: Final = 4_000_000
"""A client that leaves this much unread is closed."""

_CLOSE_SECONDS: Final = 2.0
"""How long to wait for a client that does not take what is still to be sent, or does not answer the close."""

_MOST_CLOSING_SECONDS: Final = 10.0
_PING_SECONDS: Final = 20.0
_READ_BYTES: Final = 16_384
_EVENTS_A_TURN: Final = 32
"""How many pieces of messages are handled before output that waits for the client is written again."""


class _Phase(Enum):
    OPEN = "open"
    CLOSING = "the close is said or about to be, the client's word is awaited"
    LINGERING = "the client broke the protocol and was told, its end of the connection is awaited"
    OVER = "over"


class WebSocketConnection:
    """One client's connection, served by the thread that calls ``serve``; all methods but ``wake`` are for it.

    While earlier messages are being handled, what the client sends waits in the network, so that it takes no
    memory. Output that the client does not read waits here, at most ``MOST_WAITING_BYTES``. A message may have at
    most ``limits.message_bytes``, in any number of pieces. The client is pinged, and given up when nothing at all
    has come for ``limits.idle_seconds``.
    """

    def __init__(self, server: Server, limits: ServerLimits, closing: ServerClosing) -> None:
        self._server = server
        self._client: socket.socket = server.sock
        self._closing = closing
        self._idle_seconds = limits.idle_seconds
        self._ping_seconds = min(_PING_SECONDS, limits.idle_seconds / 3)
        self._assembly = MessageAssembly(limits.message_bytes)
        self._output = OutputQueue()
        self._signal = WakeSignal()
        self._incoming: Iterator[Event] | None = None
        self._is_readable = False
        self._wakes_when_drained = False
        self._is_deaf = False
        self._phase = _Phase.OPEN
        self._ending = (CloseCode.LOST.value, "")
        self._heard_at = self._pinged_at = time.monotonic()
        self._wake_at = self._give_up_at = self._last_give_up_at = float("inf")

    @property
    def waiting_bytes(self) -> int:
        """How many bytes that were sent the network has not taken yet."""
        return self._output.waiting_bytes

    @property
    def handed_messages(self) -> int:
        """How many of the messages that were sent the network has taken, the last one perhaps in part."""
        return self._output.handed_messages

    @property
    def is_open(self) -> bool:
        """Whether messages can still be sent and come in."""
        return self._phase is _Phase.OPEN

    def send(self, message: str | bytes) -> None:
        """Queue a message behind those before it; never waits. After the close nothing is sent any more."""
        if not self.is_open:
            return
        event = TextMessage(data=message) if isinstance(message, str) else BytesMessage(data=message)
        self._output.add_message(bytes(self._server.ws.send(event)))
        if self.waiting_bytes > MOST_WAITING_BYTES:
            self.close(CloseCode.TOO_SLOW, "too slow a reader", drops_waiting=True)

    def wake(self) -> None:
        """Have ``woken`` called soon, by any thread; never waits."""
        self._signal.set()

    def wake_within(self, seconds: float) -> None:
        """Have ``woken`` called once within this time, whatever else happens."""
        self._wake_at = min(self._wake_at, time.monotonic() + seconds)

    def wake_when_drained(self) -> None:
        """Have ``woken`` called once when all that was sent is taken, even if that is at once."""
        self._wakes_when_drained = True

    def close(self, code: int, reason: str, *, drops_waiting: bool = False) -> None:
        """Send the close behind what still waits, or instead of it; idempotent. No message is received any more."""
        if self.is_open:
            self._begin_close(code, reason, drops_waiting=drops_waiting)
            self._say_close(CloseConnection(code=code, reason=reason))

    def serve(self, handler: WebSocketHandler) -> None:
        """Serve the client until the connection is over; the socket is shut down when this returns."""
        forget = (self._closing.on_announcement(self.wake), self._closing.on_begin(self.wake))
        self._client.setblocking(False)
        try:
            self._attempt(handler.opened)
            with PollSelector() as selector:
                selector.register(self._signal, EVENT_READ)
                selector.register(self._client, EVENT_READ)
                self._write(handler)
                while self._phase is not _Phase.OVER:
                    self._wait(selector)
                    self._heed_signal(handler)
                    self._heed_time(handler)
                    self._read(handler)
                    self._write(handler)
        except OSError:
            self._phase = _Phase.OVER  # the client is gone without a word
        finally:
            for each in forget:
                each()
            self._release()
            self._attempt(lambda: handler.closed(*self._ending))

    def _write(self, handler: WebSocketHandler) -> None:
        """Write output that waits. While the connection closes, a client that takes some of it gets more time."""
        if self._output.write_to(self._client) and self._phase is _Phase.CLOSING and not self._closing.is_begun:
            self._give_up_at = min(time.monotonic() + _CLOSE_SECONDS, self._last_give_up_at)
        if self._output.waiting_bytes:
            self._wakes_when_drained = True
            return
        if self._wakes_when_drained:
            self._wakes_when_drained = False
            self._wake_handler(handler)
        if self._phase is _Phase.CLOSING:
            self._finish_close()

    def _finish_close(self) -> None:
        if self._server.ws.state is ConnectionState.CLOSED:
            self._phase = _Phase.OVER
        elif self._is_deaf:
            # Input of such a client that is left unread would reset the connection before the client has read why.
            self._client.shutdown(socket.SHUT_WR)
            self._phase = _Phase.LINGERING

    def _wait(self, selector: PollSelector) -> None:
        wishes = EVENT_READ | (EVENT_WRITE if self._output.waiting_bytes else 0)
        selector.modify(self._client, wishes)
        patience = 0.0 if self._incoming is not None else max(0.0, self._next_deadline() - time.monotonic())
        ready = {key.fileobj: events for key, events in selector.select(patience)}
        self._is_readable = bool(ready.get(self._client, 0) & EVENT_READ)

    def _next_deadline(self) -> float:
        if not self.is_open:
            return self._give_up_at
        return min(self._pinged_at + self._ping_seconds, self._heard_at + self._idle_seconds, self._wake_at)

    def _heed_signal(self, handler: WebSocketHandler) -> None:
        if not self._signal.take():
            return
        self._wake_handler(handler)
        if self._closing.is_begun:
            self.close(CloseCode.GOING_AWAY, "server closing")
            self._give_up_at = min(self._give_up_at, time.monotonic() + _CLOSE_SECONDS)

    def _heed_time(self, handler: WebSocketHandler) -> None:
        now = time.monotonic()
        if not self.is_open:
            if now >= self._give_up_at:
                self._phase = _Phase.OVER
            return
        if now >= self._heard_at + self._idle_seconds:
            self.close(CloseCode.IDLE, "idle")
        elif now >= self._pinged_at + self._ping_seconds:
            self._pinged_at = now
            self._output.add_control(bytes(self._server.ws.send(Ping())))
        if now >= self._wake_at:
            self._wake_at = float("inf")
            self._wake_handler(handler)

    def _wake_handler(self, handler: WebSocketHandler) -> None:
        if self.is_open:
            self._attempt(handler.woken)

    def _read(self, handler: WebSocketHandler) -> None:
        """Handle a few pieces of input; the rest waits, and new input waits in the network."""
        if self._incoming is None and not (self._is_readable and self._receive()):
            return
        for _ in range(_EVENTS_A_TURN):
            event = next(self._incoming, None) if self._incoming is not None else None
            if event is None:
                self._incoming = None
                return
            self._heed(event, handler)

    def _receive(self) -> bool:
        """Read from the network; False if there is nothing in it to handle."""
        try:
            received = self._client.recv(_READ_BYTES)
        except BlockingIOError:
            return False
        self._heard_at = time.monotonic()
        if not received:
            raise ConnectionAbortedError
        if self._is_deaf:
            return False
        self._server.ws.receive_data(received)
        self._incoming = self._server.ws.events()
        return True

    def _heed(self, event: Event, handler: WebSocketHandler) -> None:
        match event:
            case CloseConnection():
                self._heed_close(event)
            case Ping() if self.is_open:
                self._output.set_pong(bytes(self._server.ws.send(event.response())))
            case TextMessage() | BytesMessage() if self.is_open:
                self._heed_piece(event, handler)
            case Pong():  # that something came is known already
                pass

    def _heed_piece(self, piece: TextMessage | BytesMessage, handler: WebSocketHandler) -> None:
        try:
            message = self._assembly.add(piece)
        except MessageTooBigError:
            self.close(CloseCode.MESSAGE_TOO_BIG, "message-too-big")
            return
        if message is not None:
            self._attempt(lambda: handler.received(message))

    def _heed_close(self, event: CloseConnection) -> None:
        """Handle the client's close, its answer to ours, or a broken protocol; all further input is ignored."""
        self._is_deaf = True
        self._incoming = None
        state = self._server.ws.state
        if state is ConnectionState.REMOTE_CLOSING:
            self._begin_close(event.code, event.reason or "", drops_waiting=True)
            self._say_close(event.response())
        elif state is ConnectionState.OPEN:
            self.close(event.code, f"protocol error: {event.reason}")

    def _begin_close(self, code: int, reason: str, *, drops_waiting: bool) -> None:
        self._ending = (int(code), reason)
        self._phase = _Phase.CLOSING
        now = time.monotonic()
        self._give_up_at, self._last_give_up_at = now + _CLOSE_SECONDS, now + _MOST_CLOSING_SECONDS
        if drops_waiting:
            self._output.drop()

    def _say_close(self, event: CloseConnection) -> None:
        with suppress(LocalProtocolError):  # it was said already
            self._output.add_control(bytes(self._server.ws.send(event)))

    def _attempt(self, act: Callable[[], None]) -> None:
        """Call the handler; a defect in it ends this connection, and no other."""
        try:
            act()
        except Exception:
            _LOGGER.exception("A WebSocket's handler failed; the connection is closed.")
            self.close(CloseCode.INTERNAL_ERROR, "internal-error")

    def _release(self) -> None:
        """Release all descriptors, and leave a socket that the web server closes without waiting for the client."""
        self._signal.close()
        self._server.connected = False
        with suppress(OSError):  # the client closed first
            self._client.shutdown(socket.SHUT_RDWR)


def serve_socket(
    server: Server, context: WebContext, make_handler: Callable[[WebSocketConnection], WebSocketHandler]
) -> None:
    """Serve what flask-sock has accepted until it is closed; beyond ``limits.sockets`` it is closed with 1013."""
    connection = WebSocketConnection(server, context.config.limits, context.closing)
    if not context.open_streams.enter(context.config.limits.sockets):
        connection.close(CloseCode.TRY_AGAIN_LATER, "too-many-streams")
        connection.serve(SilentHandler())
        return
    try:
        connection.serve(make_handler(connection))
    finally:
        context.open_streams.leave()
