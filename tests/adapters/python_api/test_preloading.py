"""The default model is loaded before anything needs it, where the environment asks for that, and nobody waits."""

import logging
import threading
from collections.abc import Iterator, Mapping

import pytest
from tests.adapters.python_api.process import FakeProcess
from tests.application.rig import TIMEOUT_SECONDS, Rig, settings
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig
from realtime_mlx_stt.adapters.python_api.model_loading import load_model
from realtime_mlx_stt.adapters.python_api.preloading import preload_if_asked
from realtime_mlx_stt.adapters.python_api.process_services import using_services
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

TORN = SpeechToTextError("The weights are torn.")


@pytest.fixture
def engines() -> ScriptedEngines:
    return ScriptedEngines(models=("whisper-large-v3-turbo", "tiny", "base"))


@pytest.fixture(autouse=True)
def process(engines: ScriptedEngines) -> Iterator[FakeProcess]:
    process = FakeProcess(Rig(engines=engines))
    with using_services(process):
        yield process
        await_preload()
    process.close()


def await_preload() -> None:
    """Wait until it is begun and the model fetched; there are no threads for that where nothing was to be."""
    for name in ("preload", "fetch-whisper-large-v3-turbo"):
        for thread in threading.enumerate():
            if thread.name == name:
                thread.join(TIMEOUT_SECONDS)


def times_loaded_before(engines: ScriptedEngines) -> int:
    """How often the model has been loaded; that of another, which comes behind the others, is waited for."""
    await_preload()
    load_model(ModelConfig(model="tiny")).exception(TIMEOUT_SECONDS)
    return len(engines.load_threads) - 1


@pytest.mark.parametrize("value", ["true", "True", " TRUE "])
def test_it_is_loaded_where_the_environment_asks_for_it(engines: ScriptedEngines, value: str) -> None:
    preload_if_asked({"PRELOAD_STT_MODELS": value})
    assert times_loaded_before(engines) == 1


def test_it_stays_loaded_whatever_others_are_used(process: FakeProcess, engines: ScriptedEngines) -> None:
    preload_if_asked({"PRELOAD_STT_MODELS": "true"})
    engines.until_loaded("whisper-large-v3-turbo")
    for model in ("tiny", "base"):
        process.rig.hear_all(spoken(1), PipelineConfig(settings=settings(model)))
    engines.until_loaded("whisper-large-v3-turbo", "base")


@pytest.mark.parametrize("environment", [{}, {"PRELOAD_STT_MODELS": "false"}, {"PRELOAD_STT_MODELS": "1"}])
def test_it_is_not_loaded_where_the_environment_does_not(
    engines: ScriptedEngines, environment: Mapping[str, str]
) -> None:
    preload_if_asked(environment)
    assert times_loaded_before(engines) == 0


def test_a_failure_is_logged(engines: ScriptedEngines, caplog: pytest.LogCaptureFixture) -> None:
    engines.load_failure = TORN
    preload_if_asked({"PRELOAD_STT_MODELS": "true"})
    assert times_loaded_before(engines) == 1
    logged = [(record.levelno, record.getMessage()) for record in caplog.records]
    assert logged == [(logging.WARNING, "The model could not be loaded beforehand: The weights are torn.")]
