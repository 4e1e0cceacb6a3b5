"""The Python API over a process of the test's own, whose threads are all gone afterwards."""

import threading
from collections.abc import Iterator

import pytest
from tests.adapters.python_api.process import Calls, FakeProcess
from tests.application.rig import TIMEOUT_SECONDS, Rig
from tests.application.slow_to_load import SlowToLoad

from realtime_mlx_stt.adapters.python_api.process_services import using_services


@pytest.fixture
def process() -> Iterator[FakeProcess]:
    before = set(threading.enumerate())
    made = FakeProcess()
    with using_services(made):
        yield made
    made.close()
    left = [thread for thread in set(threading.enumerate()) - before if "callbacks" in thread.name]
    for thread in left:
        thread.join(TIMEOUT_SECONDS)
    assert {thread.name for thread in set(threading.enumerate()) - before} == set()


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def slow() -> Iterator[FakeProcess]:
    """A process whose model takes until its gate opens to load."""
    engines = SlowToLoad()
    process = FakeProcess(rig=Rig(engines=engines))
    with using_services(process):
        yield process
    engines.gate.set()
    process.close()
