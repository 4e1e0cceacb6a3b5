"""Sessions are started, listed, shown, changed, steered and deleted as resources."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from tests.adapters.web.api.api_rig import API, STEADY_SETTINGS, ApiRig, problem, wave_file

from realtime_mlx_stt.adapters.web.server_config import ServerConfig, ServerLimits
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import (
    AudioDeviceBusyError,
    AudioEncoding,
    MicrophoneRequest,
    PushRequest,
)


def test_a_session_is_started_and_shown_where_the_answer_says(api: ApiRig) -> None:
    answer = api.post("/sessions", json={"settings": {"transcription": {"language": "en"}}})
    started = answer.get_json()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    assert answer.headers["Location"] == f"{API}/sessions/{started['session_id']}"
    shown = api.client.get(answer.headers["Location"]).get_json()
    assert shown == started
    assert (shown["is_running"], shown["activity"], shown["source"]) == (True, "listening", "the microphone")
    assert shown["settings"]["transcription"]["language"] == "en"
    assert api.web.rig.sources.requests == [MicrophoneRequest()]


def test_a_microphone_may_be_chosen_and_its_audio_kept(api: ApiRig) -> None:
    source = {"kind": "microphone", "device": "USB", "follow_default": False}
    answer = api.post("/sessions", json={"source": source, "record_audio": True})
    assert api.web.rig.sources.requests == [MicrophoneRequest(device="USB", follows_default=False)]
    assert list(api.web.rig.recordings.made) == [answer.get_json()["session_id"]]


def test_what_a_microphone_is_not_told_is_as_the_profile_says(api: ApiRig) -> None:
    api.client.put(f"{API}/profiles/desk", json={"audio": {"device": 3, "follow_default": False}})
    api.post("/sessions", json={"profile": "desk", "source": {"kind": "microphone", "follow_default": True}})
    assert api.web.rig.sources.requests == [MicrophoneRequest(device=3, follows_default=True)]


def test_a_microphone_that_is_in_use_is_a_problem_and_no_session(api: ApiRig) -> None:
    api.web.rig.sources.start_error = AudioDeviceBusyError("It is in use.")
    assert problem(api.post("/sessions", json={})) == (503, "audio-device-busy")
    assert api.get("/sessions").get_json()["sessions"] == []


def test_pushed_audio_is_heard_to_its_end(api: ApiRig) -> None:
    session_id = api.said(1, 2, 3)
    shown = api.get(f"/sessions/{session_id}").get_json()
    assert (shown["is_running"], shown["activity"]) == (False, "stopped")
    ledger = shown["ledger"]
    parts = ("utterance_samples", "rejected_samples", "gap_samples", "silence_samples")
    assert sum(ledger[part] for part in parts) == ledger["captured_samples"] > 0
    assert shown["latency"]["utterances"] == 1
    assert api.get(f"/sessions/{session_id}/transcript").get_json()["text"] == "word1 word2 word3"


def test_audio_that_is_sent_again_is_not_heard_twice(api: ApiRig) -> None:
    session_id = api.started()
    first = api.say(session_id, 1, position=0)
    assert api.say(session_id, 1, position=0) == first
    assert api.say(session_id, 2, position=first["next_position"])["next_position"] == 2 * first["next_position"]
    api.post(f"/sessions/{session_id}/audio/end")
    api.over(session_id)
    assert api.get(f"/sessions/{session_id}/transcript").get_json()["text"] == "word1\nword2"


def test_a_client_that_stays_away_is_waited_for_as_long_as_the_limits_say(tmp_path: Path) -> None:
    api = ApiRig(tmp_path, ServerConfig(limits=ServerLimits(abandoned_seconds=7.0)))
    try:
        api.started()
        pushed = PushRequest(encoding=AudioEncoding.PCM_F32LE, patience_seconds=7.0)
        assert api.web.rig.sources.requests == [pushed]
    finally:
        api.web.close()


def test_audio_that_cannot_be_taken_is_a_problem(api: ApiRig) -> None:
    pushed = api.started()
    assert problem(api.post(f"/sessions/{pushed}/audio", data=b"123")) == (415, "audio-format")
    far = api.post(f"/sessions/{pushed}/audio?position={2**50}", data=bytes(4))
    assert problem(far) == (409, "audio-position")
    microphone = api.post("/sessions", json={}).get_json()["session_id"]
    assert problem(api.post(f"/sessions/{microphone}/audio", data=bytes(4))) == (409, "audio-not-pushed")
    assert problem(api.post(f"/sessions/{microphone}/audio/end")) == (409, "audio-not-pushed")


@pytest.mark.parametrize("is_form", [True, False])
def test_an_uploaded_file_is_heard_in_memory(api: ApiRig, is_form: bool) -> None:
    content = wave_file(4, 5)
    if is_form:
        form = {"file": (BytesIO(content), "C:\\music\\of/me/talk.wav")}
        answer = api.post("/sessions/upload?model=tiny.en&language=en", data=form)
    else:
        answer = api.post("/sessions/upload", data=content, content_type="audio/wav")
    assert answer.status_code == 201, answer.text
    started = answer.get_json()
    assert started["source"] == ("talk.wav" if is_form else "uploaded sound")
    api.over(started["session_id"])
    assert api.get(f"/sessions/{started['session_id']}/transcript?format=txt").text == "word4 word5\n"


@pytest.mark.parametrize(
    ("request_of", "expected"),
    [
        ({"data": b"RIFF, but no sound"}, (415, "audio-format")),
        ({"data": b""}, (415, "audio-format")),
        ({"data": {"other": "1"}, "content_type": "multipart/form-data"}, (400, "bad-request")),
        ({"data": wave_file(1), "query_string": {"model": "../models"}}, (404, "unknown-model")),
        ({"data": wave_file(1), "query_string": {"language": "xx"}}, (422, "unknown-language")),
        ({"data": wave_file(1), "query_string": {"record_audio": "perhaps"}}, (400, "bad-request")),
    ],
)
def test_an_upload_that_cannot_be_heard_is_a_problem(
    api: ApiRig, request_of: dict[str, object], expected: tuple[int, str]
) -> None:
    assert problem(api.post("/sessions/upload", **request_of)) == expected
    assert api.web.rig.orchestrator.running_sessions() == ()


def test_sessions_are_listed_the_newest_first_and_a_page_at_a_time(api: ApiRig) -> None:
    ids = [api.said(1), api.said(2), api.started()]
    first = api.get("/sessions?limit=2").get_json()
    assert [item["session_id"] for item in first["sessions"]] == ids[:0:-1]
    assert [item["is_running"] for item in first["sessions"]] == [True, False]
    assert [item["activity"] for item in first["sessions"]] == ["listening", "stopped"]
    assert [item["preview"] for item in first["sessions"]] == ["", "word2"]
    rest = api.get("/sessions", query_string={"before": first["next_before"]}).get_json()
    assert [item["session_id"] for item in rest["sessions"]] == ids[:1]
    assert rest["next_before"] is None
    assert problem(api.get("/sessions?before=nobody")) == (404, "session-not-found")


def test_changes_are_merged_into_the_settings_that_a_session_has(api: ApiRig) -> None:
    session_id = api.started(settings={**STEADY_SETTINGS, "vad": {"min_speech_duration": 0.1}})
    changes = {"vad": {"min_silence_duration": 1.5}, "transcription": {"model": "base", "language": "de"}}
    changed = api.client.patch(f"{API}/sessions/{session_id}", json={"settings": changes}).get_json()
    assert changed["settings"]["endpointing"]["minimum_silence_seconds"] == 1.5
    assert changed["settings"]["endpointing"]["minimum_speech_seconds"] == 0.1
    assert changed["settings"]["transcription"]["model"] == "base"
    assert changed["settings"]["transcription"]["language"] == "de"
    assert changed["settings"]["transcription"]["partial_interval_seconds"] is None


def test_changes_at_the_same_time_undo_nothing_of_each_other(api: ApiRig) -> None:
    session_id = api.started()
    keys = {"min_speech_duration": 0.11, "pre_roll_duration": 0.31, "tail_duration": 0.12, "pause_duration": 0.22}

    def change(key: str) -> int:
        changes = {"settings": {"vad": {key: keys[key]}}}
        return api.web.app.test_client().patch(f"{API}/sessions/{session_id}", json=changes).status_code

    with ThreadPoolExecutor(len(keys)) as threads:
        assert set(threads.map(change, keys)) == {200}
    endpointing = api.get(f"/sessions/{session_id}").get_json()["settings"]["endpointing"]
    changed = ("minimum_speech_seconds", "pre_roll_seconds", "tail_seconds", "pause_seconds")
    assert [endpointing[name] for name in changed] == list(keys.values())


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"vad": {"min_silence_duration": 99}}, (422, "invalid-setting")),
        ({"audio": {"device": 1}}, (422, "invalid-setting")),
        ({"transcription": {"engine": "none"}}, (422, "unknown-engine")),
        ({"transcription": {"model": "/etc"}}, (404, "unknown-model")),
        ({"wake_word": {"enabled": True, "words": ["me.onnx"]}}, (422, "invalid-setting")),
        ({"wake_word": {"enabled": True, "words": ["abracadabra"]}}, (422, "unknown-wake-word")),
    ],
)
def test_changes_that_are_wrong_change_nothing(
    api: ApiRig, settings: dict[str, object], expected: tuple[int, str]
) -> None:
    session_id = api.started()
    before = api.get(f"/sessions/{session_id}").get_json()["settings"]
    assert problem(api.client.patch(f"{API}/sessions/{session_id}", json={"settings": settings})) == expected
    assert api.get(f"/sessions/{session_id}").get_json()["settings"] == before


def test_a_running_session_is_paused_resumed_and_told_where_an_utterance_ends(api: ApiRig) -> None:
    session_id = api.started()
    assert api.post(f"/sessions/{session_id}/pause").get_json()["activity"] == "paused"
    assert api.post(f"/sessions/{session_id}/resume").get_json()["activity"] == "listening"
    assert api.post(f"/sessions/{session_id}/commit").status_code == 200


def test_a_stop_waits_for_the_texts_or_does_not(api: ApiRig) -> None:
    first, second = api.started(), api.started()
    api.say(first, 1)
    stopped = api.post(f"/sessions/{first}/stop")
    assert (stopped.status_code, stopped.get_json()["activity"]) == (200, "stopped")
    assert api.post(f"/sessions/{first}/stop").status_code == 200
    assert api.post(f"/sessions/{second}/stop?wait=false").status_code in (200, 202)
    api.over(second)
    assert problem(api.post("/sessions/nobody/stop")) == (404, "session-not-found")


def test_no_stop_is_promised_of_a_session_that_another_program_runs(api: ApiRig) -> None:
    elsewhere = SessionId("elsewhere")
    own = api.started()
    (started,) = api.store.read(SessionId(own))
    api.store.append(elsewhere, 0, [started.event], 0.0)
    assert problem(api.post(f"/sessions/{elsewhere}/stop")) == (409, "session-not-running")
    assert api.get(f"/sessions/{elsewhere}").get_json()["activity"] == "listening"


@pytest.mark.parametrize("command", ["pause", "resume", "commit", "audio", "audio/end"])
def test_what_is_over_or_unknown_cannot_be_told_anything(api: ApiRig, command: str) -> None:
    over = api.said(1)
    assert problem(api.post(f"/sessions/{over}/{command}")) == (409, "session-not-running")
    assert problem(api.post(f"/sessions/nobody/{command}")) == (404, "session-not-found")


def test_a_deleted_session_is_gone_and_a_running_one_is_not_deleted(api: ApiRig) -> None:
    over, running = api.said(1, record_audio=True), api.started()
    assert problem(api.client.delete(f"{API}/sessions/{running}")) == (409, "session-running")
    deleted = api.client.delete(f"{API}/sessions/{over}")
    assert (deleted.status_code, deleted.data) == (204, b"")
    assert problem(api.get(f"/sessions/{over}")) == (404, "session-not-found")
    assert problem(api.client.delete(f"{API}/sessions/{over}")) == (404, "session-not-found")
    assert SessionId(over) not in api.web.rig.recordings.made


def test_no_more_sessions_than_allowed_are_started(tmp_path_factory: pytest.TempPathFactory) -> None:
    config = ServerConfig(limits=ServerLimits(sessions=1))
    api = ApiRig(tmp_path_factory.mktemp("models"), config)
    api.started()
    assert problem(api.post("/sessions", json={})) == (429, "too-many-sessions")
    api.close()


def test_nothing_is_started_once_the_server_ends(api: ApiRig) -> None:
    api.web.close()
    assert problem(api.post("/sessions", json={})) == (503, "orchestrator-closed")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"data": "{", "content_type": "application/json"}, (400, "bad-request")),
        ({"data": "[" * 100_000, "content_type": "application/json"}, (400, "bad-request")),
        ({"data": "1e999", "content_type": "application/json"}, (400, "bad-request")),
        ({"data": b"\xff\xfe", "content_type": "application/json"}, (400, "bad-request")),
        ({"data": "a=1", "content_type": "application/x-www-form-urlencoded"}, (415, "unsupported-media-type")),
        ({"json": {"sauce": 1}}, (400, "bad-request")),
        ({"json": {"source": {"kind": "file", "path": "/etc/passwd"}}}, (400, "bad-request")),
        ({"json": {"source": {"kind": "push", "channels": 99}}}, (400, "bad-request")),
        ({"json": {"profile": "nobody"}}, (404, "profile-not-found")),
        ({"json": {"settings": {"vad": {"sensitive": 1}}}}, (422, "invalid-setting")),
    ],
)
def test_what_is_no_request_for_a_session_is_a_problem(
    api: ApiRig, sent: dict[str, object], expected: tuple[int, str]
) -> None:
    assert problem(api.post("/sessions", **sent)) == expected


def test_a_whole_number_may_have_a_point(api: ApiRig) -> None:
    body = b'{"source": {"kind": "push", "channels": 2.0, "sample_rate_hz": 8000.0}}'
    assert api.post("/sessions", data=body, content_type="application/json").status_code == 201
