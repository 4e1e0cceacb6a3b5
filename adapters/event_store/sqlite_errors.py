"""Translates SQLite's errors into the port's."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from realtime_mlx_stt.ports.event_store import (
    EventStoreBusyError,
    EventStoreCorruptError,
    EventStoreError,
    EventStoreFullError,
)

__all__ = ["translated"]

_PRIMARY_CODE: Final = 0xFF
"""SQLite's extended codes carry the primary one in their lowest byte."""


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise the port's error for any error that SQLite raises inside."""
    try:
        yield
    except sqlite3.Error as error:
        raise _error(path, error) from error


def _error(path: Path, error: sqlite3.Error) -> EventStoreError:
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY_CODE:
        case sqlite3.SQLITE_FULL:
            return EventStoreFullError(f"The disk with {path} is full; make room on it.")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return EventStoreBusyError(f"Another program holds {path} locked; close it, or use another database.")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return EventStoreCorruptError(
                f"{path} is not a whole database of this program ({error}); it was left as it is: move it away, or "
                "use another with --database."
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return EventStoreError(
                f"{path} cannot be opened for writing ({error}); check the folder's permissions, use another with "
                "--database, or none with --ephemeral."
            )
        case _:
            return EventStoreError(f"The database {path} failed: {error}.")
