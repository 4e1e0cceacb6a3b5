"""Profiles are listed, shown, saved and deleted, and the machine says what it has."""

import pytest
from tests.adapters.web.api.api_rig import API, ApiRig, problem

from realtime_mlx_stt.application.diagnosis import Check, Finding, Verdict
from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import AudioSourceError


def test_a_profile_is_saved_shown_listed_replaced_and_deleted(api: ApiRig) -> None:
    profile = {"description": "For dictation", "vad": {"min_silence_duration": 1.5}}
    saved = api.client.put(f"{API}/profiles/dictation", json=profile)
    assert (saved.status_code, saved.headers["Location"]) == (201, f"{API}/profiles/dictation")
    assert api.get("/profiles/dictation").get_json() == {
        "name": "dictation",
        "is_built_in": False,
        "profile": profile,
    }
    listed = api.get("/profiles").get_json()
    assert listed["default"] == "vad-triggered"
    assert [(each["name"], each["is_built_in"]) for each in listed["profiles"]] == [
        ("dictation", False),
        ("vad-triggered", True),
        ("wake-word", True),
    ]
    assert api.client.put(f"{API}/profiles/dictation", json={}).status_code == 200
    assert api.client.delete(f"{API}/profiles/dictation").status_code == 204
    assert problem(api.get("/profiles/dictation")) == (404, "profile-not-found")
    assert problem(api.client.delete(f"{API}/profiles/dictation")) == (404, "profile-not-found")


@pytest.mark.parametrize(
    ("name", "profile", "expected"),
    [
        ("vad-triggered", {}, (422, "profile-name")),
        ("...", {}, (422, "profile-name")),
        ("x" * 65, {}, (422, "profile-name")),
        ("mine", {"vad": {"sensitivity": 2}}, (422, "invalid-setting")),
        ("mine", {"sound": {}}, (422, "invalid-setting")),
        ("mine", {"transcription": {"model": "../../etc"}}, (404, "unknown-model")),
        ("mine", [], (400, "bad-request")),
    ],
)
def test_a_profile_that_cannot_be_is_not_saved(
    api: ApiRig, name: str, profile: object, expected: tuple[int, str]
) -> None:
    assert problem(api.client.put(f"{API}/profiles/{name}", json=profile)) == expected
    assert len(api.get("/profiles").get_json()["profiles"]) == 2


@pytest.mark.parametrize("name", ["..%2f..%2fetc", "%2e%2e", "a%2fb", "%00", "a%5cb"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_name_that_is_a_path_reaches_no_file(api: ApiRig, name: str, method: str) -> None:
    answer = api.client.open(f"{API}/profiles/{name}", method=method, json={})
    assert answer.status_code in (308, 404, 405, 422)


def test_the_microphones_are_listed(api: ApiRig) -> None:
    device = InputDevice(index=2, name="USB", channels=1, sample_rate_hz=48_000, is_default=True)
    api.web.services.devices.found = (device,)  # type: ignore[attr-defined]
    assert api.get("/devices").get_json()["devices"] == [
        {"index": 2, "name": "USB", "channels": 1, "sample_rate_hz": 48_000, "is_default": True}
    ]
    api.web.services.devices.failure = AudioSourceError("No sound system.")  # type: ignore[attr-defined]
    assert problem(api.get("/devices")) == (503, "audio-source")


def test_the_wake_words_are_listed_as_they_are_said(api: ApiRig) -> None:
    assert {"name": "hey_jarvis", "spoken": "hey jarvis"} in api.get("/wake-words").get_json()["wake_words"]


def test_the_doctor_says_what_is_wrong_and_what_mends_it(api: ApiRig) -> None:
    broken = Finding(verdict=Verdict.BROKEN, text="It is not there.", remedy="Install it.")
    api.web.services.checks = (*api.web.services.checks, Check(part="Silero", look=lambda: broken, remedy=""))
    told = api.get("/doctor").get_json()
    assert told["is_usable"] is False
    assert told["parts"][1] == {
        "part": "Silero",
        "verdict": "broken",
        "text": "It is not there.",
        "remedy": "Install it.",
    }


def test_the_doctor_looks_at_the_profile_from_which_sessions_start(api: ApiRig) -> None:
    assert api.get("/doctor").get_json()["parts"][-1] == {
        "part": "profile",
        "verdict": "good",
        "text": "vad-triggered: tiny.en writes",
        "remedy": None,
    }
