"""What the server serves: an application that is opened in the process that serves it, and ended there."""

from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["OpenApplication", "ServedApplication"]


class ServedApplication(Protocol):
    """An opened application. It is ended in two steps, so that clients can be told before it stops."""

    @property
    def wsgi(self) -> Callable[..., Any]:
        """What answers requests."""
        ...

    def begin_end(self) -> None:
        """Tell every client that goes on for long that the server ends; does not wait for them. Idempotent."""
        ...

    def end(self) -> None:
        """Stop what runs and let go of everything, within a few seconds. Idempotent."""
        ...


OpenApplication = Callable[[], ServedApplication]
"""Opens the application, after the fork: neither models nor databases go through one.

It raises a ``RealtimeSttError`` when it cannot be opened.
"""
