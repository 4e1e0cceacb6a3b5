"""Reads what a client sends, in portions: what is not read yet waits in the network and takes no memory."""

import socket
from collections.abc import Iterator
from typing import Final

from wsproto import WSConnection
from wsproto.events import CloseConnection, Event

__all__ = ["ClientInput"]

_READ_BYTES: Final = 16_384
_EVENTS_A_TURN: Final = 32
"""How many pieces of messages are given before output that waits for the client is written again."""


class ClientInput:
    """What a client sends, up to its close or to what breaks the protocol; the rest is ignored. For one thread."""

    def __init__(self, client: socket.socket, protocol: WSConnection) -> None:
        self._client = client
        self._protocol = protocol
        self._incoming: Iterator[Event] | None = None
        self._is_over = False

    @property
    def has_more(self) -> bool:
        """Whether there may be events in what was received."""
        return self._incoming is not None

    def receive(self) -> bool:
        """Read from the network, once there are no more events in what was read before; False if it had nothing.

        Raises:
            OSError: the client is gone.
        """
        try:
            received = self._client.recv(_READ_BYTES)
        except BlockingIOError:
            return False
        if not received:
            raise ConnectionAbortedError
        if not self._is_over:
            self._protocol.receive_data(received)
            self._incoming = self._protocol.events()
        return True

    def next_events(self) -> Iterator[Event]:
        """A few events of what was received; each is to be handled before the next is taken."""
        for _ in range(_EVENTS_A_TURN):
            event = next(self._incoming, None) if self._incoming is not None else None
            if event is None:
                self._incoming = None
                return
            if isinstance(event, CloseConnection):
                self._is_over, self._incoming = True, None
            yield event
