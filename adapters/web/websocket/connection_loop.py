"""Serves one WebSocket on the one thread of its request: reading, writing and being woken in one loop."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, PollSelector

from simple_websocket import Server
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.websocket.client_input import ClientInput
from realtime_mlx_stt.adapters.web.websocket.client_output import ClientOutput
from realtime_mlx_stt.adapters.web.websocket.close_codes import CloseCode
from realtime_mlx_stt.adapters.web.websocket.connection import WebSocketConnection
from realtime_mlx_stt.adapters.web.websocket.connection_end import ConnectionEnd
from realtime_mlx_stt.adapters.web.websocket.guarded_handler import GuardedHandler
from realtime_mlx_stt.adapters.web.websocket.handler import WebSocketHandler
from realtime_mlx_stt.adapters.web.websocket.message_assembly import MessageAssembly, MessageTooBigError
from realtime_mlx_stt.adapters.web.websocket.signs_of_life import SignsOfLife
from realtime_mlx_stt.adapters.web.websocket.wake_requests import WakeRequests

__all__ = ["ConnectionLoop"]


class ConnectionLoop:
    """Joins one client and one handler, on the thread that calls ``run``.

    A message may have at most ``limits.message_bytes``, in any number of pieces. The client is pinged, and given up
    when nothing at all has come for ``limits.idle_seconds``.
    """

    def __init__(
        self, server: Server, context: WebContext, make_handler: Callable[[WebSocketConnection], WebSocketHandler]
    ) -> None:
        limits = context.config.limits
        self._server = server
        self._client: socket.socket = server.sock
        self._closing = context.closing
        self._input = ClientInput(self._client, server.ws)
        self._assembly = MessageAssembly(limits.message_bytes)
        self._output = ClientOutput(self._client, server.ws)
        self._end = ConnectionEnd(server.ws, self._output)
        self._life = SignsOfLife(limits.idle_seconds)
        self._wakes = WakeRequests()
        connection = WebSocketConnection(self._output, self._end, self._wakes)
        self._handler = GuardedHandler(make_handler(connection), self._end)

    def run(self) -> None:
        """Serve the client until the connection is over; the socket is shut down when this returns."""
        wake = self._wakes.signal.set
        forget = (self._closing.on_announcement(wake), self._closing.on_begin(wake))
        self._client.setblocking(False)
        try:
            self._handler.opened()
            with PollSelector() as selector:
                selector.register(self._wakes.signal, EVENT_READ)
                selector.register(self._client, EVENT_READ)
                self._write()
                while not self._end.is_over:
                    is_readable = self._wait(selector)
                    self._heed_signal()
                    self._heed_time()
                    self._read(is_readable=is_readable)
                    self._write()
        except OSError:
            self._end.lose()  # the client is gone without a word
        finally:
            for each in forget:
                each()
            self._release()
            self._handler.closed(*self._end.reason)

    def _wait(self, selector: PollSelector) -> bool:
        """Wait until there is something to do; whether the client has sent something."""
        wishes = EVENT_READ | (EVENT_WRITE if self._output.waiting_bytes else 0)
        selector.modify(self._client, wishes)
        patience = 0.0 if self._input.has_more else max(0.0, self._next_due_at() - time.monotonic())
        ready = {key.fileobj: events for key, events in selector.select(patience)}
        return bool(ready.get(self._client, 0) & EVENT_READ)

    def _next_due_at(self) -> float:
        if not self._end.is_open:
            return self._end.give_up_at
        return min(self._life.next_due_at, self._wakes.next_due_at)

    def _heed_signal(self) -> None:
        if not self._wakes.signal.take():
            return
        self._handler.woken()
        if self._closing.is_begun:
            self._end.begin(CloseCode.GOING_AWAY, "server closing")
            self._end.hurry()

    def _heed_time(self) -> None:
        now = time.monotonic()
        if not self._end.is_open:
            self._end.give_up_if_due(now)
            return
        if self._life.are_missing(now):
            self._end.begin(CloseCode.IDLE, "idle")
        elif self._life.take_due_ping(now):
            self._output.ping()
        if self._wakes.take_due(now):
            self._handler.woken()

    def _read(self, *, is_readable: bool) -> None:
        """Handle a few pieces of input; the rest waits, and new input waits in the network."""
        if is_readable and not self._input.has_more and self._input.receive():
            self._life.heard()
        for event in self._input.next_events():
            self._heed(event)

    def _heed(self, event: Event) -> None:
        match event:
            case CloseConnection():
                self._end.heed(event)
            case Ping() if self._end.is_open:
                self._output.answer(event)
            case TextMessage() | BytesMessage() if self._end.is_open:
                self._heed_piece(event)
            case Pong():  # that something came is known already
                pass

    def _heed_piece(self, piece: TextMessage | BytesMessage) -> None:
        try:
            message = self._assembly.add(piece)
        except MessageTooBigError:
            self._end.begin(CloseCode.MESSAGE_TOO_BIG, "message-too-big")
            return
        if message is not None:
            self._handler.received(message)

    def _write(self) -> None:
        """Write output that waits. While the connection closes, a client that takes some of it gets more time."""
        if self._output.write():
            self._end.prolong()
        if self._output.waiting_bytes:
            self._wakes.add_when_drained()
            return
        if self._wakes.take_drained():
            self._handler.woken()
        self._end.advance()

    def _release(self) -> None:
        """Release all descriptors, and leave a socket that the web server closes without waiting for the client."""
        self._wakes.signal.close()
        self._server.connected = False
        with suppress(OSError):  # the client closed first
            self._client.shutdown(socket.SHUT_RDWR)
