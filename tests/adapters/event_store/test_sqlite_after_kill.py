"""What ``append`` returned survives ``kill -9`` at any instant, and no append is ever stored in part."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import ServiceDegraded
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import StoredEvent

SESSION = SessionId("killed")
PROGRAM = Path(__file__).with_name("writing_program.py")
SOURCES = Path(__file__).parents[3] / "src"
DATABASES = 20
ROUNDS = 4


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not one of pytest's own, which stay after the test: this one gets a hundred megabytes."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def test_every_stored_event_is_there_after_every_kill(folder: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(PROGRAM), str(folder), str(DATABASES), str(ROUNDS)],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    printed = dict(line.split() for line in run.stdout.splitlines())
    assert len(printed) == DATABASES
    for number in range(DATABASES):
        store = SqliteEventStore(folder / f"{number}.db")
        log = tuple(store.read(SESSION))
        assert [stored.seq for stored in log] == list(range(1, len(log) + 1))
        assert len(log) >= int(printed[f"{number}.db"])
        assert_appends_are_whole(log)
        assert store.append(SESSION, len(log), [log[0].event], 2.0)
        store.close()


def assert_appends_are_whole(log: Sequence[StoredEvent]) -> None:
    """The events say which append they belong to, and how many there are in it."""
    told: list[tuple[str, str]] = []
    expected: list[tuple[str, str]] = []
    for stored in log:
        assert isinstance(stored.event, ServiceDegraded)
        told.append((stored.event.part, stored.event.code))
        if stored.event.code.startswith("1 "):
            size = int(stored.event.code.split()[-1])
            expected += [(f"append {stored.seq}", f"{place} of {size}") for place in range(1, size + 1)]
    assert told == expected
