"""The system is started, changed and stopped as the documents of 0.1 promised, and its status is the truth."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.adapters.web.legacy.events_client import listening
from tests.adapters.web.rig import FakeWebServices, WebRig
from tests.application.rig import TIMEOUT_SECONDS, Rig, texts
from tests.fakes.speech_to_text import ScriptedEngines, ScriptedSpeechToText, spoken
from werkzeug.test import TestResponse

from realtime_mlx_stt.adapters.web.server_config import ServerConfig, ServerLimits
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.state import NotStarted
from realtime_mlx_stt.ports.audio_source import AudioDeviceNotFoundError, AudioSourceError, MicrophoneRequest
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

FEATURES = ["audio_capture", "voice_activity_detection", "transcription"]


def start(web: WebRig, profile: str = "vad-triggered", **custom: object) -> TestResponse:
    return web.client.post("/system/start", json={"profile": profile, "custom_config": custom})


def change(web: WebRig, **sections: object) -> TestResponse:
    return web.client.post("/system/config", json=sections)


def told(answer: TestResponse) -> Any:
    return answer.get_json()


def present(web: WebRig) -> SessionSettings:
    """The settings of the one session that runs."""
    (session_id,) = web.rig.orchestrator.running_sessions()
    state = web.rig.orchestrator.state(session_id)
    assert not isinstance(state, NotStarted)
    return state.context.settings


def ends(web: WebRig) -> list[str]:
    """How each session that was ever started stands: the wire name of its last event."""
    return [summary.last_type for summary in web.rig.store.sessions()]


def test_a_start_and_a_stop_are_answered_in_the_envelope_of_0_1(web: WebRig) -> None:
    assert told(web.client.post("/system/start", json={"profile": "vad-triggered"})) == {
        "status": "success",
        "data": {"started": True, "profile": "vad-triggered", "active_features": FEATURES},
        "message": "System started with profile: vad-triggered",
    }
    stopped = {"status": "success", "data": {"stopped": True}, "message": "System stopped"}
    assert told(web.client.post("/system/stop", json={})) == stopped
    assert told(web.client.post("/system/stop")) == stopped
    assert ends(web) == ["session-stopped"]


def test_a_custom_configuration_reaches_every_depth_and_leaves_the_rest(web: WebRig) -> None:
    saved = {"vad": {"min_silence_duration": 1.5, "parameters": {"silero_threshold": 0.7, "speech_pad_ms": 9}}}
    web.client.post("/system/profiles", json={"name": "mine", "config": saved})
    custom = {
        "vad": {"min_speech_duration": 0.1, "parameters": {"webrtc_aggressiveness": 2}},
        "audio": {"device": "USB"},
        "wake_word": None,
    }
    assert start(web, "mine", **custom).status_code == 200
    settings = present(web)
    assert settings.voice_activity.onset_threshold == 0.7
    assert settings.endpointing.minimum_silence_seconds == 1.5
    assert settings.endpointing.minimum_speech_seconds == 0.1
    assert web.rig.sources.requests[-1] == MicrophoneRequest(device="USB")


@pytest.mark.parametrize("auto_start", [True, False])
def test_speech_is_written_whatever_auto_start_says(web: WebRig, auto_start: bool) -> None:
    assert told(start(web, transcription={"auto_start": auto_start}))["data"]["active_features"] == FEATURES
    web.rig.source.hear(spoken(0, 0, 1, 2, 0, 0, 0))
    (session_id,) = web.rig.orchestrator.running_sessions()
    assert texts(web.rig.finish(session_id)) == ["word1 word2"]


def test_the_wake_word_is_among_the_features(web: WebRig) -> None:
    features = told(start(web, "wake-word", wake_word={"words": ["alexa"], "detector": "porcupine"}))["data"]
    assert features["active_features"] == [
        "audio_capture",
        "voice_activity_detection",
        "wake_word_detection",
        "transcription",
    ]


def test_a_second_start_takes_the_place_of_the_first(web: WebRig) -> None:
    start(web)
    start(web, "wake-word", wake_word={"words": ["alexa"]})
    assert ends(web) == ["session-stopped", "session-started"]
    assert present(web).wake_word is not None


@pytest.mark.parametrize(
    ("profile", "custom", "code"),
    [
        ("vad-triggered", {"vad": {"sensitivity": 2.0}}, "invalid-setting"),
        ("vad-triggered", {"vad": {"enabled": False}}, "invalid-setting"),
        ("vad-triggered", {"vda": {}}, "invalid-setting"),
        ("vad-triggered", {"vad": "banana"}, "invalid-setting"),
        ("vad-triggered", {"transcription": {"engine": "bogus"}}, "unknown-engine"),
        ("vad-triggered", {"transcription": {"model": "bogus"}}, "unknown-model"),
        ("vad-triggered", {"transcription": {"model": "../models"}}, "unknown-model"),
        ("vad-triggered", {"transcription": {"language": "klingon"}}, "unknown-language"),
        ("wake-word", {"wake_word": {"words": ["porcupine"]}}, "unknown-wake-word"),
        ("wake-word", {"wake_word": {"words": ["/tmp/mine.onnx"]}}, "invalid-setting"),
        ("vad-triggered", {"audio": {"device": 1.5}}, "invalid-setting"),
    ],
)
def test_what_cannot_be_started_is_a_mistake_of_the_client_and_leaves_alone_what_runs(
    web: WebRig, profile: str, custom: dict[str, object], code: str
) -> None:
    start(web)
    answer = start(web, profile, **custom)
    assert answer.status_code == 400
    assert told(answer)["detail"].startswith("Error starting system: ")
    assert told(answer)["code"] == code
    assert ends(web) == ["session-started"]
    assert told(web.client.get("/system/status"))["active_features"] == FEATURES


@pytest.mark.parametrize("is_running", [False, True])
def test_an_unknown_section_is_a_mistake_of_the_client_in_a_change_too(web: WebRig, is_running: bool) -> None:
    if is_running:
        start(web)
    answer = web.client.post("/system/config", json={"vda": {"sensitivity": 0.5}})
    assert answer.status_code == 400
    assert told(answer)["code"] == "invalid-setting"
    assert "vad" in told(answer)["reason"].replace("vda", "")


def test_an_unknown_profile_is_told_as_ever_and_leaves_alone_what_runs(web: WebRig) -> None:
    start(web)
    answer = start(web, "nope")
    assert (answer.status_code, told(answer)["detail"]) == (404, "Profile not found: nope")
    assert ends(web) == ["session-started"]


def test_a_missing_profile_is_told_as_pydantic_did(web: WebRig) -> None:
    answer = web.client.post("/system/start", json={"custom_config": 5})
    assert answer.status_code == 422
    assert [(each["type"], each["loc"]) for each in told(answer)["detail"]] == [
        ("missing", ["body", "profile"]),
        ("dict_type", ["body", "custom_config"]),
    ]


def test_a_model_that_cannot_be_loaded_is_told_before_anything_is_stopped(web: WebRig) -> None:
    start(web)
    web.rig.engines.load_failure = SpeechToTextError("The weights are damaged.")  # type: ignore[attr-defined]
    answer = start(web, transcription={"model": "base"})
    assert answer.status_code == 500
    assert told(answer)["detail"] == "Error starting system: The weights are damaged."
    assert ends(web) == ["session-started"]


def test_a_microphone_that_is_not_there_is_told_before_anything_is_stopped(web: WebRig) -> None:
    start(web)
    web.rig.sources.open_error = AudioDeviceNotFoundError("No microphone has the number 7.")
    assert told(start(web, audio={"device": 7})) == {
        "detail": "Error starting system: No microphone has the number 7.",
        "code": "audio-device-not-found",
        "reason": "No microphone has the number 7.",
    }
    assert ends(web) == ["session-started"]


def test_a_microphone_that_fails_at_the_start_leaves_a_system_that_says_that_it_does_not_run(web: WebRig) -> None:
    web.rig.sources.start_error = AudioSourceError("The microphone cannot be opened.")
    assert start(web).status_code == 500
    assert told(web.client.get("/system/status"))["active_features"] == []
    web.rig.sources.start_error = None
    assert start(web).status_code == 200


def test_no_more_sessions_are_started_than_the_server_allows() -> None:
    web = WebRig(config=ServerConfig(limits=ServerLimits(sessions=1)))
    web.client.post("/transcription/session/start", json={})
    answer = start(web)
    assert (answer.status_code, told(answer)["code"]) == (429, "too-many-sessions")
    web.close()


def test_the_status_is_the_truth(web: WebRig) -> None:
    idle = told(web.client.get("/system/status"))
    assert idle.keys() == {"status", "version", "uptime", "active_features", "active_connections"}
    assert (idle["status"], idle["active_features"], idle["active_connections"]) == ("online", [], 0)
    start(web)
    running = told(web.client.get("/system/status"))
    assert running["active_features"] == FEATURES
    assert running["uptime"] > idle["uptime"]
    web.rig.source.end()
    (session,) = web.rig.store.sessions()
    web.rig.over(session.session_id)
    assert told(web.client.get("/system/status"))["active_features"] == []


def test_the_status_counts_the_open_sockets(web: WebRig, address: str) -> None:
    with listening(address), listening(address):
        assert told(web.client.get("/system/status"))["active_connections"] == 2


def test_the_machine_is_described(web: WebRig) -> None:
    info = told(web.client.get("/system/info"))
    assert info["features"] == [
        "transcription",
        "voice_activity_detection",
        "wake_word_detection",
        "audio_capture",
    ]
    assert info.keys() == {"platform", "python_version", "hostname", "cpu_count", "version", "features"}


def test_a_change_reaches_what_runs_and_leaves_the_rest(web: WebRig) -> None:
    start(web, vad={"min_silence_duration": 1.5})
    answer = change(web, vad={"sensitivity": 0.9}, wake_word=None)
    assert told(answer) == {
        "status": "success",
        "data": {"updated": True},
        "message": "System configuration updated",
    }
    assert present(web).voice_activity.onset_threshold == pytest.approx(0.35)
    assert present(web).endpointing.minimum_silence_seconds == 1.5
    change(web, transcription={"model": "base", "language": "de"}, wake_word={"enabled": True, "words": ["alexa"]})
    assert (present(web).transcription.model, present(web).transcription.language) == ("base", "de")
    assert "wake_word_detection" in told(web.client.get("/system/status"))["active_features"]
    assert ends(web) == ["settings-changed"]


def test_changes_at_the_same_time_undo_nothing_of_each_other(web: WebRig) -> None:
    start(web)
    wished = {"min_speech_duration": 0.11, "pre_roll_duration": 0.31, "tail_duration": 0.12, "pause_duration": 0.22}

    def wish(key: str) -> int:
        sections = {"vad": {key: wished[key]}}
        return web.app.test_client().post("/system/config", json=sections).status_code

    with ThreadPoolExecutor(len(wished)) as threads:
        assert set(threads.map(wish, wished)) == {200}
    endpointing = present(web).endpointing
    assert [
        endpointing.minimum_speech_seconds,
        endpointing.pre_roll_seconds,
        endpointing.tail_seconds,
        endpointing.pause_seconds,
    ] == list(wished.values())


@pytest.mark.parametrize(
    ("sections", "status"),
    [
        ({"vad": {"sensitivity": "banana"}}, 400),
        ({"vad": {"sensitivty": 0.5}}, 400),
        ({"vad": {"sensitivity": 0.9}, "transcription": {"model": "bogus"}}, 400),
        ({"wake_word": {"enabled": True, "words": ["banana"]}}, 400),
        ({"audio": {"device": []}}, 400),
        ({"vad": "banana"}, 422),
    ],
)
@pytest.mark.parametrize("runs", [True, False])
def test_a_change_that_cannot_be_changes_nothing(
    web: WebRig, sections: dict[str, object], status: int, runs: bool
) -> None:
    if runs:
        start(web)
    assert change(web, **sections).status_code == status
    if not runs:
        start(web)
    assert present(web) == SessionSettings()
    assert ends(web) == ["session-started"]


def test_another_microphone_is_another_session_with_the_same_settings(web: WebRig) -> None:
    start(web, vad={"sensitivity": 0.9}, audio={"follow_default": False})
    change(web, audio={"device": "USB"})
    assert ends(web) == ["session-stopped", "session-started"]
    assert web.rig.sources.requests[-1] == MicrophoneRequest(device="USB", follows_default=False)
    assert present(web).voice_activity.onset_threshold == pytest.approx(0.35)
    change(web, audio={"device": "USB"})
    assert ends(web) == ["session-stopped", "session-started"]


def test_a_microphone_that_is_not_there_does_not_take_the_place_of_one_that_is(web: WebRig) -> None:
    start(web)
    web.rig.sources.open_error = AudioDeviceNotFoundError("No microphone has 'USB' in its name.")
    assert change(web, audio={"device": "USB"}).status_code == 400
    assert ends(web) == ["session-started"]


def test_a_change_while_nothing_runs_is_for_the_next_start_alone(web: WebRig) -> None:
    assert change(web, vad={"sensitivity": 0.9}).status_code == 200
    assert change(web, vad={"min_silence_duration": 1.5}).status_code == 200
    start(web, vad={"min_speech_duration": 0.1})
    assert present(web).voice_activity.onset_threshold == pytest.approx(0.35)
    endpointing = present(web).endpointing
    assert (endpointing.minimum_silence_seconds, endpointing.minimum_speech_seconds) == (1.5, 0.1)
    start(web)
    assert present(web) == SessionSettings()


def test_parameters_where_the_documents_of_0_1_showed_them_get_to_their_place(web: WebRig) -> None:
    documented = {"silero_threshold": 0.7, "webrtc_aggressiveness": 3, "silence_confirmation_frames": 10}
    assert start(web, vad={**documented, "parameters": {"speech_pad_ms": 9}}).status_code == 200
    assert present(web).voice_activity.onset_threshold == 0.7


def test_what_a_start_says_itself_goes_before_what_was_configured(web: WebRig) -> None:
    change(web, vad={"sensitivity": 0.9})
    start(web, vad={"sensitivity": 0.6})
    assert present(web) == SessionSettings()


class SlowEngines(ScriptedEngines):
    """Loads ``base`` only when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.is_loading = threading.Event()
        self.may_load = threading.Event()

    def open(self, engine: str, model: str) -> ScriptedSpeechToText:
        return SlowSpeechToText(self, super().open(engine, model).model)


