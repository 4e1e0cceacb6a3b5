"""Profiles are listed, shown, saved and deleted as in 0.1, and no name leaves their folder."""

from typing import Any

import pytest
from tests.adapters.web.rig import WebRig

from realtime_mlx_stt.adapters.web.server_config import ServerConfig
from realtime_mlx_stt.application.profiles.profiles import BUILT_IN_PROFILES
from realtime_mlx_stt.application.profiles.schema import pipeline_config

VAD = {
    "detector_type": "combined",
    "sensitivity": 0.6,
    "enabled": True,
    "min_speech_duration": 0.25,
    "parameters": {
        "frame_duration_ms": 30,
        "speech_confirmation_frames": 2,
        "silence_confirmation_frames": 30,
        "speech_buffer_size": 100,
    },
}
AS_IN_0_1: dict[str, Any] = {
    "vad-triggered": {
        "description": "VAD-triggered transcription - only transcribe when speech is detected",
        "transcription": {"auto_start": True},
        "vad": VAD,
        "wake_word": {"enabled": False},
    },
    "wake-word": {
        "description": "Wake word activated - say 'jarvis' to start listening",
        "transcription": {"auto_start": False},
        "vad": VAD,
        "wake_word": {"enabled": True, "words": ["jarvis"], "sensitivity": 0.7, "timeout": 30},
    },
}


@pytest.mark.parametrize("name", AS_IN_0_1)
def test_a_built_in_profile_is_shown_exactly_as_it_was(web: WebRig, name: str) -> None:
    answer = web.client.get(f"/system/profiles/{name}")
    assert (answer.status_code, answer.json) == (200, {"name": name, "config": AS_IN_0_1[name]})


@pytest.mark.parametrize("name", AS_IN_0_1)
def test_what_is_shown_of_a_built_in_profile_means_what_the_profile_means(name: str) -> None:
    assert pipeline_config(AS_IN_0_1[name]) == pipeline_config(BUILT_IN_PROFILES[name])


def test_a_profile_is_saved_listed_shown_and_deleted(web: WebRig) -> None:
    config = {"description": "For dictation.", "vad": {"sensitivity": 0.4}}
    saved = web.client.post("/system/profiles", json={"name": "mine", "config": config})
    assert saved.json == {
        "status": "success",
        "data": {"saved": True},
        "message": "Profile 'mine' saved successfully",
    }
    listed = web.client.get("/system/profiles")
    assert listed.json == {"profiles": ["mine", "vad-triggered", "wake-word"], "default": "vad-triggered"}
    assert web.client.get("/system/profiles/mine").json == {"name": "mine", "config": config}
    deleted = web.client.delete("/system/profiles/mine")
    assert deleted.json == {
        "status": "success",
        "data": {"deleted": True},
        "message": "Profile 'mine' deleted successfully",
    }
    assert web.client.get("/system/profiles/mine").status_code == 404


def test_the_default_profile_is_the_one_of_the_server() -> None:
    web = WebRig(config=ServerConfig(default_profile="wake-word"))
    assert web.client.get("/system/profiles").json["default"] == "wake-word"  # type: ignore[index]
    web.close()


def test_a_profile_that_is_not_there_is_told_as_ever(web: WebRig) -> None:
    answer = web.client.get("/system/profiles/nope")
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["detail"] == "Profile not found: nope"
    answer = web.client.delete("/system/profiles/nope")
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["detail"] == "Could not delete profile: nope"


@pytest.mark.parametrize("name", ["vad-triggered", "wake-word", "../escaped", "a/b", "", ".hidden", "x" * 65])
def test_a_name_that_cannot_be_is_refused_as_ever(web: WebRig, name: str) -> None:
    answer = web.client.post("/system/profiles", json={"name": name, "config": {"vad": {}}})
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["detail"] == f"Could not save profile: {name}"
    assert answer.json["code"] == "profile-name"
    assert web.rig.profiles.names() == ()


@pytest.mark.parametrize("name", ["vad-triggered", "wake-word"])
def test_a_built_in_profile_cannot_be_deleted(web: WebRig, name: str) -> None:
    answer = web.client.delete(f"/system/profiles/{name}")
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["detail"] == f"Could not delete profile: {name}"


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"vad": {"sensitivity": 3}}, "invalid-setting"),
        ({"vad": {"sensitivty": 0.5}}, "invalid-setting"),
        ({"wake_word": {"words": ["/etc/passwd.onnx"]}}, "invalid-setting"),
        ({"transcription": {"model": "/etc"}}, "unknown-model"),
    ],
)
def test_a_profile_that_could_never_be_started_is_not_saved(
    web: WebRig, config: dict[str, object], code: str
) -> None:
    answer = web.client.post("/system/profiles", json={"name": "mine", "config": config})
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["detail"].startswith("Could not save profile: mine: ")
    assert answer.json["code"] == code
    assert web.rig.profiles.names() == ()
