"""Another engine takes over only because somebody asked for it, and then no text is lost."""

from collections.abc import Iterator

import numpy as np
import pytest
from tests.application.rig import TIMEOUT_SECONDS, Rig, silence, texts
from tests.application.stand_ins import UnansweringEngines
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.application.inference.engines_by_name import EnginesByName
from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_store import StoredEvent
from realtime_mlx_stt.ports.speech_to_text import ServiceOfflineError

LOCAL, REMOTE = "mlx_whisper", "openai"


def using(engine: str, model: str) -> SessionSettings:
    """With everything that the defaults ask for: hypotheses and speculation too."""
    return SessionSettings(transcription=TranscriptionSettings(engine=engine, model=model))


ON_MLX, ON_THE_SERVICE = using(LOCAL, "base"), using(REMOTE, "tiny")


def utterance(*numbers: int) -> AudioSamples:
    return np.concatenate([spoken(*numbers), silence(1)])


def writers(log: tuple[StoredEvent, ...]) -> list[tuple[int, str, str]]:
    """Which model wrote which utterance, in the order of the utterances."""
    finals = [stored.event for stored in log if isinstance(stored.event, e.UtteranceTranscribed)]
    return sorted((final.utterance_id, final.model, final.text) for final in finals)


@pytest.fixture
def local() -> UnansweringEngines:
    return UnansweringEngines(LOCAL)


@pytest.fixture
def remote() -> UnansweringEngines:
    engines = UnansweringEngines(REMOTE, remote=True)
    engines.gate.set()
    return engines


@pytest.fixture
def rig(local: UnansweringEngines, remote: UnansweringEngines) -> Iterator[Rig]:
    made = Rig(engines=EnginesByName({LOCAL: local, REMOTE: remote}))
    yield made
    local.gate.set()
    remote.gate.set()
    assert made.orchestrator.close(TIMEOUT_SECONDS)


def test_texts_that_are_owed_come_from_the_engine_they_were_asked_of(rig: Rig, local: UnansweringEngines) -> None:
    session_id, watch = rig.start(PipelineConfig(settings=ON_MLX))
    for number in (1, 2):
        rig.source.hear(utterance(number))
    watch.until(e.SpeechEnded, 2)

    rig.orchestrator.change_settings(session_id, ON_THE_SERVICE)
    rig.source.hear(utterance(3))
    watch.until(e.UtteranceTranscribed)  # although the other engine still owes two
    assert watch.types.count("utterance-transcribed") == 1
    local.gate.set()

    log = rig.finish(session_id)
    assert writers(log) == [(1, "base", "word1"), (2, "base", "word2"), (3, "tiny", "word3")]
    assert log_violations(log) == ()


@pytest.mark.parametrize("is_answering", [True, False])
def test_an_utterance_in_the_midst_of_the_change_is_written_whole_by_the_new_engine(
    rig: Rig, local: UnansweringEngines, *, is_answering: bool
) -> None:
    """Whether the first engine has answered for its hypotheses or not."""
    if is_answering:
        local.gate.set()
    session_id, watch = rig.start(PipelineConfig(settings=ON_MLX))
    rig.source.hear(spoken(1, 2, gap_seconds=0.3))  # a pause as well: the final text may be prepared
    rig.until_heard(session_id)
    if is_answering:
        watch.until(e.HypothesisRevised)

    rig.orchestrator.change_settings(session_id, ON_THE_SERVICE)
    rig.source.hear(utterance(3))
    watch.until(e.UtteranceTranscribed)
    local.gate.set()

    log = rig.finish(session_id)
    assert writers(log) == [(1, "tiny", "word1 word2 word3")]
    assert log_violations(log) == ()


def test_going_back_to_the_first_engine_loses_nothing_either(rig: Rig, local: UnansweringEngines) -> None:
    local.gate.set()
    session_id, _ = rig.start(PipelineConfig(settings=ON_THE_SERVICE))
    for number, settings in enumerate((ON_MLX, ON_THE_SERVICE, ON_MLX, ON_THE_SERVICE), start=1):
        rig.source.hear(utterance(number))
        rig.until_heard(session_id)
        rig.orchestrator.change_settings(session_id, settings)
    rig.source.hear(utterance(5))

    log = rig.finish(session_id)
    assert texts(log) == [f"word{number}" for number in range(1, 6)]
    assert [model for _, model, _ in writers(log)] == ["tiny", "base", "tiny", "base", "tiny"]
    assert log_violations(log) == ()


def test_an_engine_that_fails_is_replaced_by_no_other(
    rig: Rig, local: ScriptedEngines, remote: ScriptedEngines
) -> None:
    remote.failure = ServiceOfflineError("There is no network.")
    session_id, _ = rig.start(PipelineConfig(settings=ON_THE_SERVICE))
    rig.source.hear(utterance(1))
    log = rig.finish(session_id)
    (failed,) = [stored.event for stored in log if isinstance(stored.event, e.TranscriptionFailed)]
    assert (failed.code, failed.message) == ("service-offline", "There is no network.")
    assert local.load_threads == []
    assert local.calls == []


def test_an_engine_that_cannot_be_had_changes_nothing(rig: Rig, remote: UnansweringEngines) -> None:
    session_id, _ = rig.start(PipelineConfig(settings=ON_MLX))
    remote.load_failure = ServiceOfflineError("There is no network.")
    with pytest.raises(ServiceOfflineError):
        rig.orchestrator.change_settings(session_id, ON_THE_SERVICE)
    assert rig.orchestrator.running_sessions() == (session_id,)
    assert "settings-changed" not in [stored.event.type for stored in rig.store.read(session_id)]


def test_a_remote_engine_is_asked_for_final_texts_only_and_the_log_says_so(
    rig: Rig, remote: UnansweringEngines
) -> None:
    log = rig.hear_all(utterance(1, 2, 3, 4), PipelineConfig(settings=ON_THE_SERVICE))
    assert [call.final for call in remote.calls] == [True]
    started = log[0].event
    assert isinstance(started, e.SessionStarted)
    wanted = started.settings.transcription
    assert (wanted.partial_interval_seconds, wanted.speculative_finals) == (None, False)
