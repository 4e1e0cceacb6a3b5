"""What is refused is refused in OpenAI's shape: its client raises the error that it has for that."""

import contextlib
import socket
import threading
from typing import Any

import numpy as np
import openai
import pytest
from tests.adapters.web.openai.raw_upload import upload
from tests.adapters.web.openai.served import Served, served, translated, two_utterances, utterance, wave
from tests.adapters.web.rig import WebRig
from tests.application.rig import TIMEOUT_SECONDS
from tests.application.stand_ins import UnansweringEngines

from realtime_mlx_stt.adapters.web.form_text import WHY_UNREADABLE
from realtime_mlx_stt.adapters.web.server_config import ServerConfig, ServerLimits
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

SOUND = wave(two_utterances())


def refused(server: Served, **options: Any) -> openai.APIStatusError:
    """What the client raises."""
    with pytest.raises(openai.APIStatusError) as caught:
        server.client.audio.transcriptions.create(**{"model": "whisper-1", "file": SOUND, **options})
    return caught.value


def test_a_broken_handshake_of_a_realtime_client_is_refused() -> None:
    web = WebRig()
    heads = {"Upgrade": "websocket", "Sec-WebSocket-Version": "12", "Sec-WebSocket-Key": "x"}
    own, other = socket.socketpair()
    with own, other:
        answer = web.client.get("/v1/realtime", headers=heads, environ_overrides={"werkzeug.socket": own})
    web.close()
    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "bad-request"


class TestModels:
    def test_the_list_has_the_models_of_this_machine_and_the_names_that_mean_the_server_s_own(
        self, server: Served
    ) -> None:
        names = [model.id for model in server.client.models.list()]
        assert {"tiny.en", "whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe"} <= set(names)
        assert {model.object for model in server.client.models.list()} == {"model"}

    def test_one_model_can_be_looked_up(self, server: Served) -> None:
        assert server.client.models.retrieve("whisper-1").id == "whisper-1"

    def test_an_unknown_model_is_not_found(self, server: Served) -> None:
        with pytest.raises(openai.NotFoundError, match="The model 'dall-e-3' does not exist") as caught:
            server.client.models.retrieve("dall-e-3")
        assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
        assert caught.value.type == "invalid_request_error"

    def test_a_model_that_is_not_here_is_not_listed_and_not_found_and_how_to_get_it_is_said(
        self, server: Served
    ) -> None:
        assert "small" not in {model.id for model in server.client.models.list()}
        with pytest.raises(openai.NotFoundError, match="`stt models pull small` fetches it"):
            server.client.models.retrieve("small")
        error = refused(server, model="small")
        assert (error.status_code, error.code, error.param) == (404, "model_not_found", "model")

    @pytest.mark.parametrize(
        "name", ["dall-e-3", "gpt-4o-transcribe-diarize", "/etc", "../models", "openai/whisper"]
    )
    def test_nothing_is_written_by_an_unknown_model(self, server: Served, name: str) -> None:
        error = refused(server, model=name)
        assert (error.status_code, error.code, error.param) == (404, "model_not_found", "model")


class TestRequests:
    @pytest.mark.parametrize(
        ("options", "parameter"),
        [
            ({"response_format": "diarized_json"}, "response_format"),
            ({"temperature": 7}, "temperature"),
            ({"timestamp_granularities": ["word"]}, "timestamp_granularities"),
            ({"response_format": "verbose_json", "timestamp_granularities": ["page"]}, "timestamp_granularities"),
            ({"stream": True, "response_format": "srt"}, "response_format"),
            ({"include": ["logprobs"]}, "include"),
            ({"model": ""}, "model"),
        ],
    )
    def test_a_wrong_parameter_is_named(self, server: Served, options: dict[str, Any], parameter: str) -> None:
        error = refused(server, **options)
        assert isinstance(error, openai.BadRequestError)
        assert (error.code, error.param, error.type) == ("invalid-parameter", parameter, "invalid_request_error")

    @pytest.mark.parametrize("name", ["prompt", "language", "model"])
    def test_a_field_that_is_not_utf8_is_refused_by_its_name(self, name: str) -> None:
        web = WebRig()
        fields = {"model": b"whisper-1", name: b"caf\xe9"}
        parts = [b'"%s"\r\n\r\n%s' % (each.encode(), value) for each, value in fields.items()]
        parts.append(b'"file"; filename="a.wav"\r\n\r\n' + SOUND)
        head = b"--b\r\nContent-Disposition: form-data; name="
        answer = web.client.post(
            "/v1/audio/transcriptions",
            data=b"".join(head + part + b"\r\n" for part in parts) + b"--b--\r\n",
            content_type="multipart/form-data; boundary=b",
        )
        web.close()
        error = answer.get_json()["error"]
        assert (answer.status_code, error["code"], error["param"]) == (400, "invalid-parameter", name)
        assert error["message"] == f"The field '{name}' of the form {WHY_UNREADABLE}."

    @pytest.mark.parametrize("content", [b"", b"this is no sound", SOUND[:40]])
    @pytest.mark.parametrize("stream", [False, True])
    def test_a_file_that_is_no_sound_is_refused(self, server: Served, content: bytes, stream: bool) -> None:
        before = server.web.rig.store.sessions()
        error = refused(server, file=("noise.wav", content), stream=stream)
        assert (error.status_code, error.code, error.param) == (400, "audio-format", "file")
        assert server.web.rig.store.sessions() == before

    def test_a_request_without_a_file_is_refused(self, server: Served) -> None:
        with pytest.raises(openai.BadRequestError, match="field 'file'"):
            server.client.post("/audio/transcriptions", cast_to=object, body={"model": "whisper-1"})

    def test_a_language_that_there_is_not_is_refused(self, server: Served) -> None:
        error = refused(server, language="klingon")
        assert (error.status_code, error.code, error.param) == (400, "unknown-language", "language")

    def test_a_model_that_knows_english_alone_does_not_translate(self, server: Served) -> None:
        with pytest.raises(openai.BadRequestError, match="writes English only") as caught:
            translated(server.client, model="whisper-1", file=SOUND)
        assert (caught.value.code, caught.value.param) == ("no-translation", "model")

    def test_an_address_that_there_is_not_is_answered_in_the_same_shape(self, server: Served) -> None:
        with pytest.raises(openai.NotFoundError) as caught:
            server.client.audio.speech.create(input="Hello", model="tts-1", voice="alloy")
        assert (caught.value.code, caught.value.type) == ("not-found", "invalid_request_error")


