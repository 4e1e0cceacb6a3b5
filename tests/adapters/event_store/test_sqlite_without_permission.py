"""A database that may not be written or read: a clear error, also when the tests themselves may do everything."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unprivileged import folder_in_sight, printed_by_nobody

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import ListeningPaused
from realtime_mlx_stt.domain.identifiers import SessionId

PROGRAM = Path(__file__).with_name("unprivileged_program.py")


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_in_sight(0o777) as made:
        yield made


def made_database(path: Path) -> Path:
    store = SqliteEventStore(path)
    store.append(SessionId("session"), 0, (ListeningPaused(at_sample=0), ListeningPaused(at_sample=1)), 1.0)
    store.close()
    return path


def test_a_new_database_in_a_read_only_folder(folder: Path) -> None:
    folder.chmod(0o555)
    said = printed_by_nobody(PROGRAM, folder / "sessions.db")
    assert said.startswith("open: event-store: ")
    assert "--ephemeral" in said
    assert list(folder.iterdir()) == []


def test_a_new_folder_in_a_read_only_folder(folder: Path) -> None:
    folder.chmod(0o555)
    said = printed_by_nobody(PROGRAM, folder / "new" / "sessions.db")
    assert said.startswith("open: event-store: ")
    assert "Permission denied" in said


def test_a_database_that_may_not_be_read(folder: Path) -> None:
    path = made_database(folder / "sessions.db")
    path.chmod(0)
    before = path.stat()
    said = printed_by_nobody(PROGRAM, path)
    assert said.startswith("open: event-store: ")
    assert "Permission denied" in said
    assert path.stat() == before


def test_a_read_only_database_in_a_read_only_folder(folder: Path) -> None:
    path = made_database(folder / "sessions.db")
    before = path.read_bytes()
    path.chmod(0o444)
    folder.chmod(0o555)
    said = printed_by_nobody(PROGRAM, path)
    assert said.startswith("open: event-store: ")
    assert "permissions" in said
    assert path.read_bytes() == before


def test_a_read_only_database_can_be_read_but_not_appended_to(folder: Path) -> None:
    path = made_database(folder / "sessions.db")
    before = path.read_bytes()
    path.chmod(0o444)
    said = printed_by_nobody(PROGRAM, path)
    assert said.startswith("append: event-store: ")
    assert "permissions" in said
    assert path.read_bytes() == before


def test_a_database_that_may_be_written_is_written(folder: Path) -> None:
    path = made_database(folder / "sessions.db")
    path.chmod(0o666)
    assert printed_by_nobody(PROGRAM, path) == "2 read and one appended\n"
