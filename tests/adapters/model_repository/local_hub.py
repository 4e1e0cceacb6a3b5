"""A Hugging Face hub on this machine: the few requests that fetching a model makes, answered from memory."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

__all__ = ["LocalHub", "closed_port_endpoint", "running_hub"]

COMMIT: Final = "0123456789abcdef0123456789abcdef01234567"
_LARGE_BYTES: Final = 1000
"""Larger files are kept by their SHA-256, as the hub does with those of several megabytes."""


@dataclass
class LocalHub:
    """``repositories`` by name, each with its files; ``refusal`` is the status with which everything is refused.

    Files named in ``withheld`` are listed, and not given out. ``requests`` are the paths that were asked for, and
    ``user_agents`` what those who asked said of themselves.
    """

    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refusal: tuple[int, dict[str, str]] | None = None
    withheld: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)
    user_agents: set[str] = field(default_factory=set)
    endpoint: str = ""

    def publish(self, repository: str, folder: Path, *more: str) -> None:
        """Take the folder's files, and empty ones of the names ``more``."""
        files = {file.name: file.read_bytes() for file in folder.iterdir()}
        self.repositories[repository] = files | dict.fromkeys(more, b"")


class _Published(NamedTuple):
    name: str
    content: bytes

    @property
    def sha256(self) -> str | None:
        return hashlib.sha256(self.content).hexdigest() if len(self.content) > _LARGE_BYTES else None

    @property
    def git_digest(self) -> str:
        return hashlib.sha1(b"blob %d\0" % len(self.content) + self.content).hexdigest()

    def large(self) -> dict[str, Any]:
        sha256 = self.sha256
        sizes = {"sha256": sha256, "oid": sha256, "size": len(self.content), "pointerSize": 130}
        return {"lfs": sizes} if sha256 else {}


@contextmanager
def running_hub() -> Iterator[LocalHub]:
    """A hub that answers at its ``endpoint``."""
    hub = LocalHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def closed_port_endpoint() -> str:
    """Where nobody listens, for the port was given back."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_address[1]}"


def _handler(hub: LocalHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def log_message(self, *_: object) -> None:
            """Keeps quiet."""

        def _answer(self, *, with_body: bool) -> None:
            path = urlsplit(self.path).path
            hub.requests.append(path)
            hub.user_agents.add(self.headers["User-Agent"])
            status, headers, body = _response(hub, path)
            if "Range" in self.headers:
                first = int(re.findall(r"\d+", self.headers["Range"])[0])
                status, body = 206, body[first:]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if with_body:
                self.wfile.write(body)

    return Handler


def _response(hub: LocalHub, path: str) -> tuple[int, dict[str, str], bytes]:
    if hub.refusal:
        return *hub.refusal, b"{}"
    as_api = re.fullmatch(r"/api/models/([^/]+/[^/]+)(/tree/.*)?(/revision/.*)?", path)
    as_file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path)
    repository = (as_api or as_file or [None, ""])[1]
    if repository not in hub.repositories:
        return 404, {"X-Error-Code": "RepoNotFound"}, b"{}"
    files = [_Published(name, content) for name, content in hub.repositories[repository].items()]
    if as_file:
        return _file(next(file for file in files if file.name == as_file[2]), hub)
    assert as_api
    tree = [
        {"type": "file", "path": f.name, "size": len(f.content), "oid": f.git_digest, **f.large()} for f in files
    ]
    siblings = [{"rfilename": f.name, "size": len(f.content), "blobId": f.git_digest, **f.large()} for f in files]
    info = {"id": repository, "modelId": repository, "sha": COMMIT, "siblings": siblings, "tags": []}
    return 200, {"Content-Type": "application/json"}, json.dumps(tree if as_api[2] else info).encode()


def _file(file: _Published, hub: LocalHub) -> tuple[int, dict[str, str], bytes]:
    if file.name in hub.withheld:
        return 403, {}, b""
    etag = f'"{file.sha256 or file.git_digest}"'
    return 200, {"X-Repo-Commit": COMMIT, "ETag": etag, "X-Linked-ETag": etag}, file.content
