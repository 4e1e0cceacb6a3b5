"""Chromium as a test's client: its microphone hears a sound file, and every page says what went wrong in it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserType, ConsoleMessage, Page, expect, sync_playwright

__all__ = ["PATIENCE_MILLISECONDS", "PageWatch", "another", "chromium", "opened_page"]

PATIENCE_MILLISECONDS: Final = 60_000
"""Far longer than anything in a page takes, even on a busy machine; everything that is expected of one has it."""

_EXECUTABLE: Final = "/usr/bin/chromium"
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


@dataclass
class PageWatch:
    """What a page did that it should not: errors on its console, and requests to somebody else.

    ``foreseen`` are patterns of errors that a test brings about, whenever the browser gets to tell of them.
    """

    page: Page
    host: str
    foreseen: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._errors: list[str] = []
        self.page.on("pageerror", lambda error: self._errors.append(str(error)))
        self.page.on("console", self._listen)
        self.page.on("request", lambda request: self._look_at(request.url))
        self.page.on("websocket", lambda opened: self._look_at(opened.url))

    @property
    def errors(self) -> list[str]:
        """The errors that nobody foresaw."""
        return [error for error in self._errors if not any(re.search(each, error) for each in self.foreseen)]

    def _listen(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self._errors.append(f"{said.text} ({said.location.get('url', '')})")

    def _look_at(self, address: str) -> None:
        if urlsplit(address).netloc != self.host and not address.startswith(("blob:", "data:")):
            self.foreign.append(address)


@contextmanager
def chromium(microphone: Path | None = None) -> Iterator[Browser]:
    """A browser whose microphone plays ``microphone`` once, from the moment at which it is opened."""
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright, _launched(playwright.chromium, microphone) as browser:
        yield browser


@contextmanager
def another(browser: Browser, microphone: Path) -> Iterator[Browser]:
    """One more beside this one, with another microphone."""
    with _launched(browser.browser_type, microphone) as launched:
        yield launched


@contextmanager
def _launched(kind: BrowserType, microphone: Path | None) -> Iterator[Browser]:
    heard = () if microphone is None else (f"--use-file-for-fake-audio-capture={microphone}%noloop",)
    browser = kind.launch(
        executable_path=_EXECUTABLE, headless=True, args=[*_ARGUMENTS, *heard], timeout=PATIENCE_MILLISECONDS
    )
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def opened_page(
    browser: Browser,
    host: str,
    path: str = "/",
    *,
    size: tuple[int, int] = (1360, 850),
    theme: Literal["dark", "light"] = "light",
    motion: Literal["no-preference", "reduce"] = "no-preference",
) -> Iterator[PageWatch]:
    """A page of a context of its own, at ``path`` of the server; ``size`` is its width and height in pixels."""
    context = browser.new_context(
        base_url=f"http://{host}",
        permissions=["microphone", "clipboard-read", "clipboard-write"],
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,
        reduced_motion=motion,
        locale="en-GB",
    )
    try:
        watch = PageWatch(page=context.new_page(), host=host)
        watch.page.set_default_timeout(PATIENCE_MILLISECONDS)
        watch.page.goto(path)
        yield watch
    finally:
        context.close()
