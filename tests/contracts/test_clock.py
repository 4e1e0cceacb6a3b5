"""Every clock tells seconds that do not go back, and every giver of names gives names that sort by age."""

import threading
from collections.abc import Callable

import pytest
from tests.fakes.clock import CountingSessionIds, ManualClock

from realtime_mlx_stt.adapters.clock.session_names import SortableSessionIds
from realtime_mlx_stt.adapters.clock.system_clock import SystemClock
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.clock import Clock, SessionIds

TIMEOUT_SECONDS = 60.0


def _of_a_standing_clock() -> SortableSessionIds:
    return SortableSessionIds(ManualClock())


def _of_the_system_clock() -> SortableSessionIds:
    return SortableSessionIds(SystemClock())


@pytest.fixture(params=[SystemClock, ManualClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    make: Callable[[], Clock] = request.param
    return make()


@pytest.fixture(params=[_of_the_system_clock, _of_a_standing_clock, CountingSessionIds])
def names(request: pytest.FixtureRequest) -> SessionIds:
    make: Callable[[], SessionIds] = request.param
    return make()


def test_monotonic_time_never_goes_back(clock: Clock) -> None:
    times = [clock.monotonic() for _ in range(1000)]
    assert times == sorted(times)


def test_both_times_go_on_alike(clock: Clock) -> None:
    now, monotonic = clock.now(), clock.monotonic()
    if isinstance(clock, ManualClock):
        clock.advance(1.5)
    assert abs((clock.now() - now) - (clock.monotonic() - monotonic)) < 1.0
    assert clock.now() > 0.0


def test_names_are_new_and_sort_by_age(names: SessionIds) -> None:
    given = [names.new() for _ in range(500)]
    assert given == sorted(set(given))


def test_threads_never_get_the_same_name(names: SessionIds) -> None:
    begin = threading.Barrier(8)
    given: list[list[SessionId]] = []

    def take() -> None:
        begin.wait(TIMEOUT_SECONDS)
        given.append([names.new() for _ in range(200)])

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)
    assert all(taken == sorted(taken) for taken in given)
    assert len({name for taken in given for name in taken}) == 1600


def test_names_can_be_file_names_and_parts_of_addresses(names: SessionIds) -> None:
    for name in (names.new() for _ in range(100)):
        assert name.replace("-", "").isalnum()
        assert name.isascii()
        assert name == name.lower()
        assert len(name) <= 64
