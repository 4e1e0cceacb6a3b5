"""One session is held by one at a time, and others meanwhile by others."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.application.rig import TIMEOUT_SECONDS

from realtime_mlx_stt.adapters.web.session_locks import MOST_WAITING, SessionLocks, TooManyChangesError
from realtime_mlx_stt.domain.identifiers import SessionId


def test_a_session_is_held_by_one_at_a_time() -> None:
    locks, holders, most = SessionLocks(), [0], [0]

    def hold(_: int) -> None:
        with locks.holding(SessionId("one")):
            holders[0] += 1
            most[0] = max(most[0], holders[0])
            threading.Event().wait(0.001)
            holders[0] -= 1

    with ThreadPoolExecutor(MOST_WAITING) as threads:
        list(threads.map(hold, range(40), timeout=TIMEOUT_SECONDS))
    assert most == [1]


def test_another_session_is_not_held_up() -> None:
    locks = SessionLocks()
    with locks.holding(SessionId("one")), ThreadPoolExecutor(1) as threads:

        def hold() -> bool:
            with locks.holding(SessionId("another")):
                return True

        assert threads.submit(hold).result(TIMEOUT_SECONDS)


def test_no_more_wait_for_one_session_than_the_server_can_spare_threads_for() -> None:
    locks, may_go = SessionLocks(), threading.Event()

    def hold(_: int) -> bool:
        try:
            with locks.holding(SessionId("one")):
                return may_go.wait(TIMEOUT_SECONDS)
        except TooManyChangesError:
            may_go.set()
            return False

    with ThreadPoolExecutor(MOST_WAITING + 1) as threads:
        held = list(threads.map(hold, range(MOST_WAITING + 1), timeout=TIMEOUT_SECONDS))
    assert held.count(False) == 1
    assert locks.held == 0


def test_what_fails_while_it_holds_a_session_lets_it_go() -> None:
    locks = SessionLocks()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), locks.holding(SessionId("one")):
            raise ZeroDivisionError
    assert locks.held == 0
