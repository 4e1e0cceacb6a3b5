"""What is deleted from a database is gone whole, for good, and from its bytes; otherwise all of it is there."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import ListeningPaused, ServiceDegraded
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import EventStoreBusyError, EventStoreError

PROGRAM = Path(__file__).with_name("deleting_program.py")
SOURCES = Path(__file__).parents[3] / "src"
SECRET = SessionId("secret")
OTHER = SessionId("other")
WORDS = "nobody else must ever read this"
EVENTS = 60
SESSIONS = 120


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed database of two sessions, the one longer than a page."""
    path = tmp_path / "sessions.db"
    with closing(SqliteEventStore(path)) as store:
        said = [ServiceDegraded(part=f"part-{number}", code="code", message=WORDS) for number in range(EVENTS)]
        store.append(OTHER, 0, (ListeningPaused(at_sample=0),), 1.0)
        store.append(SECRET, 0, said, 1.0)
        store.append(OTHER, 1, (ListeningPaused(at_sample=1),), 1.0)
    return path


def holds_words(path: Path) -> bool:
    """Whether a file of the database has them, wherever in it."""
    files = [file for file in path.parent.iterdir() if file.is_file()]
    assert path in files
    return any(WORDS.encode() in file.read_bytes() for file in files)


def test_no_byte_of_what_was_said_stays_behind(path: Path) -> None:
    assert holds_words(path)
    with closing(SqliteEventStore(path)) as store:
        store.append(SECRET, EVENTS, (ServiceDegraded(part="more", code="code", message=WORDS),), 2.0)
        assert store.delete(SECRET)
        assert not holds_words(path)
        assert len(list(store.read(OTHER))) == 2
    assert not holds_words(path)


def test_another_programs_reading_holds_up_no_deletion_and_is_not_disturbed(path: Path) -> None:
    with closing(SqliteEventStore(path)) as store, closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        count = "SELECT count(*) FROM events"
        assert reader.execute(count).fetchone() == (EVENTS + 2,)
        assert store.delete(SECRET)
        assert list(store.read(SECRET)) == []
        assert reader.execute(count).fetchone() == (EVENTS + 2,)
        reader.execute("COMMIT")
        assert reader.execute(count).fetchone() == (2,)


class ImpatientStore(SqliteEventStore):
    """A store that waits for no other program."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._database.execute("PRAGMA busy_timeout = 0")


def test_while_another_program_writes_nothing_is_deleted(path: Path) -> None:
    with closing(ImpatientStore(path)) as store, closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(EventStoreBusyError):
            store.delete(SECRET)
        assert len(list(store.read(SECRET))) == EVENTS
        writer.execute("ROLLBACK")
        assert store.delete(SECRET)


def test_from_a_store_that_is_read_only_nothing_can_be_deleted(path: Path) -> None:
    with closing(SqliteEventStore(path, is_read_only=True)) as store:
        for session_id in (SECRET, SessionId("unknown")):
            with pytest.raises(EventStoreError) as raised:
                store.delete(session_id)
            assert raised.value.code == "event-store"
        assert len(list(store.read(SECRET))) == EVENTS


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    path = tmp_path / "crowded.db"
    with closing(SqliteEventStore(path)) as store:
        for number in range(SESSIONS):
            events = [ListeningPaused(at_sample=sample) for sample in range(30)]
            store.append(SessionId(f"session-{number}"), 0, events, 1.0)
    return path


@pytest.mark.parametrize("killed_after", [1, 20, 40])
def test_a_killed_program_has_deleted_each_session_whole_or_not_at_all(crowded: Path, killed_after: int) -> None:
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), str(crowded)],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        said = [program.stdout.readline() for _ in range(killed_after)]
        program.kill()
        said.extend(program.stdout)
    told = {line.strip() for line in said if line.endswith("\n")}
    with closing(SqliteEventStore(crowded)) as store:
        left = {summary.session_id: summary.events for summary in store.sessions()}
        assert set(left.values()) == {30}
        assert told.isdisjoint(left)
        assert len(left) >= SESSIONS - len(told) - 1
        assert sum(1 for _ in store.read_all()) == 30 * len(left)
