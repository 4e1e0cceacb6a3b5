"""One WebSocket route over a handler that a test can watch, on real sockets, without what sessions need."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Queue

from flask import Flask
from flask_sock import Sock
from simple_websocket import Server
from tests.adapters.web.rig import FakeWebServices, serving
from tests.application.rig import TIMEOUT_SECONDS

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.problems import answer_errors
from realtime_mlx_stt.adapters.web.server_config import ServerConfig, ServerLimits
from realtime_mlx_stt.adapters.web.websocket.connection import WebSocketConnection
from realtime_mlx_stt.adapters.web.websocket.handshake import prepare_handshakes
from realtime_mlx_stt.adapters.web.websocket.socket_admission import serve_socket

__all__ = ["RawClient", "WatchedHandler", "WatchedSockets", "frame"]

_KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@dataclass
class WatchedHandler:
    """Answers texts with themselves, and keeps what it was told."""

    connection: WebSocketConnection
    thread: threading.Thread = field(default_factory=threading.current_thread)
    messages: Queue[str | bytes] = field(default_factory=Queue)
    wakes: Queue[None] = field(default_factory=Queue)
    endings: Queue[tuple[int, str]] = field(default_factory=Queue)

    def opened(self) -> None:
        assert self.thread is threading.current_thread()

    def received(self, message: str | bytes) -> None:
        assert self.thread is threading.current_thread()
        self.messages.put(message)
        if message == "fail":
            raise RuntimeError("A defect of a handler.")
        if message == "close":
            self.connection.close(1000, "as asked")
        if isinstance(message, str):
            self.connection.send(message)

    def woken(self) -> None:
        self.wakes.put(None)

    def closed(self, code: int, reason: str) -> None:
        self.endings.put((code, reason))

    def ending(self) -> tuple[int, str]:
        """How it ended, when the connection's thread has ended as well as it can be told."""
        return self.endings.get(timeout=TIMEOUT_SECONDS)


@dataclass
class WatchedSockets:
    """A server with the route ``/socket``; every connection's handler arrives in ``handlers``.

    ``send_buffer_bytes``: so much the system keeps for a client that does not read, as many as it likes if 0.
    """

    limits: ServerLimits = field(default_factory=ServerLimits)
    send_buffer_bytes: int = 0
    handlers: Queue[WatchedHandler] = field(default_factory=Queue)

    def __post_init__(self) -> None:
        self.context = WebContext(services=FakeWebServices(), config=ServerConfig(limits=self.limits))
        self.app = Flask("watched")
        answer_errors(self.app)
        prepare_handshakes(self.app)
        sock = Sock(self.app)

        def serve(server: Server) -> None:
            serve_socket(server, self.context, self._watched)

        sock.route("/socket")(serve)

    def _watched(self, connection: WebSocketConnection) -> WatchedHandler:
        handler = WatchedHandler(connection)
        self.handlers.put(handler)
        return handler

    def handler(self) -> WatchedHandler:
        """The handler of the next connection."""
        return self.handlers.get(timeout=TIMEOUT_SECONDS)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Where the server is while the context lasts; at its end no thread is left of it."""
        before = set(threading.enumerate())
        with serving(self.app, self.send_buffer_bytes) as address:
            yield address
        for thread in set(threading.enumerate()) - before:
            thread.join(TIMEOUT_SECONDS)
            assert not thread.is_alive(), thread.name


def frame(opcode: int, payload: bytes = b"", *, is_last: bool = True) -> bytes:
    """A client's frame as RFC 6455 has it, under a mask of zeros."""
    head = bytes([opcode | (0x80 if is_last else 0)])
    length = len(payload)
    if length < 126:
        return head + bytes([0x80 | length]) + bytes(4) + payload
    if length < 65_536:
        return head + b"\xfe" + struct.pack("!H", length) + bytes(4) + payload
    return head + b"\xff" + struct.pack("!Q", length) + bytes(4) + payload


class RawClient:
    """A client that sends what it likes, byte by byte, and reads only when told to."""

    def __init__(self, address: str, path: str = "/socket", heads: str = "", receive_bytes: int = 0) -> None:
        host, port = address.split(":")
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(TIMEOUT_SECONDS)
        self.socket.connect((host, int(port)))
        self.left = b""
        request = (
            f"GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {_KEY}\r\n{heads}\r\n"
        )
        self.socket.sendall(request.encode("latin-1"))
        self.head = self._read_head()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read_frame(self) -> tuple[int, bytes]:
        """The opcode and the payload of the server's next frame.

        Raises:
            EOFError: the server closed.
        """
        first, length = self._exactly(2)
        if length == 126:
            (length,) = struct.unpack("!H", self._exactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._exactly(8))
        return first & 0x0F, self._exactly(length)

    def read_close(self) -> tuple[int, str]:
        """The code and the reason of the server's close; what comes before it is passed over."""
        opcode, payload = self.read_frame()
        while opcode != 8:
            opcode, payload = self.read_frame()
        return struct.unpack("!H", payload[:2])[0], payload[2:].decode()

    def read_to_end(self) -> bytes:
        """What comes until the server's end of the connection."""
        parts = [self.left]
        while parts[-1] or len(parts) == 1:
            try:
                parts.append(self.socket.recv(65_536))
            except ConnectionResetError:
                break
        return b"".join(parts)

    def reset(self) -> None:
        """Close without a word, by a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self) -> None:
        """Close without a word, in order."""
        self.socket.close()

    def _read_head(self) -> str:
        return self._until(lambda: b"\r\n\r\n" in self.left).partition(b"\r\n\r\n")[0].decode("latin-1")

    def _until(self, is_there: Callable[[], bool]) -> bytes:
        while not is_there():
            received = self.socket.recv(65_536)
            if not received:
                raise EOFError
            self.left += received
        head, _, self.left = self.left.partition(b"\r\n\r\n")
        return head + b"\r\n\r\n"

    def _exactly(self, count: int) -> bytes:
        while len(self.left) < count:
            received = self.socket.recv(65_536)
            if not received:
                raise EOFError
            self.left += received
        taken, self.left = self.left[:count], self.left[count:]
        return taken
