"""A session that is claimed is running: nobody can claim it again until it is released."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from realtime_mlx_stt.adapters.event_store.file_claims import FileSessionClaims
from realtime_mlx_stt.adapters.event_store.in_memory import InMemorySessionClaims
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import SessionClaims

SESSION = SessionId("1j5zqm0k2-8w3xq")
OTHER = SessionId("1j5zqm0k3-00000")
TIMEOUT_SECONDS = 60.0


def _files(folder: Path) -> FileSessionClaims:
    return FileSessionClaims(folder / "running")


def _in_memory(_folder: Path) -> InMemorySessionClaims:
    return InMemorySessionClaims()


ALL: tuple[Callable[[Path], SessionClaims], ...] = (_files, _in_memory)


@pytest.fixture(params=ALL)
def claims(request: pytest.FixtureRequest, tmp_path: Path) -> SessionClaims:
    made: SessionClaims = request.param(tmp_path)
    return made


def test_a_session_is_claimed_once(claims: SessionClaims) -> None:
    assert claims.claim(SESSION)
    assert not claims.claim(SESSION)
    assert not claims.claim(SESSION)


def test_sessions_are_claimed_independently(claims: SessionClaims) -> None:
    assert claims.claim(SESSION)
    assert claims.claim(OTHER)
    claims.release(SESSION)
    assert not claims.claim(OTHER)
    assert claims.claim(SESSION)


def test_what_is_released_can_be_claimed_again(claims: SessionClaims) -> None:
    for _ in range(3):
        assert claims.claim(SESSION)
        claims.release(SESSION)


def test_releasing_what_is_not_claimed_does_nothing(claims: SessionClaims) -> None:
    claims.release(SESSION)
    assert claims.claim(SESSION)
    claims.release(SESSION)
    claims.release(SESSION)
    assert claims.claim(SESSION)


def test_of_many_threads_one_gets_the_claim(claims: SessionClaims) -> None:
    begin = threading.Barrier(8)
    holders: list[int] = []
    most_at_once: list[int] = []

    def run(number: int) -> None:
        begin.wait(TIMEOUT_SECONDS)
        for _ in range(50):
            if claims.claim(SESSION):
                holders.append(number)
                most_at_once.append(len(holders))
                holders.remove(number)
                claims.release(SESSION)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)
    assert set(most_at_once) == {1}
