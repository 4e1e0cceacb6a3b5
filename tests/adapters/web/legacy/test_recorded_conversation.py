"""The conversations of the page of 0.1 go as they went, from a file and so from the origin ``null``."""

from collections.abc import Iterator

import numpy as np
import pytest
from tests.adapters.web.legacy.recorded_conversation import CONVERSATIONS, ORIGIN, PlainPage, Step, play
from tests.adapters.web.rig import FakeWebServices, WebRig, serving
from tests.application.rig import Rig, silence
from tests.fakes.speech_to_text import ScriptedEngines, spoken
from tests.fakes.wake_word import WORD_AMPLITUDES

from realtime_mlx_stt.adapters.web.server_config import ServerConfig
from realtime_mlx_stt.ports.wake_word import FRAME_SAMPLES

SOUNDS = {
    "speech": spoken(0, 0, 1, 2, 3, 0, 0, 0),
    "wake word": np.concatenate(
        [silence(0.96), np.full(FRAME_SAMPLES, WORD_AMPLITUDES[0], dtype=np.float32), silence(0.4)]
    ),
}


@pytest.fixture
def web() -> Iterator[WebRig]:
    """A server that lets pages call that are files, and knows the model that the page asks for."""
    engines = ScriptedEngines(models=("whisper-large-v3-turbo",))
    rig = WebRig(services=FakeWebServices(rig=Rig(engines=engines)), config=ServerConfig(cors_origins=(ORIGIN,)))
    yield rig
    rig.close()


@pytest.mark.parametrize("steps", CONVERSATIONS.values(), ids=CONVERSATIONS)
def test_a_recorded_conversation_of_the_old_page_goes_as_it_went(web: WebRig, steps: list[Step]) -> None:
    with serving(web.app) as address:
        page = PlainPage(address)
        play(
            steps,
            page,
            hear=lambda name: web.rig.source.hear(SOUNDS[name]),
            is_speech=lambda text: text == "word1 word2 word3",
        )
        web.closing.begin()
    assert set(page.allowed) == {ORIGIN}


def test_a_page_that_is_a_file_is_refused_unless_that_was_configured() -> None:
    web = WebRig()
    with serving(web.app) as address:
        page = PlainPage(address)
        status, answer = page.send("GET", "/system/status", None)
    assert (status, answer["code"]) == (403, "origin-refused")
    assert page.allowed == [None]
    web.close()