class SlowSpeechToText(ScriptedSpeechToText):
    """One of its models."""

    engines: SlowEngines

    def load(self) -> None:
        if self.model == "base":
            self.engines.is_loading.set()
            assert self.engines.may_load.wait(TIMEOUT_SECONDS)
        super().load()


def test_a_stop_calls_off_a_start_whose_model_is_still_being_loaded() -> None:
    engines = SlowEngines()
    web = WebRig(services=FakeWebServices(rig=Rig(engines=engines)))
    answers: list[TestResponse] = []
    starter = threading.Thread(target=lambda: answers.append(start(web, transcription={"model": "base"})))
    starter.start()
    assert engines.is_loading.wait(TIMEOUT_SECONDS)
    assert web.client.post("/system/stop").status_code == 200
    engines.may_load.set()
    starter.join(TIMEOUT_SECONDS)
    assert (answers[0].status_code, told(answers[0])["code"]) == (400, "start-called-off")
    assert web.rig.orchestrator.running_sessions() == ()
    web.close()


def test_what_may_wait_for_a_model_counts_among_the_streams() -> None:
    web = WebRig(config=ServerConfig(limits=ServerLimits(sockets=1)))
    engine = {"engine_type": "mlx_whisper", "model_name": "base"}
    asked = {"/system/start": BODY, "/system/config": {"vad": {}}, "/transcription/configure": engine}
    open_streams = web.app.extensions["realtime_mlx_stt"].open_streams
    with open_streams.entered(1):
        refused = {path: web.client.post(path, json=body) for path, body in asked.items()}
    for answer in refused.values():
        assert (answer.status_code, told(answer)["code"]) == (429, "too-many-streams")
    assert {web.client.post(path, json=body).status_code for path, body in asked.items()} == {200}
    assert open_streams.count == 0
    web.close()


def test_starts_at_the_same_time_leave_one_session(web: WebRig) -> None:
    answers: list[TestResponse] = []
    starters = [
        threading.Thread(target=lambda: answers.append(web.app.test_client().post("/system/start", json=BODY)))
        for _ in range(8)
    ]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join(TIMEOUT_SECONDS)
    assert [answer.status_code for answer in answers] == [200] * 8
    assert sorted(ends(web)) == ["session-started"] + ["session-stopped"] * 7


BODY = {"profile": "vad-triggered"}
