"""A log is read where it is, and as it is: nothing is made, and it may be where nothing can be written."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unprivileged import folder_in_sight, printed_by_nobody

from realtime_mlx_stt.adapters.clock.system_clock import SystemClock
from realtime_mlx_stt.adapters.event_bus.blinker_bus import BlinkerEventBus
from realtime_mlx_stt.adapters.event_store.in_memory import InMemoryEventStore
from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.application.log.session_log import SessionLog
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.services import ContainerServices, open_container_services
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.domain.commands import StartSession
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.ports.event_store import EventStoreCorruptError, EventStoreError

PROGRAM = Path(__file__).with_name("reading_program.py")


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_in_sight(0o755) as made:
        yield made


def crashed(database: Path, *, keeps_log_beside: bool) -> None:
    """A database with a session that is open and that nobody runs, as after a crash."""
    live = database.with_name("live.db")
    store = SqliteEventStore(live)
    log = SessionLog(SessionId("open"), store, BlinkerEventBus(), SystemClock())
    log.execute(StartSession(settings=SessionSettings(), source="a microphone", at=0.0))
    if not keeps_log_beside:
        store.close()
    for suffix in ("", "-wal", "-shm") if keeps_log_beside else ("",):
        shutil.copyfile(f"{live}{suffix}", f"{database}{suffix}")
    store.close()
    live.unlink()


@pytest.mark.parametrize("keeps_log_beside", [True, False])
def test_a_log_on_a_read_only_medium_is_read_and_left_as_it_is(folder: Path, keeps_log_beside: bool) -> None:
    crashed(folder / "log.db", keeps_log_beside=keeps_log_beside)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for path in before:
        path.chmod(0o444)
    folder.chmod(0o555)
    assert printed_by_nobody(PROGRAM, folder / "log.db") == "open: 1, session-started\n"
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_log_that_may_not_be_read_is_an_error(folder: Path) -> None:
    crashed(folder / "log.db", keeps_log_beside=False)
    (folder / "log.db").chmod(0)
    folder.chmod(0o555)
    assert printed_by_nobody(PROGRAM, folder / "log.db") == "event-store\n"


def test_where_only_the_running_sessions_cannot_be_noted_the_log_is_read_nevertheless(tmp_path: Path) -> None:
    crashed(tmp_path / "log.db", keeps_log_beside=False)
    (tmp_path / "log.db.running").write_text("no folder")
    with open_container_services(tmp_path / "log.db") as services:
        assert [summary.last_type for summary in services.store.sessions()] == ["session-started"]


def test_what_a_crash_left_open_is_closed_where_that_can_be_written(tmp_path: Path) -> None:
    crashed(tmp_path / "log.db", keeps_log_beside=True)
    with open_container_services(tmp_path / "log.db") as services:
        assert services.store is services.store
        assert [summary.last_type for summary in services.store.sessions()] == ["session-interrupted"]


@pytest.mark.parametrize("content", [None, b""])
def test_a_database_that_is_not_there_is_an_error_and_nothing_is_made(
    tmp_path: Path, content: bytes | None
) -> None:
    database = tmp_path / "new" / "log.db"
    if content is not None:
        database.parent.mkdir()
        database.write_bytes(content)
    before = sorted(tmp_path.rglob("*"))
    with (
        open_container_services(database) as services,
        pytest.raises(EventStoreError, match="no database") as raised,
    ):
        _ = services.store
    assert raised.value.code == "event-store"
    assert sorted(tmp_path.rglob("*")) == before
    assert content is None or database.read_bytes() == content


def test_last_events_without_their_database_are_not_taken_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "log.db-wal").write_bytes(b"events")
    with open_container_services(tmp_path / "log.db") as services, pytest.raises(EventStoreCorruptError):
        _ = services.store


def test_a_user_who_has_kept_no_log_yet_has_an_empty_one(tmp_path: Path) -> None:
    settings = RuntimeSettings(
        database=tmp_path / "data" / "sessions.db",
        cache_folder=tmp_path,
        profiles_folder=tmp_path,
        recordings_folder=tmp_path,
    )
    container = Container(settings=settings)
    store = ContainerServices(container).store
    assert isinstance(store, InMemoryEventStore)
    assert store.sessions() == ()
    release(container)
    assert list(tmp_path.iterdir()) == []


def test_a_new_log_is_its_user_s_alone_and_an_old_one_stays_as_it_is(tmp_path: Path) -> None:
    database = tmp_path / "new" / "log.db"
    store = SqliteEventStore(database)
    log = SessionLog(SessionId("open"), store, BlinkerEventBus(), SystemClock())
    log.execute(StartSession(settings=SessionSettings(), source="a microphone", at=0.0))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (database.parent, *database.parent.iterdir())}
    store.close()
    assert modes == {"new": 0o700, "log.db": 0o600, "log.db-wal": 0o600, "log.db-shm": 0o600}
    database.chmod(0o640)
    SqliteEventStore(database).close()
    assert stat.S_IMODE(database.stat().st_mode) == 0o640
