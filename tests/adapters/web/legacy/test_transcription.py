"""The engine is configured, and audio that clients send is written, under the names that they gave."""

import base64
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import soundfile
from tests.adapters.web.legacy.events_client import listening
from tests.adapters.web.rig import WebRig
from tests.application.rig import silence
from tests.fakes.speech_to_text import spoken
from werkzeug.test import TestResponse

from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.state import NotStarted
from realtime_mlx_stt.ports.audio_source import AudioSamples

SPEECH = spoken(0, 0, 1, 2, 3, 0, 0, 0)
TEXT = "word1 word2 word3"


def post(web: WebRig, path: str, **body: object) -> TestResponse:
    return web.client.post(f"/transcription/{path}", json=body)


def told(answer: TestResponse) -> Any:
    return answer.get_json()


def send(web: WebRig, samples: AudioSamples, **body: object) -> TestResponse:
    return post(web, "audio", audio_data=base64.b64encode(samples.tobytes()).decode(), **body)


def configure(web: WebRig, engine: str = "mlx_whisper", model: str = "base", **more: object) -> TestResponse:
    return post(web, "configure", engine_type=engine, model_name=model, **more)


def status(web: WebRig) -> Any:
    return told(web.client.get("/transcription/status"))


def models_of_running(web: WebRig) -> list[str]:
    states = [web.rig.orchestrator.state(session) for session in web.rig.orchestrator.running_sessions()]
    return [state.context.settings.transcription.model for state in states if not isinstance(state, NotStarted)]


def test_the_engine_is_configured_for_what_is_started_next(web: WebRig) -> None:
    assert status(web) == {
        "active": False,
        "engine": "not_configured",
        "model": "not_configured",
        "language": None,
        "sessions": [],
    }
    answer = configure(web, language="de", beam_size=5, options={"quick_mode": True})
    assert told(answer) == {
        "status": "success",
        "data": {"configured": True},
        "message": "Transcription engine configured successfully",
    }
    assert status(web) == {
        "active": False,
        "engine": "mlx_whisper",
        "model": "base",
        "language": "de",
        "sessions": [],
    }
    post(web, "session/start", session_id="s1")
    web.client.post("/system/start", json={"profile": "vad-triggered"})
    assert models_of_running(web) == ["base", "base"]


def test_a_start_that_names_an_engine_or_a_model_does_not_get_the_configured_one(web: WebRig) -> None:
    configure(web, language="de")
    custom = {"transcription": {"engine": "mlx_whisper"}}
    web.client.post("/system/start", json={"profile": "vad-triggered", "custom_config": custom})
    assert models_of_running(web) == ["tiny.en"]


def test_the_engine_is_changed_in_what_runs(web: WebRig) -> None:
    post(web, "session/start", session_id="s1")
    web.client.post("/system/start", json={"profile": "vad-triggered"})
    assert configure(web, language="de").status_code == 200
    assert models_of_running(web) == ["base", "base"]
    assert (status(web)["model"], status(web)["language"]) == ("base", "de")


@pytest.mark.parametrize(
    ("engine", "model", "language", "code"),
    [
        ("bogus", "base", None, "unknown-engine"),
        ("mlx_whisper", "bogus", None, "unknown-model"),
        ("mlx_whisper", "/etc", None, "unknown-model"),
        ("mlx_whisper", "base", "klingon", "unknown-language"),
    ],
)
def test_what_cannot_be_configured_is_told_and_changes_nothing(
    web: WebRig, engine: str, model: str, language: str | None, code: str
) -> None:
    answer = configure(web, engine, model, language=language)
    assert (answer.status_code, told(answer)["code"]) == (400, code)
    assert told(answer)["detail"].startswith("Error configuring transcription: ")
    assert status(web)["engine"] == "not_configured"


def test_a_session_has_the_name_that_its_client_gave_it_in_answers_and_frames(web: WebRig, address: str) -> None:
    started = post(web, "session/start", session_id="s1")
    assert told(started) == {
        "status": "success",
        "data": {"session_id": "s1"},
        "message": "Transcription session started",
    }
    assert told(post(web, "session/start", session_id="s1")) == told(started)
    with listening(address) as events:
        answer = send(web, SPEECH, session_id="s1")
        assert told(answer) == {
            "status": "success",
            "data": {"received": True, "session_id": "s1"},
            "message": "Audio received for transcription",
        }
        assert status(web)["sessions"] == ["s1"]
        frame = events.until_final()
    assert (frame["text"], frame["session_id"]) == (TEXT, "s1")
    assert told(post(web, "session/stop", session_id="s1")) == {
        "status": "success",
        "data": {"stopped": True},
        "message": "Transcription session stopped",
    }
    assert status(web)["sessions"] == []


def test_a_session_without_a_name_is_given_one(web: WebRig, address: str) -> None:
    name = told(post(web, "session/start"))["data"]["session_id"]
    with listening(address) as events:
        send(web, SPEECH, session_id=name)
        assert events.until_final()["session_id"] == name


def test_final_audio_ends_an_utterance_and_leaves_a_session_that_was_started(web: WebRig, address: str) -> None:
    post(web, "session/start", session_id="s1")
    with listening(address) as events:
        for count in (1, 2):
            send(web, spoken(0, 1, 2, 3), session_id="s1", is_final=True)
            assert events.until_final(count)["text"] == TEXT
    assert status(web)["sessions"] == ["s1"]
    assert [each["reason"] for each in events.of("silence_detected")] == ["silence", "silence"]


