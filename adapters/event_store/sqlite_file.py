"""Opens the database file, and touches no file that is not this program's own."""

import sqlite3
from pathlib import Path
from stat import S_ISREG
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
        _check_file(path)
    except OSError as error:
        raise EventStoreError(
            f"The database {path} cannot be opened ({error.strerror}); name another with --database, or keep none "
            "with --ephemeral."
        ) from error
    with translated(path):
        database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _prepare(database, path)
        except BaseException:
            database.close()
            raise
    return database


def _check_file(path: Path) -> None:
    """Judge the file by its kind and its first bytes, before SQLite may write to it or to what lies beside it."""
    log_bytes = _size(_beside(path, "-wal"))
    if _size(path) == 0:
        _check_nothing_is_lost(path, log_bytes)
        return
    if not path.is_file():
        raise EventStoreError(f"{path} is no file; name another with --database.")
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not any(header) and _beside(path, "-journal").exists():
        return  # the program died while it made the database; SQLite takes back what there is
    if not header.startswith(_MAGIC) or _integer(header, _APPLICATION_OFFSET) != APPLICATION_ID:
        raise EventStoreCorruptError(
            f"{path} is not a database of this program; it was left as it is: name another with --database."
        )
    _check_version(_integer(header, _VERSION_OFFSET), path)


def _check_nothing_is_lost(path: Path, log_bytes: int) -> None:
    """SQLite would delete the write-ahead log of a database that is gone, and the last events with it.

    The log's size must be from before the file's: of a database that is being made there is first the file.
    """
    if log_bytes > 0:
        raise EventStoreCorruptError(
            f"The database {path} is empty or gone, but its last events are in {_beside(path, '-wal')}; both were "
            "left as they are: bring the database back, or move that file away."
        )


def _check_version(version: int, path: Path) -> None:
    if version > SCHEMA_VERSION:
        raise EventStoreVersionError(
            f"{path} was written by a newer version of this program and was left as it is: update the program, or "
            "name another database with --database."
        )


def _beside(path: Path, suffix: str) -> Path:
    return Path(f"{path}{suffix}")


def _size(path: Path) -> int:
    """Its length in bytes, 0 when there is none; more than that for what is no file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0
    return found.st_size if S_ISREG(found.st_mode) else 1


def _integer(header: bytes, offset: int) -> int:
    return int.from_bytes(header[offset : offset + 4], "big")


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    """Make the table if this is the first to open the file, then turn to write-ahead logging.

    The header is written before that, so that it stands in the file itself and not only in the log beside it. A
    newer version's may stand only there; here SQLite has read it.
    """
    (version,) = database.execute("PRAGMA user_version").fetchone()
    _check_version(version, path)
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
