"""Names tell when a session began, keep their order when the clock is set back, and differ between programs."""

import re
import time

from tests.fakes.clock import ManualClock

from realtime_mlx_stt.adapters.clock.session_names import SortableSessionIds
from realtime_mlx_stt.adapters.clock.system_clock import SystemClock


def test_a_name_looks_as_it_is_described() -> None:
    name = SortableSessionIds(SystemClock()).new()
    assert re.fullmatch(r"[0-9a-hjkmnp-tv-z]{9}-[0-9a-hjkmnp-tv-z]{5}", name)


def test_names_sort_by_time_over_a_thousand_years() -> None:
    clock = ManualClock(0.0)
    names = []
    for _ in range(1000):
        names.append(SortableSessionIds(clock).new())
        clock.advance(3.17e7)
    assert names == sorted(names)
    assert {len(name) for name in names} == {15}


def test_names_keep_their_order_when_the_clock_is_set_back() -> None:
    clock = ManualClock(2_000_000.0)
    session_ids = SortableSessionIds(clock)
    names = [session_ids.new()]
    clock.advance(-3600.0)
    names += [session_ids.new() for _ in range(10)]
    clock.advance(7200.0)
    names.append(session_ids.new())
    assert names == sorted(set(names))


def test_programs_that_begin_sessions_in_one_millisecond_give_different_names() -> None:
    clock = ManualClock()
    assert len({SortableSessionIds(clock).new() for _ in range(200)}) >= 199


def test_the_system_clock_tells_the_time_of_the_machine() -> None:
    before = time.time()
    now = SystemClock().now()
    assert before <= now <= time.time()
    assert SystemClock().monotonic() <= time.monotonic()
