"""Writes to a client what it is to be sent, as far as the network takes it."""

import socket
from contextlib import suppress

from wsproto import WSConnection
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.utilities import LocalProtocolError

from realtime_mlx_stt.adapters.web.websocket.output_queue import OutputQueue

__all__ = ["ClientOutput"]


class ClientOutput:
    """Makes frames of messages and holds those that wait; only ``write`` reaches the network. For one thread."""

    def __init__(self, client: socket.socket, protocol: WSConnection) -> None:
        self._client = client
        self._protocol = protocol
        self._queue = OutputQueue()

    @property
    def waiting_bytes(self) -> int:
        """How many bytes the network has not taken yet."""
        return self._queue.waiting_bytes

    @property
    def handed_messages(self) -> int:
        """How many messages the network has taken, the last one perhaps in part."""
        return self._queue.handed_messages

    def send(self, message: str | bytes) -> None:
        """Queue a message behind all that waits."""
        event = TextMessage(data=message) if isinstance(message, str) else BytesMessage(data=message)
        self._queue.add_message(self._protocol.send(event))

    def ping(self) -> None:
        """Queue a ping behind all that waits."""
        self._queue.add_control(self._protocol.send(Ping()))

    def answer(self, ping: Ping) -> None:
        """Queue the pong before all that waits."""
        self._queue.set_pong(self._protocol.send(ping.response()))

    def say_close(self, close: CloseConnection) -> None:
        """Queue the close behind all that waits, unless it was said already."""
        with suppress(LocalProtocolError):
            self._queue.add_control(self._protocol.send(close))

    def drop(self) -> None:
        """Drop what waits, except the rest of what has left in part."""
        self._queue.drop()

    def write(self) -> int:
        """Give the network as much as it takes; returns how many bytes that was.

        Raises:
            OSError: the client is gone.
        """
        return self._queue.write_to(self._client)

    def end(self) -> None:
        """Tell the client that nothing more comes; it can still be heard.

        Raises:
            OSError: the client is gone.
        """
        self._client.shutdown(socket.SHUT_WR)
