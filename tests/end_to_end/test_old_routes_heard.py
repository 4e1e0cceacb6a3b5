"""What clients of 0.1 send to the old routes is written by the real model."""

import base64
import http.client
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.web.legacy.events_client import listening
from tests.end_to_end.hearing import TIMEOUT_SECONDS
from tests.end_to_end.scripted_server import ScriptedServer, scripted_server
from tests.end_to_end.sound_scenes import plain_words, scene, silence, speech

CLIPS = ("lj001-0002", "lj001-0008")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedServer]:
    with scripted_server(tmp_path_factory.mktemp("old-routes")) as made:
        yield made


def ask(server: ScriptedServer, path: str, body: object) -> Any:
    connection = http.client.HTTPConnection(server.address, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        assert response.status == 200
        return json.loads(response.read())
    finally:
        connection.close()


def said(name: str) -> list[str]:
    return plain_words(clip(name).text)


def test_audio_sent_in_pieces_is_written_under_the_name_of_the_client(server: ScriptedServer) -> None:
    ask(server, "/transcription/configure", {"engine_type": "mlx_whisper", "model_name": "tiny.en"})
    ask(server, "/transcription/session/start", {"session_id": "letters"})
    with listening(server.address) as events:
        for count, name in enumerate(CLIPS, start=1):
            pieces = np.array_split(speech(name), 5)
            for number, piece in enumerate(pieces, start=1):
                audio = base64.b64encode(piece.astype("<f4").tobytes()).decode()
                body = {"audio_data": audio, "session_id": "letters", "is_final": number == len(pieces)}
                ask(server, "/transcription/audio", body)
            frame = events.until_final(count, TIMEOUT_SECONDS)
            assert (plain_words(frame["text"]), frame["session_id"]) == (said(name), "letters")
        ask(server, "/transcription/session/stop", {"session_id": "letters"})


def test_audio_sent_over_the_socket_is_written(server: ScriptedServer) -> None:
    pcm = (scene(silence(0.3), speech(CLIPS[0]), silence(1.0)) * 32767).astype("<i2").tobytes()
    with listening(server.address) as events:
        for first in range(0, len(pcm), 3200):
            events.socket.send(pcm[first : first + 3200])
        assert plain_words(events.until_final(1, TIMEOUT_SECONDS)["text"]) == said(CLIPS[0])


def test_a_change_of_what_runs_counts_for_what_is_said_next(server: ScriptedServer) -> None:
    with listening(server.address) as events:
        ask(server, "/system/start", {"profile": "wake-word"})
        server.microphone.hear(scene(speech(CLIPS[0]), silence(1.2)))
        ask(server, "/system/config", {"wake_word": {"enabled": False}})
        server.microphone.hear(scene(speech(CLIPS[1]), silence(1.2)))
        assert plain_words(events.until_final(1, TIMEOUT_SECONDS)["text"]) == said(CLIPS[1])
        ask(server, "/system/stop", {})
        events.until_told()
    assert len(events.finals()) == 1
