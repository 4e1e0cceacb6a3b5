"""The models that running sessions use stay loaded; of the others one does."""

from collections.abc import Iterator

import pytest
from tests.application.rig import TIMEOUT_SECONDS, Rig, settings, silence, texts
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain.events import UtteranceTranscribed
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings


@pytest.fixture
def engines() -> ScriptedEngines:
    return ScriptedEngines()


@pytest.fixture
def rig(engines: ScriptedEngines) -> Iterator[Rig]:
    made = Rig(engines=engines)
    yield made
    made.orchestrator.close()


def using(model: str) -> PipelineConfig:
    return PipelineConfig(settings=settings(model))


def try_out(rig: Rig, *models: str) -> None:
    """Run a session with each of the models, one after the other."""
    for model in models:
        rig.hear_all(spoken(1), using(model))


def test_of_models_that_are_tried_one_after_the_other_the_last_stays(rig: Rig, engines: ScriptedEngines) -> None:
    try_out(rig, "base", "tiny", "large-v3-turbo", "tiny.en")
    engines.until_loaded("tiny.en")
    assert {thread.name for thread in engines.unload_threads} == {"inference-mlx_whisper"}


def test_the_model_of_a_session_that_runs_stays_and_writes(rig: Rig, engines: ScriptedEngines) -> None:
    session_id, watch = rig.start(using("base"))
    source = rig.source
    try_out(rig, "tiny", "tiny.en")
    engines.until_loaded("base", "tiny.en")
    loads = len(engines.load_threads)
    source.hear(spoken(1, 2))
    source.hear(silence(2.0))
    watch.until(UtteranceTranscribed)
    assert len(engines.load_threads) == loads + 1  # which found it loaded
    rig.orchestrator.stop_pipeline(session_id, TIMEOUT_SECONDS)
    assert texts(watch.events) == ["word1 word2"]
    try_out(rig, "tiny.en")
    engines.until_loaded("tiny.en")


def test_the_model_that_a_session_has_left_is_not_kept_for_it(rig: Rig, engines: ScriptedEngines) -> None:
    session_id, _ = rig.start(using("base"))
    rig.orchestrator.change_settings(session_id, settings("tiny"))
    try_out(rig, "tiny.en")
    engines.until_loaded("tiny", "tiny.en")
    rig.orchestrator.stop_pipeline(session_id, TIMEOUT_SECONDS)


def test_the_smaller_model_of_a_session_stays_for_when_it_is_needed(rig: Rig, engines: ScriptedEngines) -> None:
    chosen = TranscriptionSettings(model="base", smaller_model="tiny")
    session_id, _ = rig.start(PipelineConfig(settings=SessionSettings(transcription=chosen)))
    rig.source.hear(silence(0.1))
    rig.until_heard(session_id)
    try_out(rig, "large-v3-turbo", "tiny.en")
    engines.until_loaded("base", "tiny", "tiny.en")
    rig.orchestrator.stop_pipeline(session_id, TIMEOUT_SECONDS)


def test_what_was_loaded_ahead_stays_until_the_close(rig: Rig, engines: ScriptedEngines) -> None:
    rig.orchestrator.initialize_pipeline(using("base"))
    rig.orchestrator.load_model(settings("tiny"), for_good=True).result(TIMEOUT_SECONDS)
    try_out(rig, "large-v3-turbo", "tiny.en")
    engines.until_loaded("base", "tiny", "tiny.en")