@pytest.mark.usefixtures("no_proxy")
class TestLimits:
    def test_a_body_that_is_too_large_is_refused(self) -> None:
        with served(config=ServerConfig(limits=ServerLimits(body_bytes=10_000))) as server:
            error = refused(server)
        assert (error.status_code, error.code) == (413, "body-too-large")

    def test_as_many_sessions_run_as_are_allowed(self) -> None:
        with served(config=ServerConfig(limits=ServerLimits(sessions=0))) as server:
            error = refused(server)
        assert isinstance(error, openai.RateLimitError)
        assert (error.code, error.type) == ("too-many-sessions", "requests")


class TestFailures:
    def test_a_text_that_cannot_be_had_is_an_error_and_no_text_with_a_hole(self, server: Served) -> None:
        server.engines.failure = SpeechToTextError("The model ran into a wall.")
        error = refused(server)
        assert isinstance(error, openai.InternalServerError)
        assert (error.code, error.type) == ("speech-to-text", "server_error")
        assert "ran into a wall" in error.message

    def test_so_it_is_in_a_stream(self, server: Served) -> None:
        server.engines.failure = SpeechToTextError("The model ran into a wall.")
        stream = server.client.audio.transcriptions.create(model="whisper-1", file=SOUND, stream=True)
        with stream, pytest.raises(openai.APIError, match="ran into a wall"):
            list(stream)

    def test_a_file_with_a_part_that_is_no_sound_has_no_text(self, server: Served) -> None:
        audio = utterance(1)
        audio[8000:8100] = np.nan
        error = refused(server, file=wave(audio))
        assert (error.status_code, error.code) == (400, "audio-format")
        assert "from 0.50 s on" in error.message


@pytest.mark.usefixtures("no_proxy")
class TestClientsThatGo:
    """A client that goes takes its session with it, whatever the model is doing."""

    @pytest.mark.parametrize("stream", ["false", "true"])
    def test_the_session_of_a_client_that_goes_is_ended(self, stream: str) -> None:
        engines = UnansweringEngines("mlx_whisper")
        with served(engines) as server:
            with contextlib.closing(upload(server.address, SOUND, {"model": "whisper-1", "stream": stream})):
                assert engines.entered.wait(TIMEOUT_SECONDS)
            (session_id,) = server.web.rig.orchestrator.running_sessions()
            assert server.web.rig.orchestrator.wait(session_id, TIMEOUT_SECONDS)
            engines.gate.set()
            last = [stored.event for stored in server.web.rig.store.read(session_id)][-1]
        assert isinstance(last, e.SessionStopped)

    def test_who_waits_when_the_server_ends_is_told(self) -> None:
        engines = UnansweringEngines("mlx_whisper")
        with served(engines) as server:
            closer = threading.Thread(target=begin_the_end, args=(server, engines))
            closer.start()
            error = refused(server)
            closer.join()
            engines.gate.set()
        assert (error.status_code, error.code) == (503, "orchestrator-closed")


def begin_the_end(server: Served, engines: UnansweringEngines) -> None:
    """End the server while the model is at work."""
    assert engines.entered.wait(TIMEOUT_SECONDS)
    server.web.closing.begin()
