"""Describes what the server serves: an application that is opened, and ended, in the process that serves it."""

from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["OpenApplication", "ServedApplication"]


class ServedApplication(Protocol):
    """An opened application. It is ended in two steps, so that clients can be told before it stops."""

    @property
    def wsgi(self) -> Callable[..., Any]:
        """What answers requests."""
        ...

    def begin_end(self, when_told: Callable[[], None]) -> None:
        """Announce the server's end to clients, and begin to stop what runs; does not wait. Called once.

        ``when_told`` is called on any thread when everything owed has been told and nothing that lasts is open any
        more.
        """
        ...

    def end(self) -> None:
        """Release everything, without waiting for long. Idempotent."""
        ...


OpenApplication = Callable[[], ServedApplication]
"""Opens the application, after the fork: neither models nor databases go through one.

It raises a ``RealtimeSttError`` when it cannot be opened.
"""
