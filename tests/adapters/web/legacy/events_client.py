"""A client of `/events` that reads frames and can be waited with."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from simple_websocket import Client
from tests.application.rig import TIMEOUT_SECONDS

__all__ = ["EventsClient", "listening"]


@dataclass
class EventsClient:
    """The frames that came so far, in order."""

    socket: Client
    frames: list[dict[str, Any]] = field(default_factory=list)

    def until(self, event: str, count: int = 1, timeout_seconds: float = TIMEOUT_SECONDS) -> dict[str, Any]:
        """The frame of that name that comes as the ``count``-th; what comes before it is kept."""
        deadline = time.monotonic() + timeout_seconds
        while len(self.of(event)) < count:
            self.next(max(0.0, deadline - time.monotonic()))
        return self.of(event)[count - 1]

    def next(self, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Wait for the next frame."""
        message = self.socket.receive(timeout_seconds)
        assert message is not None, f"nothing came behind {self.frames}"
        self.frames.append(json.loads(message))

    def of(self, event: str) -> list[dict[str, Any]]:
        """Those of that name."""
        return [frame for frame in self.frames if frame["event"] == event]

    def finals(self) -> list[str]:
        """The final texts."""
        return [frame["text"] for frame in self.of("transcription") if frame["is_final"]]

    def until_final(self, count: int = 1, timeout_seconds: float = TIMEOUT_SECONDS) -> dict[str, Any]:
        """The frame with the ``count``-th final text."""
        seen = 0
        while len(self.finals()) < count:
            seen += 1
            self.until("transcription", seen, timeout_seconds)
        return [frame for frame in self.of("transcription") if frame["is_final"]][count - 1]

    def say(self, command: object) -> None:
        """Send a command."""
        self.socket.send(json.dumps(command))

    def until_told(self) -> None:
        """Wait until all frames of before have come: the server answers a command behind them."""
        before = len(self.of("system_status"))
        self.say({"command": "status"})
        self.until("system_status", before + 1)


@contextmanager
def listening(address: str) -> Iterator[EventsClient]:
    """A client that is told of everything from now on."""
    socket = Client(f"ws://{address}/events")
    client = EventsClient(socket)
    try:
        client.until_told()
        client.frames.clear()
        yield client
    finally:
        socket.close()
