"""Speaks the protocol of session streams to a real server, as a program of a client's would."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.end_to_end.served import ServedStt
from websockets.sync.client import ClientConnection, connect

__all__ = ["OPENING", "SessionSocket", "opened_session"]

_SECONDS: Final = 30.0
OPENING: Final = {"type": "open", "audio": {"encoding": "pcm_s16le", "sample_rate_hz": 16_000, "channels": 1}}


class SessionSocket:
    """A client's end of a stream, with all that it was sent."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.received: list[dict[str, Any]] = []

    @property
    def session_id(self) -> str:
        opened = next(message for message in self.received if message["type"] == "stream-opened")
        session_id: str = opened["session_id"]
        return session_id

    def say(self, message: dict[str, Any]) -> None:
        self.connection.send(json.dumps(message))

    def hear(self, pcm: bytes, position: int) -> None:
        """Send audio; a frame begins with the position of its first sample."""
        self.connection.send(position.to_bytes(8, "little") + pcm)

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message that is wanted."""
        while True:
            message: dict[str, Any] = json.loads(self.connection.recv(_SECONDS))
            self.received.append(message)
            if wanted(message):
                return message

    def until_type(self, name: str) -> dict[str, Any]:
        """The next message or event of this type."""
        return self.until(lambda message: message["type"] == name)


@contextmanager
def opened_session(served: ServedStt, opening: dict[str, Any] | None = None) -> Iterator[SessionSocket]:
    """A new session to which this client sends its audio."""
    headers = dict(served.headers)
    with connect(f"ws://{served.address}/api/v1/sessions/stream", additional_headers=headers) as connection:
        socket = SessionSocket(connection)
        socket.say(OPENING if opening is None else opening)
        socket.until_type("stream-opened")
        yield socket
