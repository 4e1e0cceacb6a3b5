"""Plays what the page of 0.1 was recorded to send, and compares what it is answered and told with what it was."""

import http.client
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from simple_websocket import Client
from tests.adapters.web.legacy.events_client import EventsClient
from tests.application.rig import TIMEOUT_SECONDS

__all__ = ["CONVERSATIONS", "ORIGIN", "OldPage", "PlainPage", "Step", "play"]

Step = Mapping[str, Any]

_RECORDED: Final = json.loads((Path(__file__).parent / "old_web_client.json").read_text())
ORIGIN: Final[str] = _RECORDED["origin"]
CONVERSATIONS: Final[Mapping[str, Sequence[Step]]] = _RECORDED["conversations"]

_SPEECH: Final = "<speech>"


class OldPage(Protocol):
    """Whoever sends what the page sent."""

    def send(self, method: str, path: str, body: object) -> tuple[int, Any]:
        """The status and the JSON of the answer; ``body`` None is none."""
        ...

    def open(self, path: str) -> None:
        """Open the socket; returns once it is open."""
        ...

    def close(self) -> None:
        """Close the socket."""
        ...

    def frame(self, is_it: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        """The next frame that is it; those before it are passed over, as the page passes them over."""
        ...


def play(
    steps: Sequence[Step], page: OldPage, hear: Callable[[str], None], is_speech: Callable[[str], bool]
) -> None:
    """Take the steps; ``hear`` has the microphone hear what its argument names, ``is_speech`` knows its text."""
    for step in steps:
        if "sends" in step:
            method, path, *body = step["sends"]
            status, answer = page.send(method, path, body[0] if body else None)
            expected_status, expected = step["is_answered"]
            assert (status, is_part(expected, answer)) == (expected_status, True), (step, answer)
        elif "opens" in step:
            page.open(step["opens"])
        elif "closes" in step:
            page.close()
        elif "hears" in step:
            hear(step["hears"])
        else:
            wanted = {key: value for key, value in step["is_told"].items() if value != _SPEECH}
            frame = page.frame(lambda each, wanted=wanted: is_part(wanted, each))  # type: ignore[misc]
            assert "text" not in step["is_told"] or is_speech(frame["text"]), frame


def is_part(expected: object, actual: object) -> bool:
    """Whether all of it is there; objects may have more in them."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and is_part(value, actual[name]) for name, value in expected.items()
        )
    return expected == actual


@dataclass
class PlainPage:
    """Sends over plain connections what a browser sends for a page that was opened as a file."""

    address: str
    socket: Client | None = None
    events: EventsClient | None = None
    seen: int = 0
    allowed: list[str | None] = field(default_factory=list)

    def send(self, method: str, path: str, body: object) -> tuple[int, Any]:
        content = None if body is None else json.dumps(body)
        headers = {"Origin": ORIGIN}
        if content is not None:
            self._ask_first(method, path)
            headers["Content-Type"] = "application/json"
        response, answer = self._request(method, path, content, headers)
        self.allowed.append(response.getheader("Access-Control-Allow-Origin"))
        return response.status, json.loads(answer)

    def open(self, path: str) -> None:
        self.socket = Client(f"ws://{self.address}{path}", headers={"Origin": ORIGIN})
        self.events = EventsClient(self.socket)
        self.events.until_told()
        self.seen = len(self.events.frames)

    def close(self) -> None:
        assert self.socket is not None
        self.socket.close()

    def frame(self, is_it: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        assert self.events is not None
        while True:
            if self.seen == len(self.events.frames):
                self.events.next()
            frame = self.events.frames[self.seen]
            self.seen += 1
            if is_it(frame):
                return frame

    def _ask_first(self, method: str, path: str) -> None:
        """What a browser asks before it sends JSON for a page of another origin."""
        headers = {
            "Origin": ORIGIN,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "content-type",
        }
        response, _ = self._request("OPTIONS", path, None, headers)
        assert response.status in (200, 204)
        assert response.getheader("Access-Control-Allow-Origin") in (ORIGIN, "*")
        assert method in (response.getheader("Access-Control-Allow-Methods") or "")
        assert "content-type" in (response.getheader("Access-Control-Allow-Headers") or "").lower()

    def _request(
        self, method: str, path: str, content: str | None, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(self.address, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, content, dict(headers))
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()
