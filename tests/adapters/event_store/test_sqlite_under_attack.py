"""A database that is damaged, foreign, newer, locked or full: the right error, and no byte overwritten."""

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.adapters.event_store.sqlite_file import APPLICATION_ID, SCHEMA_VERSION
from realtime_mlx_stt.domain.events import ListeningPaused, ServiceDegraded, SessionEvent
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import (
    EventStoreBusyError,
    EventStoreCorruptError,
    EventStoreError,
    EventStoreFullError,
    EventStoreVersionError,
)

SESSION = SessionId("session")
EVENTS = 400
SOURCES = Path(__file__).parents[3] / "src"
TIMEOUT_SECONDS = 30.0


def event(number: int) -> SessionEvent:
    return ServiceDegraded(part=f"part-{number}", code="code", message="words " * 20)


def filled(path: Path) -> Path:
    """A closed database of a few dozen pages."""
    store = SqliteEventStore(path)
    store.append(SESSION, 0, [event(number) for number in range(EVENTS)], 1.0)
    store.close()
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return filled(tmp_path / "sessions.db")


@contextmanager
def untouched(path: Path) -> Iterator[None]:
    """Nothing in the folder may be other than before."""
    before = contents(path.parent)
    yield
    assert contents(path.parent) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {found.name: found.read_bytes() for found in folder.iterdir() if found.is_file()}


