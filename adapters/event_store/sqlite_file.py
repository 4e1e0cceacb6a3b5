"""Opens the database file, and touches no file that is not this program's own."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from typing import Final
from urllib.parse import quote

from realtime_mlx_stt.adapters.event_store.sqlite_errors import translated
from realtime_mlx_stt.ports.event_store import (
    EventStoreCorruptError,
    EventStoreError,
    EventStoreVersionError,
)

__all__ = ["APPLICATION_ID", "SCHEMA_VERSION", "open_database", "open_for_reading", "require_database", "wipe_log"]

APPLICATION_ID: Final = 0x52535454
"""``RSTT`` in ASCII, in the file's header: it marks the file as this program's."""

SCHEMA_VERSION: Final = 1

_BUSY_SECONDS: Final = 2.0
"""How long to wait for another program's transaction; ours take well under a millisecond."""

_OPENING: Final = threading.Lock()
"""Held while a database is opened: threads that make one at once would find it locked, since SQLite does not wait
to change its kind of log.
"""

_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
"""For the user alone: what was said near a microphone is nobody else's business. SQLite gives the files beside it
the same mode.
"""

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
    with _reachable(path):
        path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        _check_file(path)
        _make_private(path)
    with _OPENING, translated(path):
        database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _prepare(database, path)
        except BaseException:
            database.close()
            raise
    return database


def open_for_reading(path: Path) -> sqlite3.Connection:
    """The database at ``path`` where nothing may be written: on a medium or in a folder that is read-only.

    Raises:
        EventStoreCorruptError, EventStoreVersionError: as of ``open_database``.
        EventStoreError: there is none, or it cannot be read.
    """
    require_database(path)
    try:
        return _open_unchanged(path, "mode=ro")
    except EventStoreError:
        if _size(_beside(path, "-wal")) > 0:
            raise
    # SQLite would make files beside the database; one that nobody can write needs none, hence immutable.
    return _open_unchanged(path, "mode=ro&immutable=1")


def require_database(path: Path) -> None:
    """Check that there is a database to be read at ``path``; nothing is made or changed.

    Raises:
        EventStoreCorruptError, EventStoreVersionError: as of ``open_database``.
        EventStoreError: there is none, or it cannot be read.
    """
    with _reachable(path):
        _check_file(path)
        is_there = _size(path) > 0
    if not is_there:
        raise EventStoreError(f"There is no database {path}; `stt listen --database` makes one.")


def wipe_log(database: sqlite3.Connection) -> None:
    """Move the write-ahead log into the file and empty it, as it still holds what was deleted.

    While another program reads there, this is left for later, when the log is written from its beginning again.
    """
    database.execute("PRAGMA busy_timeout = 0")
    try:
        with suppress(sqlite3.Error):  # what was deleted is deleted all the same
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        database.execute(f"PRAGMA busy_timeout = {round(_BUSY_SECONDS * 1000)}")


@contextmanager
def _reachable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EventStoreError(
            f"The database {path} cannot be opened ({error.strerror}); name another with --database, or keep none "
            "with --ephemeral."
        ) from error


def _make_private(path: Path) -> None:
    """Make the file, for its user alone, if there is none; an existing one is not even opened.

    Closing a file would give up all locks that the process has on it, also those of other connections.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE))


def _open_unchanged(path: Path, how: str) -> sqlite3.Connection:
    with translated(path):
        database = sqlite3.connect(
            f"file:{quote(os.fsencode(path))}?{how}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            _check_version(version, path)
        except BaseException:
            database.close()
            raise
    return database


def _check_file(path: Path) -> None:
    """Check the file's kind and first bytes, before SQLite may write to it or to the files beside it."""
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
    """Refuse a missing or empty database that has a log: SQLite would delete the log, and the last events with it.

    The size of the log must have been read before that of the file: while a database is made, the file comes first.
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
    """The file's length in bytes: 0 when there is none, and 1 when it is not a regular file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0
    return found.st_size if S_ISREG(found.st_mode) else 1


def _integer(header: bytes, offset: int) -> int:
    return int.from_bytes(header[offset : offset + 4], "big")


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    """Make the table if this is the first to open the file, then turn to write-ahead logging.

    The header is written before that, so that it is in the file itself and not only in the log beside it. A newer
    version's header may be only in the log; here SQLite has read it.
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
    database.execute("PRAGMA secure_delete = ON")  # what a user deletes is gone, and not only out of sight
