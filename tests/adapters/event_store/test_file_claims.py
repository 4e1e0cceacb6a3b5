"""Claims by locked files hold between processes, die with them, and leave nothing behind."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from realtime_mlx_stt.adapters.event_store.file_claims import FileSessionClaims
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import EventStoreError

SESSION = SessionId("1j5zqm0k2-8w3xq")
PROGRAM = Path(__file__).with_name("claiming_program.py")
SOURCES = Path(__file__).parents[3] / "src"
TIMEOUT_SECONDS = 30.0


@contextmanager
def claiming_program(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", bool]]:
    """A program that tries to claim the session and lives on, and whether it could."""
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), str(folder), SESSION],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
    ) as program:
        try:
            assert program.stdout is not None
            yield program, program.stdout.readline() == "True\n"
        finally:
            program.kill()
            program.wait(TIMEOUT_SECONDS)


def open_descriptors() -> int:
    return len(os.listdir("/dev/fd"))


def test_a_claim_dies_with_its_process(tmp_path: Path) -> None:
    claims = FileSessionClaims(tmp_path)
    with claiming_program(tmp_path) as (program, is_claimed):
        assert is_claimed
        assert not claims.claim(SESSION)
        program.kill()
        program.wait(TIMEOUT_SECONDS)
        assert claims.claim(SESSION)


def test_a_claim_of_this_process_is_seen_by_another(tmp_path: Path) -> None:
    claims = FileSessionClaims(tmp_path)
    assert claims.claim(SESSION)
    with claiming_program(tmp_path) as (_, is_claimed):
        assert not is_claimed
    claims.release(SESSION)
    with claiming_program(tmp_path) as (_, is_claimed):
        assert is_claimed


def test_programs_started_meanwhile_do_not_inherit_the_claim(tmp_path: Path) -> None:
    claims = FileSessionClaims(tmp_path)
    assert claims.claim(SESSION)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False):
        claims.release(SESSION)
        assert FileSessionClaims(tmp_path).claim(SESSION)


def test_two_objects_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    first, second = FileSessionClaims(tmp_path), FileSessionClaims(tmp_path)
    assert first.claim(SESSION)
    assert not second.claim(SESSION)
    second.release(SESSION)
    assert not second.claim(SESSION)
    first.release(SESSION)
    assert second.claim(SESSION)
    assert not first.claim(SESSION)


def test_while_files_come_and_go_only_one_holds_the_claim(tmp_path: Path) -> None:
    begin = threading.Barrier(4)
    holders: list[int] = []
    most_at_once: list[int] = []

    def run(number: int) -> None:
        claims = FileSessionClaims(tmp_path)
        begin.wait(TIMEOUT_SECONDS)
        for _ in range(200):
            if claims.claim(SESSION):
                holders.append(number)
                most_at_once.append(len(holders))
                holders.remove(number)
                claims.release(SESSION)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)
    assert set(most_at_once) == {1}


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    claims = FileSessionClaims(tmp_path / "running")
    before = open_descriptors()
    for number in range(20):
        claims.claim(SessionId(f"session-{number}"))
        claims.claim(SessionId(f"session-{number}"))
        FileSessionClaims(tmp_path / "running").claim(SessionId(f"session-{number}"))
    for number in range(20):
        claims.release(SessionId(f"session-{number}"))
    assert list((tmp_path / "running").iterdir()) == []
    assert open_descriptors() == before


def test_a_claim_whose_file_is_gone_can_still_be_released(tmp_path: Path) -> None:
    claims = FileSessionClaims(tmp_path)
    before = open_descriptors()
    assert claims.claim(SESSION)
    lock = tmp_path / f"{SESSION}.lock"
    lock.unlink()
    lock.mkdir()  # what stands there now cannot be removed as a file
    claims.release(SESSION)
    assert open_descriptors() == before
    lock.rmdir()
    assert claims.claim(SESSION)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    before = open_descriptors()
    with pytest.raises(EventStoreError, match="cannot be noted") as raised:
        FileSessionClaims(tmp_path / "file").claim(SESSION)
    assert raised.value.code == "event-store"
    assert "--ephemeral" in str(raised.value)
    assert open_descriptors() == before


def test_the_folder_is_its_user_s_alone(tmp_path: Path) -> None:
    claims = FileSessionClaims(tmp_path / "running")
    assert claims.claim(SessionId("one"))
    assert stat.S_IMODE((tmp_path / "running").stat().st_mode) == 0o700
    claims.release(SessionId("one"))