def damaged(path: Path, offset: int, replacement: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(replacement)


def use(path: Path) -> None:
    """Open the database, read all of it and append."""
    with closing(SqliteEventStore(path)) as store:
        count = len(list(store.read_all()))
        list(store.read(SESSION))
        store.sessions()
        store.append(SESSION, count, (ListeningPaused(at_sample=0),), 1.0)


def a_broken_magic(path: Path) -> None:
    damaged(path, 0, b"SQLite format 4\0")


def zeros_for_a_header(path: Path) -> None:
    damaged(path, 0, bytes(100))


def an_impossible_page_size(path: Path) -> None:
    damaged(path, 16, b"\x00\x07")


def half_of_it(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def part_of_its_header(path: Path) -> None:
    os.truncate(path, 50)


def one_byte(path: Path) -> None:
    os.truncate(path, 1)


def random_pages(path: Path) -> None:
    damaged(path, 4096 * 8, random.Random(1).randbytes(4096 * 4))


def pages_of_ones(path: Path) -> None:
    damaged(path, 4096 * 12, b"\xff" * 4096 * 3)


def all_pages_but_the_first(path: Path) -> None:
    damaged(path, 4096, random.Random(2).randbytes(path.stat().st_size - 4096))


def a_broken_schema(path: Path) -> None:
    damaged(path, 100, random.Random(3).randbytes(3996))


def random_bytes(path: Path) -> None:
    path.write_bytes(random.Random(4).randbytes(20_000))


def a_text(path: Path) -> None:
    path.write_text("Dear diary, nothing happened today.\n")


def another_programs_database(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE notes (text)")
        database.execute("INSERT INTO notes VALUES ('mine')")
        database.commit()


def another_programs_log(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA application_id = 77")
        database.execute("PRAGMA user_version = 1")
        database.execute("CREATE TABLE events (text)")


DAMAGE: list[Callable[[Path], None]] = [
    a_broken_magic,
    zeros_for_a_header,
    an_impossible_page_size,
    half_of_it,
    part_of_its_header,
    one_byte,
    random_pages,
    pages_of_ones,
    all_pages_but_the_first,
    a_broken_schema,
    random_bytes,
    a_text,
    another_programs_database,
    another_programs_log,
]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_a_damaged_or_foreign_file_is_refused_and_left_as_it_is(path: Path, damage: Callable[[Path], None]) -> None:
    damage(path)
    with untouched(path), pytest.raises(EventStoreCorruptError) as raised:
        use(path)
    assert raised.value.code == "event-store-corrupt"
    assert str(path) in str(raised.value)
    assert "--database" in str(raised.value)


@pytest.mark.parametrize("seed", range(20))
def test_random_damage_anywhere_ends_in_an_error_of_the_port_or_in_none(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    size = path.stat().st_size
    for _ in range(chance.randint(1, 5)):
        damaged(path, chance.randrange(size), chance.randbytes(chance.choice([1, 8, 300, 5000])))
    os.truncate(path, size)
    with untouched(path):
        try:
            with closing(SqliteEventStore(path)) as store:
                list(store.read_all())
                list(store.read(SESSION))
                store.sessions()
        except EventStoreError as error:
            assert str(path) in str(error) or error.code == "event-undecodable"  # noqa: PT017 - either is right


def test_a_file_with_another_programs_hot_journal_is_not_rolled_back(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    program = (
        "import os, sqlite3, sys\n"
        "database = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "database.execute('CREATE TABLE notes (text)')\n"
        "database.execute('PRAGMA cache_size = 1')\n"
        "database.execute('BEGIN')\n"
        "for _ in range(200): database.execute('INSERT INTO notes VALUES (?)', ('x' * 3000,))\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True, timeout=TIMEOUT_SECONDS)
    assert path.with_name("notes.db-journal").stat().st_size > 0
    with untouched(path), pytest.raises(EventStoreCorruptError):
        SqliteEventStore(path)


@pytest.mark.parametrize("is_gone", [True, False])
def test_the_log_of_a_database_that_is_gone_is_not_thrown_away(path: Path, is_gone: bool) -> None:
    store = SqliteEventStore(path)
    store.append(SESSION, EVENTS, (event(0),), 1.0)
    beside = path.with_name("sessions.db-wal")
    log = beside.read_bytes()
    store.close()
    assert log
    beside.write_bytes(log)
    if is_gone:
        path.unlink()
    else:
        path.write_bytes(b"")
    with untouched(path), pytest.raises(EventStoreCorruptError, match=r"sessions\.db-wal"):
        SqliteEventStore(path)


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    path.write_bytes(b"")
    use(path)
    with closing(SqliteEventStore(path)) as store:
        assert len(list(store.read_all())) == 1


def test_many_threads_make_one_database_at_once(tmp_path: Path) -> None:
    for attempt in range(10):
        path = tmp_path / f"{attempt}.db"
        with ThreadPoolExecutor(8) as pool:
            stores = list(pool.map(SqliteEventStore, [path] * 8))
        for number, store in enumerate(stores):
            store.append(SESSION, number, (event(number),), 1.0)
        assert len(list(stores[0].read_all())) == 8
        for store in stores:
            store.close()


def test_the_header_says_whose_file_it_is(path: Path) -> None:
    header = path.read_bytes()[:100]
    assert header[68:72] == b"RSTT"
    assert int.from_bytes(header[60:64], "big") == SCHEMA_VERSION
    assert int.from_bytes(header[68:72], "big") == APPLICATION_ID


def test_a_newer_schema_is_refused_and_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with untouched(path), pytest.raises(EventStoreVersionError, match="newer version") as raised:
        SqliteEventStore(path)
    assert raised.value.code == "event-store-version"


def test_a_newer_schema_that_stands_only_in_the_log_beside_it_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as running:
        running.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        assert int.from_bytes(path.read_bytes()[60:64], "big") == SCHEMA_VERSION
        with pytest.raises(EventStoreVersionError):
            SqliteEventStore(path)


@pytest.mark.parametrize("name", ["", "folder", "file.txt/sessions.db"])
def test_a_path_that_cannot_be_a_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.txt").write_text("")
    with pytest.raises(EventStoreError) as raised:
        SqliteEventStore(tmp_path / name)
    assert raised.value.code == "event-store"
    assert "--database" in str(raised.value)


@pytest.mark.parametrize("path", [Path(), Path("/"), Path("..")], ids=str)
def test_a_path_that_names_nothing_is_refused(path: Path) -> None:
    with pytest.raises(EventStoreError, match="is no file"):
        SqliteEventStore(path)


def test_what_is_no_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(EventStoreError, match="is no file"):
        SqliteEventStore(tmp_path / "pipe")


def test_missing_folders_are_made(tmp_path: Path) -> None:
    use(tmp_path / "not" / "yet" / "there" / "sessions.db")
    assert (tmp_path / "not" / "yet" / "there" / "sessions.db").is_file()


def test_a_closed_store_says_so(path: Path) -> None:
    store = SqliteEventStore(path)
    store.close()
    store.close()
    with pytest.raises(EventStoreError):
        store.append(SESSION, EVENTS, (event(1),), 1.0)
    with pytest.raises(EventStoreError):
        list(store.read(SESSION))


def test_what_is_no_text_is_an_error_of_the_port_and_stores_nothing(path: Path) -> None:
    nameless = ServiceDegraded(part="audio", code="code", message="caf\udce9.wav")
    with closing(SqliteEventStore(path)) as store:
        with pytest.raises(EventStoreError, match="service-degraded"):
            store.append(SESSION, EVENTS, (event(1), nameless), 1.0)
        assert len(list(store.read(SESSION))) == EVENTS


@contextmanager
def locked_by_another_program(path: Path, statements: str) -> Iterator[None]:
    """Another process executes the statements, and stays where it is."""
    program = (
        "import sqlite3, sys\n"
        "database = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "for statement in sys.argv[2].split(';'): database.execute(statement).fetchall()\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path), statements], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        try:
            yield
        finally:
            holder.kill()


def test_a_locked_database_is_busy_for_appends_and_can_still_be_read(path: Path) -> None:
    with closing(SqliteEventStore(path)) as store:
        with locked_by_another_program(path, "BEGIN EXCLUSIVE"):
            with pytest.raises(EventStoreBusyError) as raised:
                store.append(SESSION, EVENTS, (event(1),), 1.0)
            assert raised.value.code == "event-store-busy"
            assert len(list(store.read(SESSION))) == EVENTS
        store.append(SESSION, EVENTS, (event(1),), 1.0)


def test_a_database_that_is_held_alone_cannot_be_opened(path: Path) -> None:
    with (
        locked_by_another_program(path, "PRAGMA locking_mode = EXCLUSIVE;BEGIN EXCLUSIVE"),
        pytest.raises(EventStoreBusyError),
    ):
        SqliteEventStore(path)
    use(path)


class SmallDisk(SqliteEventStore):
    """A store whose disk holds so many pages."""

    def resize(self, pages: int) -> None:
        self._database.execute(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_loses_nothing_and_appends_work_again_when_there_is_room(path: Path) -> None:
    with closing(SmallDisk(path)) as store:
        store.resize(path.stat().st_size // 4096 + 2)
        seq = EVENTS
        with suppress(EventStoreFullError):
            while True:
                seq = store.append(SESSION, seq, [event(number) for number in range(5)], 1.0)[-1].seq
        assert [stored.seq for stored in store.read(SESSION)] == list(range(1, seq + 1))
        with pytest.raises(EventStoreFullError) as raised:
            store.append(SESSION, seq, [event(number) for number in range(50)], 1.0)
        assert raised.value.code == "event-store-full"
        assert [stored.seq for stored in store.read(SESSION)] == list(range(1, seq + 1))
        store.resize(1_000_000)
        store.append(SESSION, seq, [event(number) for number in range(50)], 1.0)
        assert [stored.seq for stored in store.read(SESSION)] == list(range(1, seq + 51))


def test_writes_that_the_system_refuses_lose_nothing_and_appends_work_again_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    run = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("write_limit_program.py")), str(path)],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    seq, code, after = run.stdout.split()
    assert code in ("event-store", "event-store-full")
    assert int(after) == int(seq) + 3 > 6
    with closing(SqliteEventStore(path)) as store:
        assert [stored.seq for stored in store.read(SessionId("limited"))] == list(range(1, int(after) + 1))


def test_two_processes_append_to_one_database_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    program = Path(__file__).with_name("appending_program.py")
    names = ["one", "two", "three"]
    running = [
        subprocess.Popen(
            [sys.executable, str(program), str(path), name, "300"],
            env={**os.environ, "PYTHONPATH": str(SOURCES)},
            stdin=subprocess.PIPE,
        )
        for name in names
    ]
    for process in running:
        process.communicate(timeout=TIMEOUT_SECONDS)
        assert process.returncode == 0
    with closing(SqliteEventStore(path)) as store:
        for name in names:
            log = list(store.read(SessionId(name)))
            assert [stored.seq for stored in log] == list(range(1, 301))
        shared = [stored.seq for stored in store.read(SessionId("shared"))]
        assert shared == list(range(1, len(shared) + 1))
        assert len(shared) >= 300
        assert len(list(store.read_all())) == 900 + len(shared)
