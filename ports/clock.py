"""Defines the clock, and the names of new sessions."""

from typing import Protocol

from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["Clock", "SessionIds"]


class Clock(Protocol):
    """Tells the time; tests use one that is set by hand."""

    def now(self) -> float:
        """Seconds since 1970, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...


class SessionIds(Protocol):
    """Gives names to sessions."""

    def new(self) -> SessionId:
        """A name that no session had before; names given later sort behind earlier ones."""
        ...
