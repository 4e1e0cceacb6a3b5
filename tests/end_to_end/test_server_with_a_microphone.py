"""A session of the server hears the server's own microphone, one of a real sound server."""

import json
from pathlib import Path
from typing import Any

from tests.adapters.audio.sound_server import (
    DESK,
    PrivateSoundServer,
    needs_sound_server,
    server_environment,
)
from tests.end_to_end.command import CLIPS
from tests.end_to_end.served import ServedStt, serving_stt
from tests.end_to_end.sound_scenes import plain_words

pytestmark = needs_sound_server()

CLIP = CLIPS / "lj001-0008.wav"


def events(served: ServedStt, path: str, after: int) -> list[dict[str, Any]]:
    """The events behind this one, waiting for the first of them."""
    answer = served.ask("GET", f"{path}/events?after={after}&wait_seconds=60")
    listed: list[dict[str, Any]] = json.loads(answer.body)["events"]
    return listed


def test_what_is_said_into_it_is_written_and_it_is_let_go_of(
    sound_folder: Path, sound_server: PrivateSoundServer
) -> None:
    with serving_stt(sound_folder, environment=server_environment(sound_folder)) as served:
        assert served.ask("GET", "/api/v1/devices").json["devices"]
        wishes = {"settings": {"transcription": {"model": "tiny.en"}}, "source": {"kind": "microphone"}}
        before = sound_server.streams()
        started = served.ask("POST", "/api/v1/sessions", wishes)
        assert started.status == 201, started.body
        path = started.headers["location"]
        sound_server.begin_to_play(CLIP, DESK.name)
        seq = 0
        finals: list[str] = []
        while not finals:
            news = events(served, path, seq)
            seq = news[-1]["seq"]
            finals = [each["data"]["text"] for each in news if each["type"] == "utterance-transcribed"]
        assert plain_words(finals[0]) == ["has", "never", "been", "surpassed"]
        assert served.ask("POST", f"{path}/stop", {}).status == 200
        assert sound_server.streams() == before
