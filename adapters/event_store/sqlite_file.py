"""Opens the database file, and touches no file that is not this program's own."""

import sqlite3
from pathlib import Path
from typing import Final

from realtime_mlx_stt.adapters.event_store.sqlite_errors import translated
from realtime_mlx_stt.ports.event_store import (
    EventStoreCorruptError,
    EventStoreError,
    EventStoreVersionError,
)

__all__ = ["APPLICATION_ID", "SCHEMA_VERSION", "open_database"]

APPLICATION_ID: Final = 0x52535454
"""``RSTT`` in ASCII, kept in the file's header, so that the file says whose it is."""

SCHEMA_VERSION: Final = 1

_BUSY_SECONDS: Final = 2.0
"""How long to wait for another program's transaction; ours take well under a millisecond."""

_MAGIC: Final = b"SQLite format 3\0"
_VERSION_OFFSET: Final = 60
_APPLICATION_OFFSET: Final = 68
_HEADER_BYTES: Final = 100
"""The file format's header, https://www.sqlite.org/fileformat.html#the_database_header."""

_SCHEMA: Final = """
    CREATE TABLE events (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        type TEXT NOT NULL,
        version INTEGER NOT NULL,
        recorded_at REAL NOT NULL,
        data TEXT NOT NULL,
        UNIQUE (session_id, seq)
    ) STRICT
"""


def open_database(path: Path) -> sqlite3.Connection:
    """The database at ``path``, made when there is none. For use under a lock of the caller's.

    Raises:
        EventStoreCorruptError: the file is another program's, or no database.
        EventStoreVersionError: it was written by a newer version of this program.
        EventStoreError: it cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _check_header(path)
    except OSError as error:
        raise EventStoreError(f"The database {path} cannot be opened ({error.strerror}); use another.") from error
    with translated(path):
        database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _prepare(database)
        except BaseException:
            database.close()
            raise
    return database


def _check_header(path: Path) -> None:
    """Judge the file by its first bytes, before SQLite may write to it."""
    is_unfinished = path.with_name(path.name + "-journal").exists()
    if not path.exists() or path.stat().st_size == 0 or is_unfinished:
        return
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not header.startswith(_MAGIC) or _integer(header, _APPLICATION_OFFSET) != APPLICATION_ID:
        raise EventStoreCorruptError(
            f"{path} is not a database of this program; it was left as it is: name another with --database."
        )
    if _integer(header, _VERSION_OFFSET) > SCHEMA_VERSION:
        raise EventStoreVersionError(
            f"{path} was written by a newer version of this program and was left as it is: update the program, or "
            "name another database with --database."
        )


def _integer(header: bytes, offset: int) -> int:
    return int.from_bytes(header[offset : offset + 4], "big")


def _prepare(database: sqlite3.Connection) -> None:
    """Make the table if this is the first to open the file, then turn to write-ahead logging.

    The header is written before that, so that it stands in the file itself and not only in the log beside it.
    """
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version == 0:
        database.execute("BEGIN IMMEDIATE")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version == 0:
            database.execute(_SCHEMA)
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        database.execute("COMMIT")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
