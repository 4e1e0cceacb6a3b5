"""What each test is given: an orchestrator, which must leave no thread behind, or a queue of inference alone."""

import threading
from collections.abc import Iterator

import pytest
from tests.application.rig import TIMEOUT_SECONDS, Rig
from tests.fakes.speech_to_text import ScriptedEngines

from realtime_mlx_stt.application.inference.queue import InferenceQueue


@pytest.fixture
def rig() -> Iterator[Rig]:
    before = set(threading.enumerate())
    made = Rig()
    yield made
    made.orchestrator.close(TIMEOUT_SECONDS)
    assert {thread.name for thread in set(threading.enumerate()) - before} == set()


@pytest.fixture
def engines() -> ScriptedEngines:
    return ScriptedEngines()


@pytest.fixture
def queue(engines: ScriptedEngines) -> Iterator[InferenceQueue]:
    inference = InferenceQueue(engines)
    yield inference
    assert inference.stop(TIMEOUT_SECONDS)
