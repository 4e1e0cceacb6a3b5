"""An orchestrator for each test, which must leave no thread behind."""

import threading
from collections.abc import Iterator

import pytest
from tests.application.rig import TIMEOUT_SECONDS, Rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    before = set(threading.enumerate())
    made = Rig()
    yield made
    made.orchestrator.close(TIMEOUT_SECONDS)
    assert {thread.name for thread in set(threading.enumerate()) - before} == set()
