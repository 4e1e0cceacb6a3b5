"""The server says at once that it lives, and when it can write texts, or why not."""

import threading
from collections.abc import Iterator

import pytest
from tests.adapters.web.rig import FakeWebServices, WebRig
from tests.application.rig import TIMEOUT_SECONDS, Rig, settings
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.adapters.web.health import begin_loading
from realtime_mlx_stt.adapters.web.server_config import ServerConfig
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError


@pytest.fixture(name="engines")
def engines_of_the_test() -> ScriptedEngines:
    return ScriptedEngines()


@pytest.fixture(name="web")
def opened(engines: ScriptedEngines) -> Iterator[WebRig]:
    web = WebRig(services=FakeWebServices(rig=Rig(engines=engines)))
    yield web
    web.close()


def settled(web: WebRig) -> tuple[int, str]:
    """The status of ``/ready`` and its word, once the loading is over."""
    is_over = threading.Event()
    for _ in range(int(TIMEOUT_SECONDS / 0.01)):
        answer = web.client.get("/ready")
        body = answer.get_json()
        if body.get("code") != "model-loading":
            return answer.status_code, body.get("code") or body["status"]
        is_over.wait(0.01)
    raise AssertionError("it is still being loaded")


def test_health_needs_nothing(web: WebRig) -> None:
    assert web.client.get("/health").json == {"status": "ok"}


def test_ready_says_that_nothing_was_loaded_then_that_it_was(web: WebRig) -> None:
    answer = web.client.get("/ready")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.get_json()["code"] == "model-not-loaded"
    begin_loading(web.app)
    assert settled(web) == (200, "ready")


def test_the_model_stays_loaded_whatever_others_are_used(web: WebRig, engines: ScriptedEngines) -> None:
    begin_loading(web.app)
    assert settled(web) == (200, "ready")
    (ready,) = engines.loaded
    for model in ("large-v3-turbo", "tiny", "base"):
        web.rig.hear_all(spoken(1), PipelineConfig(settings=settings(model)))
    engines.until_loaded(ready, "base")


def test_a_model_that_cannot_be_loaded_is_told_with_its_code(web: WebRig, engines: ScriptedEngines) -> None:
    engines.load_failure = SpeechToTextError("The weights are damaged.")
    begin_loading(web.app)
    assert settled(web) == (503, "speech-to-text")
    assert web.client.get("/ready").get_json()["detail"] == "The weights are damaged."
    assert web.client.get("/health").status_code == 200


def test_it_can_be_tried_again(web: WebRig, engines: ScriptedEngines) -> None:
    engines.load_failure = SpeechToTextError("The weights are damaged.")
    begin_loading(web.app)
    settled(web)
    engines.load_failure = None
    begin_loading(web.app)
    assert settled(web) == (200, "ready")


def test_an_unknown_profile_is_told(caplog: pytest.LogCaptureFixture) -> None:
    web = WebRig(config=ServerConfig(default_profile="no-such-profile"))
    begin_loading(web.app)
    assert settled(web) == (503, "profile-not-found")
    web.close()
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("ERROR", None)]


def test_a_server_that_loads_no_model_ahead_is_ready_at_once() -> None:
    web = WebRig(config=ServerConfig(auto_start=False))
    assert settled(web) == (200, "ready")
    web.close()


def test_a_server_that_ends_is_not_ready(web: WebRig) -> None:
    begin_loading(web.app)
    assert settled(web) == (200, "ready")
    web.closing.begin()
    assert settled(web) == (503, "server-closing")
