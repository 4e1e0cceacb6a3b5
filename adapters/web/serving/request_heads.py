"""Collects the head of a request while it comes, so that no thread waits for a slow client."""

import socket
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from gunicorn.config import Config
from gunicorn.util import close_graceful
from gunicorn.workers.gthread import TConn

from realtime_mlx_stt.adapters.web.serving.refused_heads import refusal

__all__ = ["HEAD_SECONDS", "Connection"]

HEAD_SECONDS: Final = 10.0
"""How long a client may take from its connection, or from the first byte of another request, to the head's end."""

_HEAD_END: Final = b"\r\n\r\n"
_MOST_HEAD_BYTES: Final = 65_536
_MOST_UNWANTED_BYTES: Final = 50_000_000


class Connection(TConn):
    """One connection, with what has come of the head of its next request.

    It belongs to the server's main thread but while a request is answered on another.
    """

    def __init__(self, config: Config, client_socket: socket.socket, client: object, server: object) -> None:
        super().__init__(config, client_socket, client, server)  # type: ignore[arg-type]  # as the socket has them
        self._head = bytearray()
        self.timeout: float = time.monotonic() + HEAD_SECONDS

    def expect_head(self) -> None:
        """Begin to collect another head; it starts with what the parser read ahead."""
        self.timeout = time.monotonic() + HEAD_SECONDS
        self.sock.setblocking(False)
        if self.parser is not None:
            self._add(self.parser.unreader.take_buffered())  # type: ignore[union-attr]  # it speaks HTTP/1.1 alone

    def take_head(self) -> bool:
        """Take what has come; returns whether the client will send no more, or the head is as long as it may be."""
        try:
            received = self.sock.recv(_MOST_HEAD_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            received = b""
        self._add(received)
        return not received or self.is_decided

    @property
    def is_decided(self) -> bool:
        """Whether the question is settled: the head is complete, or this can no longer become one."""
        return _HEAD_END in self._head or self._is_hopeless

    @property
    def has_begun(self) -> bool:
        """Whether the client has sent anything of the head."""
        return bool(self._head)

    def hand_over(self) -> bool:
        """Give a complete head to the parser, which reads on behind it; False if there is none and will be none.

        Then the client has been told so, if it sent anything.
        """
        if _HEAD_END not in self._head or self._is_hopeless:
            is_long = len(self._head) > _MOST_HEAD_BYTES
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if is_long else HTTPStatus.BAD_REQUEST
            self.refuse(status, "This is no request over HTTP.")
            return False
        self.init()
        self.parser.unreader.unread(bytes(self._head))  # type: ignore[union-attr]  # made by init
        self._head.clear()
        return True

    def refuse(self, status: HTTPStatus, detail: str) -> None:
        """Tell the client that its request will not be answered, unless it sent nothing; without waiting for it."""
        if self._head:
            with suppress(OSError):
                self.sock.send(refusal(status, detail), socket.MSG_DONTWAIT)

    def close(self, graceful: bool = False) -> None:
        """Close the connection; idempotent.

        ``graceful`` takes up to 2 s: a client that is still sending an unwanted body may go on, since it could not
        read the answer if the connection were reset.
        """
        if self.sock.fileno() < 0:
            return
        if graceful:
            self.sock.setblocking(True)
            close_graceful(self.sock, max_drain=_MOST_UNWANTED_BYTES)
        else:
            super().close()

    @property
    def _is_hopeless(self) -> bool:
        """Whether this cannot become the head of a request, which begins with the name of a method."""
        return len(self._head) > _MOST_HEAD_BYTES or not self._head[:1].isalpha()

    def _add(self, received: bytes) -> None:
        self._head += received
        while self._head[:2] == b"\r\n":  # some clients send one too many after a body
            del self._head[:2]
