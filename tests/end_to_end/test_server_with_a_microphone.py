"""A session of the server hears the server's own microphone, one of a real sound server."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.audio.sound_server import (
    PrivateSoundServer,
    VirtualMicrophone,
    needs_sound_server,
    server_environment,
)
from tests.end_to_end.command import CLIPS
from tests.end_to_end.served import ServedStt, serving_stt
from tests.end_to_end.sound_scenes import plain_words

pytestmark = needs_sound_server()

DESK = VirtualMicrophone(name="desk", rate_hz=44_100, channels=1)
CLIP = CLIPS / "lj001-0008.wav"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A home with a path that is short enough for a socket."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def sound(folder: Path) -> Iterator[PrivateSoundServer]:
    made = PrivateSoundServer(folder, (DESK,))
    made.start()
    yield made
    made.kill()


def events(served: ServedStt, path: str, after: int) -> list[dict[str, Any]]:
    """The events behind this one, waiting for the first of them."""
    answer = served.ask("GET", f"{path}/events?after={after}&wait_seconds=60")
    listed: list[dict[str, Any]] = json.loads(answer.body)["events"]
    return listed


def test_what_is_said_into_it_is_written_and_it_is_let_go_of(folder: Path, sound: PrivateSoundServer) -> None:
    with serving_stt(folder, environment=server_environment(folder)) as served:
        assert served.ask("GET", "/api/v1/devices").json["devices"]
        wishes = {"settings": {"transcription": {"model": "tiny.en"}}, "source": {"kind": "microphone"}}
        before = sound.streams()
        started = served.ask("POST", "/api/v1/sessions", wishes)
        assert started.status == 201, started.body
        path = started.headers["location"]
        sound.begin_to_play(CLIP, DESK.name)
        seq = 0
        finals: list[str] = []
        while not finals:
            news = events(served, path, seq)
            seq = news[-1]["seq"]
            finals = [each["data"]["text"] for each in news if each["type"] == "utterance-transcribed"]
        assert plain_words(finals[0]) == ["has", "never", "been", "surpassed"]
        assert served.ask("POST", f"{path}/stop", {}).status == 200
        assert sound.streams() == before
