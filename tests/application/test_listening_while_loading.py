"""A session may hear its source from the first moment, while the model for its texts is still being loaded."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.application.rig import TIMEOUT_SECONDS, WITHOUT_PARTIALS, Rig, silence, texts
from tests.application.slow_to_load import SlowToLoad
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.ports.event_store import StoredEvent
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

AT_ONCE = replace(WITHOUT_PARTIALS, listens_while_loading=True)
SPEECH = np.concatenate((spoken(1, 2), silence(1)))


@pytest.fixture
def engines() -> SlowToLoad:
    return SlowToLoad()


@pytest.fixture
def rig(engines: SlowToLoad) -> Iterator[Rig]:
    rig = Rig(engines=engines)
    yield rig
    engines.gate.set()
    assert rig.orchestrator.close(TIMEOUT_SECONDS)


def test_what_is_said_before_the_model_is_loaded_is_written_afterwards(rig: Rig, engines: SlowToLoad) -> None:
    session_id, watch = rig.start(AT_ONCE)
    rig.source.hear(SPEECH)
    watch.until(e.SpeechEnded)
    assert e.UtteranceTranscribed.type not in watch.types
    engines.gate.set()
    watch.until(e.UtteranceTranscribed)
    assert texts(rig.finish(session_id)) == ["word1 word2"]


def test_a_stop_while_the_model_is_loaded_waits_for_nothing_when_nothing_was_said(rig: Rig) -> None:
    session_id, _ = rig.start(AT_ONCE)
    rig.source.hear(silence(1))
    assert rig.orchestrator.stop_pipeline(session_id, TIMEOUT_SECONDS)
    assert rig.over(session_id)[-1].event.type == "session-stopped"


def test_a_model_that_cannot_be_loaded_fails_the_session_and_finishes_its_utterances() -> None:
    engines = SlowToLoad()
    rig = Rig(engines=engines)
    session_id, watch = rig.start(AT_ONCE)
    rig.source.hear(SPEECH)
    watch.until(e.SpeechEnded)
    engines.load_failure = SpeechToTextError("There is no room for the model.")
    engines.gate.set()
    log = [stored.event for stored in rig.over(session_id)]
    failures = [event for event in log if isinstance(event, e.TranscriptionFailed)]
    assert [failure.code for failure in failures] == ["speech-to-text"]
    assert isinstance(log[-1], e.SessionFailed)
    assert log[-1].message == "There is no room for the model."
    assert rig.source.is_stopped
    assert rig.orchestrator.close(TIMEOUT_SECONDS)


def test_a_defect_in_loading_fails_the_session_with_the_code_of_the_models() -> None:
    failure: Any = ZeroDivisionError("on purpose")
    rig = Rig(engines=ScriptedEngines(load_failure=failure))
    session_id, _ = rig.start(AT_ONCE)
    last = rig.over(session_id)[-1].event
    assert isinstance(last, e.SessionFailed)
    assert (last.code, last.message) == ("speech-to-text", "on purpose")
    assert rig.orchestrator.close(TIMEOUT_SECONDS)


def test_a_stop_that_is_only_asked_for_returns_at_once_and_gives_up_by_itself(rig: Rig) -> None:
    session_id, watch = rig.start(AT_ONCE)
    rig.source.hear(SPEECH)
    watch.until(e.SpeechEnded)
    rig.orchestrator.request_stop(session_id, timeout_seconds=0.1)
    assert rig.source.is_stopped
    log = [stored.event for stored in rig.over(session_id)]
    failures = [event.code for event in log if isinstance(event, e.TranscriptionFailed)]
    assert failures == ["transcription-abandoned"]


def test_a_stop_that_a_subscriber_asks_for_gives_up_by_itself_too(rig: Rig) -> None:
    asked = threading.Event()

    def stop(stored: StoredEvent) -> None:
        if isinstance(stored.event, e.SpeechEnded):
            rig.orchestrator.stop_pipeline(stored.session_id, timeout_seconds=0.1)
            asked.set()

    session_id, _ = rig.start(AT_ONCE, stop)
    rig.source.hear(SPEECH)
    assert asked.wait(TIMEOUT_SECONDS)
    assert rig.over(session_id)[-1].event.type == "session-stopped"


def test_the_shortest_patience_counts(rig: Rig) -> None:
    session_id, watch = rig.start(AT_ONCE)
    rig.source.hear(SPEECH)
    watch.until(e.SpeechEnded)
    rig.orchestrator.request_stop(session_id, timeout_seconds=1000.0)
    assert not rig.orchestrator.wait(session_id, timeout_seconds=0.05)
    assert rig.orchestrator.stop_pipeline(session_id, timeout_seconds=0.0)


def test_asking_a_session_to_stop_that_is_over_asks_nobody(rig: Rig) -> None:
    session_id, _ = rig.start(AT_ONCE)
    rig.orchestrator.stop_pipeline(session_id)
    rig.orchestrator.request_stop(session_id)