def test_audio_without_a_session_starts_one_that_ends_with_what_is_final(web: WebRig, address: str) -> None:
    with listening(address) as events:
        names = {
            told(send(web, part, is_final=is_final))["data"]["session_id"]
            for part, is_final in ((spoken(0, 1), False), (spoken(2), False), (spoken(3), True))
        }
        frame = events.until_final()
    assert (frame["text"], {frame["session_id"]}) == (TEXT, names)
    web.rig.over(SessionId(names.pop()))
    assert status(web)["sessions"] == []


def test_a_name_can_be_used_again_when_its_session_has_ended(web: WebRig, address: str) -> None:
    with listening(address) as events:
        for count in (1, 2):
            send(web, SPEECH, session_id="s1", is_final=True)
            assert events.until_final(count)["session_id"] == "s1"
    assert len(web.rig.store.sessions()) == 2


def test_a_stop_waits_until_all_that_was_sent_is_written(web: WebRig, address: str) -> None:
    with listening(address) as events:
        send(web, np.concatenate([SPEECH] * 20), session_id="s1")
        post(web, "session/stop", session_id="s1")
        assert status(web)["sessions"] == []
        events.until_final(20)
    assert events.finals() == [TEXT] * 20


def test_a_stop_of_what_is_not_there_is_answered_as_ever(web: WebRig) -> None:
    assert post(web, "session/stop", session_id="nope").status_code == 200
    for nothing in ({}, {"session_id": None}, {"session_id": ""}):
        answer = post(web, "session/stop", **nothing)
        assert (answer.status_code, told(answer)) == (400, {"detail": "Session ID is required"})


def test_the_system_can_be_stopped_by_the_name_of_its_session(web: WebRig) -> None:
    web.client.post("/system/start", json={"profile": "vad-triggered"})
    (name,) = status(web)["sessions"]
    assert post(web, "session/stop", session_id=name).status_code == 200
    assert told(web.client.get("/system/status"))["active_features"] == []


def test_audio_for_the_session_of_somebody_else_is_refused(web: WebRig) -> None:
    web.client.post("/system/start", json={"profile": "vad-triggered"})
    (name,) = status(web)["sessions"]
    answer = send(web, SPEECH, session_id=name)
    assert answer.status_code == 400
    assert status(web)["sessions"] == [name]


@pytest.mark.parametrize("audio", ["!!!", "abc", "QUJDRA=", "QUJ\u00e4"])
def test_what_is_no_base64_is_told_as_ever(web: WebRig, audio: str) -> None:
    answer = post(web, "audio", audio_data=audio)
    assert (answer.status_code, told(answer)) == (400, {"detail": "Invalid base64 audio data"})
    assert web.rig.store.sessions() == ()


def test_what_is_no_whole_number_of_samples_is_refused_before_a_session_is_started(web: WebRig) -> None:
    answer = post(web, "audio", audio_data=base64.b64encode(b"abc").decode())
    assert (answer.status_code, told(answer)["code"]) == (400, "audio-format")
    assert web.rig.store.sessions() == ()


def test_audio_that_is_too_loud_is_heard_softer_and_what_is_no_number_is_a_gap(web: WebRig, address: str) -> None:
    loud = SPEECH / SPEECH.max() * 32767.0
    broken = np.full(800, np.nan, dtype=np.float32)
    with listening(address) as events:
        assert send(web, np.concatenate([broken, loud]), session_id="s1", is_final=True).status_code == 200
        assert events.until("silence_detected")["duration"] > 0.9
    (session,) = web.rig.store.sessions()
    gaps = [stored.event.type for stored in web.rig.over(session.session_id)]
    assert "audio-gap-recorded" in gaps


def test_a_session_that_is_far_behind_takes_no_more(web: WebRig) -> None:
    web.rig.voice_activity.gate.clear()
    assert send(web, silence(100), session_id="s1").status_code == 200
    web.closing.begin()  # or the request would wait for the session
    answer = send(web, silence(1), session_id="s1")
    web.rig.voice_activity.gate.set()
    assert (answer.status_code, told(answer)["code"]) == (500, "audio-behind")


def test_a_whole_sound_file_is_a_session_that_ends_with_it(web: WebRig, address: str) -> None:
    with listening(address) as events:
        answer = post(web, "audio", audio_data=base64.b64encode(sound_file()).decode(), session_id="letter")
        assert told(answer)["data"] == {"received": True, "session_id": "letter"}
        frame = events.until_final()
    assert (frame["text"], frame["session_id"]) == (TEXT, "letter")
    (session,) = web.rig.store.sessions()
    assert web.rig.over(session.session_id)[-1].event.type == "session-stopped"


def test_a_sound_file_is_not_taken_for_samples_of_a_session(web: WebRig) -> None:
    post(web, "session/start", session_id="s1")
    answer = post(web, "audio", audio_data=base64.b64encode(sound_file()).decode(), session_id="s1")
    assert (answer.status_code, told(answer)["code"]) == (400, "audio-format")


def test_a_name_that_would_make_every_frame_long_is_refused(web: WebRig) -> None:
    answer = post(web, "session/start", session_id="s" * 201)
    assert (answer.status_code, told(answer)["code"]) == (400, "bad-request")


def sound_file() -> bytes:
    file = BytesIO()
    soundfile.write(file, SPEECH, 16_000, format="WAV", subtype="FLOAT")
    return file.getvalue()
