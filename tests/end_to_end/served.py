"""Runs the real ``stt serve`` in a process of its own, on a free port and over an empty home."""

import http.client
import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.end_to_end.command import TIMEOUT_SECONDS, Home, Running

__all__ = ["Answer", "ServedStt", "serving_stt", "wait_until"]

_ADDRESS: Final = re.compile(r"http://(\[?[^/]+?\]?):(\d+)/")
_API: Final = "/api/v1"
_POLL_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server answered; the names of ``headers`` are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def require(self, status: int) -> "Answer":
        """This answer, if it has the status; else the test fails with all that it says."""
        assert self.status == status, self
        return self


@dataclass
class ServedStt:
    """A server that runs. ``running`` is its parent process, with what it printed."""

    running: Running
    home: Home
    host: str
    port: int
    headers: Mapping[str, str]

    @property
    def address(self) -> str:
        """Where it is, as ``127.0.0.1:8000``."""
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Where it is, as ``http://127.0.0.1:8000``; paths follow."""
        return f"http://{self.address}"

    @property
    def worker(self) -> int:
        """The process that serves."""
        return self.workers[0]

    @property
    def workers(self) -> list[int]:
        """The children of the parent process; none while a new one is being made."""
        parent = self.running.process.pid
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]

    @property
    def worker_threads(self) -> int:
        """How many threads the process that serves has."""
        return len(os.listdir(f"/proc/{self.worker}/task"))

    @property
    def worker_memory_bytes(self) -> int:
        """How much memory of the process that serves is resident."""
        status = Path(f"/proc/{self.worker}/status").read_text()
        kilobytes = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        assert kilobytes is not None
        return int(kilobytes[1]) * 1024

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request over a connection of its own; a body that is no bytes is sent as JSON."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_SECONDS)
        sent = {**self.headers, **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body, sent = json.dumps(body).encode(), {"Content-Type": "application/json", **sent}
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answered = {name.lower(): value for name, value in response.getheaders()}
            return Answer(status=response.status, headers=answered, body=response.read())
        finally:
            connection.close()

    def show(self, path: str) -> Any:
        """What the API shows below this path, which is there."""
        return self.ask("GET", f"{_API}{path}").require(200).json

    def begin_session(self, **wanted: object) -> str:
        """Begin a session that hears what is pushed, unless more is wanted of it; returns its name."""
        body = {"source": {"kind": "push"}, **wanted}
        return str(self.ask("POST", f"{_API}/sessions", body).require(201).json["session_id"])

    def running_sessions(self) -> list[str]:
        """The sessions that the server says are running."""
        return [each["session_id"] for each in self.show("/sessions")["sessions"] if each["is_running"]]

    def stop_sessions(self) -> None:
        """Stop whatever is running, and wait until the server says that nothing is."""
        for session_id in self.running_sessions():
            self.ask("POST", f"{_API}/sessions/{session_id}/stop").require(200)
        wait_until(lambda: self.running_sessions() == [])

    def is_ready(self) -> bool:
        """Whether it could write texts at once."""
        try:
            return self.ask("GET", "/ready").status == 200
        except OSError:
            return False


@contextmanager
def serving_stt(
    folder: Path,
    *arguments: str | Path,
    environment: Mapping[str, str | None] | None = None,
    token: str | None = None,
    waits_for_model: bool = True,
    launcher: Sequence[str] = (),
) -> Iterator[ServedStt]:
    """``stt serve`` with these arguments besides, on a free port; killed at the end if it has not ended.

    ``folder`` is the home of its user. With a ``token`` the server asks for it, and ``ask`` sends it.
    ``launcher`` is a command that runs the server in its own place.
    """
    home = Home(folder)
    asked: list[str | Path] = ["serve", "--port", "0", "--no-browser", *arguments]
    if token is not None:
        asked += ["--token", token]
    with home.start(*asked, environment=environment, launcher=launcher) as running:
        assert running.wait_for("Serving at "), running.finish()
        found = _ADDRESS.search(running.lines[-1])
        assert found is not None, running.lines
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        served = ServedStt(running=running, home=home, host=found[1], port=int(found[2]), headers=headers)
        if waits_for_model:
            wait_until(served.is_ready)
        try:
            yield served
        finally:
            running.process.terminate()
            running.process.wait(TIMEOUT_SECONDS)


def wait_until(holds: Callable[[], bool], timeout_seconds: float = TIMEOUT_SECONDS) -> None:
    """Wait until it holds, looking again and again; fail when it does not in time."""
    deadline = time.monotonic() + timeout_seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        threading.Event().wait(_POLL_SECONDS)
