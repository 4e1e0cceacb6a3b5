"""A session that is told to translate has each of its texts translated, and one that cannot is never begun."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from tests.application.rig import TIMEOUT_SECONDS, Rig, silence
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.application.log.codec import EventCodec
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.transcription import TranscriptionTask
from realtime_mlx_stt.ports.speech_to_text import NoTranslationError

TRANSLATE, TRANSCRIBE = TranscriptionTask.TRANSLATE, TranscriptionTask.TRANSCRIBE
UTTERANCE = np.concatenate([spoken(1, 2), silence(1)])


@pytest.fixture
def engines() -> ScriptedEngines:
    return ScriptedEngines()


@pytest.fixture
def rig(engines: ScriptedEngines) -> Iterator[Rig]:
    made = Rig(engines=engines)
    yield made
    assert made.orchestrator.close(TIMEOUT_SECONDS)


def config(rig: Rig, **transcription: object) -> PipelineConfig:
    return rig.orchestrator.configure_profile("vad-triggered", {"transcription": transcription})


def test_every_text_of_the_session_is_asked_for_as_the_profile_says(rig: Rig, engines: ScriptedEngines) -> None:
    rig.hear_all(UTTERANCE, config(rig, model="base", task="translate"))

    assert {call.task for call in engines.calls} == {TRANSLATE}


def test_nothing_is_translated_unless_it_is_asked_for(rig: Rig, engines: ScriptedEngines) -> None:
    rig.hear_all(UTTERANCE, config(rig, model="base"))

    assert {call.task for call in engines.calls} == {TRANSCRIBE}


def test_from_the_change_of_the_task_on_texts_are_translated(rig: Rig, engines: ScriptedEngines) -> None:
    transcribing = config(rig, model="base", partial_interval_seconds=None, speculative_finals=False)
    session_id, watch = rig.start(transcribing)
    rig.source.hear(UTTERANCE)
    watch.until(e.UtteranceTranscribed)
    settings = transcribing.settings
    translating = replace(settings, transcription=replace(settings.transcription, task=TRANSLATE))
    rig.orchestrator.change_settings(session_id, translating)
    rig.source.hear(UTTERANCE)
    rig.finish(session_id)

    assert [call.task for call in engines.calls] == [TRANSCRIBE, TRANSLATE]


@pytest.mark.parametrize("step", ["check_pipeline", "start_pipeline"])
def test_a_model_that_knows_no_other_language_is_refused_before_anything_is_heard(rig: Rig, step: str) -> None:
    with pytest.raises(NoTranslationError):
        getattr(rig.orchestrator, step)(config(rig, model="tiny.en", task="translate"))
    assert rig.orchestrator.running_sessions() == ()


def test_an_unknown_task_is_answered_with_those_there_are(rig: Rig) -> None:
    with pytest.raises(InvalidSettingError, match=r"transcription\.task must be transcribe or translate"):
        config(rig, task="sing")


def test_a_log_from_before_there_were_tasks_is_one_of_transcriptions() -> None:
    stored = b'{"settings": {"transcription": {"model": "base"}}, "source": "desk", "started_at": 1.0}'
    started = EventCodec().decode("session-started", 1, stored)

    assert isinstance(started, e.SessionStarted)
    assert started.settings.transcription.task is TRANSCRIBE
    assert SessionSettings().transcription.task is TRANSCRIBE
