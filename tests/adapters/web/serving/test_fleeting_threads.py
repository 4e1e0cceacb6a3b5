"""Threads are made when they are needed, never more than allowed, and end when nothing is left to do."""

import threading
from collections.abc import Callable

import pytest
from tests.application.rig import TIMEOUT_SECONDS

from realtime_mlx_stt.adapters.web.serving.fleeting_threads import FleetingThreads


def request_threads() -> int:
    return sum(thread.name.startswith("request-") for thread in threading.enumerate())


def wait_until(holds: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(int(TIMEOUT_SECONDS / 0.01)):
        if holds():
            return
        tick.wait(0.01)
    raise AssertionError("it did not come to hold")


def test_what_is_called_gives_its_outcome() -> None:
    pool = FleetingThreads(2)
    assert pool.submit(divmod, 7, 2).result(TIMEOUT_SECONDS) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 7, 0).result(TIMEOUT_SECONDS)
    pool.shutdown()


def test_work_that_is_under_way_does_not_keep_other_work_from_a_thread() -> None:
    pool = FleetingThreads(50)
    everybody = threading.Barrier(50)
    waiting = [pool.submit(everybody.wait, TIMEOUT_SECONDS) for _ in range(50)]
    assert sorted(future.result(TIMEOUT_SECONDS) for future in waiting) == list(range(50))
    pool.shutdown()


def test_no_more_threads_are_made_than_allowed_and_all_work_is_done() -> None:
    pool = FleetingThreads(3)
    may_end = threading.Event()
    held = [pool.submit(may_end.wait, TIMEOUT_SECONDS) for _ in range(20)]
    assert request_threads() <= 3
    may_end.set()
    assert all(future.result(TIMEOUT_SECONDS) for future in held)
    pool.shutdown()


def test_threads_end_when_nothing_is_left_to_do() -> None:
    pool = FleetingThreads(20)
    everybody = threading.Barrier(20)
    for future in [pool.submit(everybody.wait, TIMEOUT_SECONDS) for _ in range(20)]:
        future.result(TIMEOUT_SECONDS)
    wait_until(lambda: request_threads() == 0)
    assert pool.submit(len, "again").result(TIMEOUT_SECONDS) == 5
    pool.shutdown()


def test_after_its_end_it_takes_no_work_and_keeps_no_thread() -> None:
    pool = FleetingThreads(2)
    pool.submit(len, "").result(TIMEOUT_SECONDS)
    pool.shutdown()
    with pytest.raises(RuntimeError):
        pool.submit(len, "")
    wait_until(lambda: request_threads() == 0)
