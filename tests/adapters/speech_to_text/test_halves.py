"""Work is done in two halves or at once, always all of it, and also where no thread can be had."""

import subprocess
import sys
import threading
from functools import partial

import pytest

from realtime_mlx_stt.adapters.speech_to_text.network.halves import Halves


@pytest.mark.parametrize("count", [0, 1, 2, 7])
@pytest.mark.parametrize("is_worth_it", [True, False])
def test_everything_is_done_once(count: int, *, is_worth_it: bool) -> None:
    done: list[int] = []

    with Halves() as halves:
        halves.do(lambda some: done.extend(range(count)[some]), count, is_worth_it=is_worth_it)

    assert sorted(done) == [*range(count)]


def test_the_second_half_is_done_on_another_thread_where_it_is_worth_it() -> None:
    threads: dict[int, str] = {}

    with Halves() as halves:
        halves.do(lambda some: threads.update({some.start: threading.current_thread().name}), 6, is_worth_it=True)

    assert threads[0] == threading.current_thread().name
    assert threads[3].startswith("second-half")


def test_an_error_of_either_half_is_raised() -> None:
    def fail_from(place: int, some: slice) -> None:
        if some.start == place:
            raise LookupError(place)

    for place in (0, 3):
        with Halves() as halves, pytest.raises(LookupError):
            halves.do(partial(fail_from, place), 6, is_worth_it=True)


def test_at_the_end_of_the_program_the_work_is_done_at_once() -> None:
    """Then no pool starts anything, and the texts that are owed are still to be written."""
    program = """
import atexit
from realtime_mlx_stt.adapters.speech_to_text.network.halves import Halves

def at_the_end():
    with Halves() as halves:
        halves.do(print, 6, is_worth_it=True)

atexit.register(at_the_end)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert run.stdout.split("\n") == ["slice(0, 6, None)", ""]
    assert not run.stderr
