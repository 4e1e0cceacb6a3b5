"""Whose model writes is for whoever runs the server to say: no name that a client sends has sound sent away."""

from collections.abc import Iterator

import pytest
from tests.adapters.web.openai.realtime_client import connected, pcm
from tests.adapters.web.openai.served import Served, served, utterance, wave
from tests.fakes.speech_to_text import ScriptedEngines

from realtime_mlx_stt.adapters.web.openai.model_names import OPENAI_NAMES
from realtime_mlx_stt.adapters.web.server_config import ServerConfig
from realtime_mlx_stt.application.inference.engines_by_name import EnginesByName

COMPLETED = "conversation.item.input_audio_transcription.completed"

pytestmark = [
    pytest.mark.usefixtures("no_proxy"),
    pytest.mark.filterwarnings(r"ignore:connect\(\) must be used as a context manager:DeprecationWarning"),
]


@pytest.fixture
def here() -> ScriptedEngines:
    return ScriptedEngines()


@pytest.fixture
def away() -> ScriptedEngines:
    return ScriptedEngines(engine="openai", models=("gpt-4o-transcribe", *OPENAI_NAMES), remote=True)


@pytest.fixture
def local(here: ScriptedEngines, away: ScriptedEngines) -> Iterator[Served]:
    """A server whose own profile has the texts written here."""
    with served(EnginesByName({"mlx_whisper": here, "openai": away})) as running:
        yield running


@pytest.fixture
def remote(here: ScriptedEngines, away: ScriptedEngines) -> Iterator[Served]:
    """One whose profile has them written by the service."""
    config = ServerConfig(default_profile="by-the-service")
    with served(EnginesByName({"mlx_whisper": here, "openai": away}), config) as running:
        by_the_service = {"transcription": {"engine": "openai", "model": "gpt-4o-transcribe"}}
        running.web.rig.orchestrator.profiles.save("by-the-service", by_the_service)
        yield running


def test_all_of_openai_s_names_are_written_here(
    local: Served, here: ScriptedEngines, away: ScriptedEngines
) -> None:
    for name in OPENAI_NAMES:
        local.client.audio.transcriptions.create(model=name, file=wave(utterance(1)))
    with connected(local.client, model="gpt-4o-transcribe") as client:
        client.say(pcm(utterance(1)))
        client.until(COMPLETED)

    assert {call.model for call in here.calls} == {"tiny.en"}
    assert away.calls == []


@pytest.mark.parametrize("name", ["whisper-1", "gpt-4o-mini-transcribe"])
def test_where_the_profile_says_so_its_own_model_of_the_service_writes(
    remote: Served, here: ScriptedEngines, away: ScriptedEngines, name: str
) -> None:
    remote.client.audio.transcriptions.create(model=name, file=wave(utterance(1)))

    assert [(call.model, call.final) for call in away.calls] == [("gpt-4o-transcribe", True)]
    assert here.calls == []


def test_there_too_a_model_of_this_machine_writes_on_this_machine(
    remote: Served, here: ScriptedEngines, away: ScriptedEngines
) -> None:
    remote.client.audio.transcriptions.create(model="tiny.en", file=wave(utterance(1)))

    assert [call.model for call in here.calls] == ["tiny.en"]
    assert away.calls == []
