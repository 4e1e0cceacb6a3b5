"""A database that may not be written or read: a clear error, also when the tests themselves may do everything."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import ListeningPaused
from realtime_mlx_stt.domain.identifiers import SessionId

PROGRAM = Path(__file__).with_name("unprivileged_program.py")
SOURCES = Path(__file__).parents[3] / "src"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can look into, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        made.chmod(0o777)
        yield made
        made.chmod(0o777)


def made_database(path: Path) -> Path:
    store = SqliteEventStore(path)
    store.append(SessionId("session"), 0, (ListeningPaused(at_sample=0), ListeningPaused(at_sample=1)), 1.0)
    store.close()
    return path


def outcome(path: Path) -> str:
    run = subprocess.run(
        [sys.executable, str(PROGRAM), str(path)],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def test_a_new_database_in_a_read_only_folder(folder: Path) -> None:
    folder.chmod(0o555)
    said = outcome(folder / "sessions.db")
    assert said.startswith("open: event-store: ")
    assert "--ephemeral" in said
    assert list(folder.iterdir()) == []


def test_a_new_folder_in_a_read_only_folder(folder: Path) -> None:
    folder.chmod(0o555)
    said = outcome(folder / "new" / "sessions.db")
    assert said.startswith("open: event-store: ")
    assert "Permission denied" in said


def test_a_database_that_may_not_be_read(folder: Path) -> None:
    path = made_database(folder / "sessions.db")
    path.chmod(0)
    before = path.stat()
    said = outcome(path)
    assert said.startswith("open: event-store: ")
    assert "Permission denied" in said
    assert path.stat() == before


def test_a_read_only_database_in_a_read_only_folder(folder: Path) -> None:
    path = made_database(folder / "sessions.db")
    before = path.read_bytes()
    path.chmod(0o444)
    folder.chmod(0o555)
    said = outcome(path)
    assert said.startswith("open: event-store: ")
    assert "permissions" in said
    assert path.read_bytes() == before


def test_a_read_only_database_can_be_read_but_not_appended_to(folder: Path) -> None:
    path = made_database(folder / "sessions.db")
    before = path.read_bytes()
    path.chmod(0o444)
    said = outcome(path)
    assert said.startswith("append: event-store: ")
    assert "permissions" in said
    assert path.read_bytes() == before


def test_a_database_that_may_be_written_is_written(folder: Path) -> None:
    path = made_database(folder / "sessions.db")
    path.chmod(0o666)
    assert outcome(path) == "2 read and one appended\n"
