"""A client that sends a recording and gathers events, loses its connection where it is told to, and comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.adapters.web.stream.stream_rig import NEW, StreamClient

__all__ = ["Cut", "ResumingClient"]

_HARMLESS = {
    "session-not-running": "the end was said before, and heard",
    "audio-missing": "the end was said before an overflow was heard of",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where the connection is lost: behind so many messages that were sent, or that were received."""

    behind: Literal["sent", "received"]
    count: int
    by_reset: bool


class _LostError(ConnectionError):
    """The connection is cut."""


@dataclass
class ResumingClient:
    """Everything that a client has to keep: how far it has got in both directions. ``run`` is called once.

    ``audio``: 16-bit or 32-bit numbers as ``declared``; a position counts ``unit_bytes``.
    """

    address: str
    key: str
    audio: bytes
    declared: Mapping[str, object]
    settings: Mapping[str, object]
    unit_bytes: int
    frame_units: int
    cut: Cut | None = None
    timeout_seconds: float = 100.0
    session_id: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    accepted: int = 0
    position: int = 0
    is_held_up: bool = False
    has_said_end: bool = False
    is_over: bool = False
    connections: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {"sent": 0, "received": 0})

    def run(self) -> None:
        """Send everything, and gather events until the session is over."""
        while not self.is_over:
            client = self._connected()
            try:
                self._converse(client)
            except _LostError:
                self._lose(client)
            finally:
                client.close()

    def _connected(self) -> StreamClient:
        self.connections += 1
        path = f"/api/v1/sessions/{self.session_id}/stream" if self.session_id else NEW
        client = StreamClient(self.address, path)
        client.raw.socket.settimeout(self.timeout_seconds)
        return client

    def _converse(self, client: StreamClient) -> None:
        self.is_held_up = self.has_said_end = False
        new = {} if self.session_id else {"key": self.key, "settings": self.settings}
        client.say("open", after=len(self.events), audio=self.declared, **new)
        self._count("sent")
        self._heed(client.hear())
        self.position = self.accepted
        while True:
            while client.has_more() or self.is_held_up or self.has_said_end:
                if not self._heed(client.hear()):
                    return
            first, end = (place * self.unit_bytes for place in (self.position, self.position + self.frame_units))
            if self.audio[first:end]:
                client.sound(self.position, self.audio[first:end])
                self.position += self.frame_units
            else:
                client.say("end-audio")
                self.has_said_end = True
            self._count("sent")

    def _heed(self, message: dict[str, Any]) -> bool:
        """Take a message in; whether the stream goes on."""
        if "seq" in message:
            assert message["seq"] == len(self.events) + 1, "an event is lost or comes twice"
            self.events.append(message)
        elif message["type"] == "stream-opened":
            self.session_id = message["session_id"]
            assert message["after"] == len(self.events)
            self.accepted = message["next_position"] or self.accepted
        elif message["type"] == "audio-accepted":
            assert message["next_position"] > self.accepted
            self.accepted = message["next_position"]
        elif message["type"] == "stream-ended":
            self.is_over = True
            return False
        elif message["type"] == "audio-overflow":
            self.is_held_up = True
            self.has_said_end = False  # the server refuses it
        elif message["type"] == "audio-resumable":
            self.is_held_up = False
            self.position = self.accepted = message["next_position"]
        else:
            assert message["type"] == "command-done" or message["code"] in _HARMLESS, message
        self._count("received")
        return True

    def _count(self, what: Literal["sent", "received"]) -> None:
        self.counts[what] += 1
        if self.cut is not None and (self.cut.behind, self.cut.count) == (what, self.counts[what]):
            raise _LostError

    def _lose(self, client: StreamClient) -> None:
        if self.cut is not None and self.cut.by_reset:
            client.raw.reset()
