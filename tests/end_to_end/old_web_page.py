"""A page that is opened as a file, as that of 0.1 was, in Chromium: it sends what a test tells it to."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page
from tests.end_to_end.browser import chromium

__all__ = ["FilePage", "file_page"]

_HTML: Final = """<!doctype html><title>As in 0.1</title><script>
const frames = [];
let socket = null;
async function send(method, address, body) {
  const wish = body === null
    ? {method} : {method, headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)};
  const answer = await fetch(address, wish);
  return [answer.status, await answer.json()];
}
function open_socket(address) {
  return new Promise((opened, failed) => {
    socket = new WebSocket(address);
    socket.onmessage = (message) => frames.push(JSON.parse(message.data));
    socket.onopen = () => opened();
    socket.onerror = () => failed(new Error("The socket failed."));
  });
}
</script>"""


@dataclass
class FilePage:
    """An ``OldPage`` in a browser; ``address`` is the server's."""

    page: Page
    address: str
    seen: int = 0

    def send(self, method: str, path: str, body: object) -> tuple[int, Any]:
        status, answer = self.page.evaluate(
            "([method, address, body]) => send(method, address, body)",
            [method, f"http://{self.address}{path}", body],
        )
        return status, answer

    def open(self, path: str) -> None:
        self.page.evaluate("(address) => open_socket(address)", f"ws://{self.address}{path}")

    def close(self) -> None:
        self.page.evaluate("() => socket.close()")

    def frame(self, is_it: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        while True:
            self.page.wait_for_function("(seen) => frames.length > seen", arg=self.seen)
            frame: Mapping[str, Any] = self.page.evaluate("(number) => frames[number]", self.seen)
            self.seen += 1
            if is_it(frame):
                return frame


@contextmanager
def file_page(address: str) -> Iterator[FilePage]:
    """The page, open; ``Origin`` is ``null`` for it, as for every file."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder) / "page.html"
        path.write_text(_HTML)
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(path.as_uri())
        yield FilePage(page, address)
