"""A session's stream takes audio and commands and sends every event once; what goes wrong is said by a code."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from simple_websocket import Client, ConnectionClosed
from tests.adapters.audio.media_files import encoded
from tests.adapters.web.stream.stream_rig import (
    AUDIO,
    NEW,
    SETTINGS,
    StreamClient,
    StreamRig,
    pcm,
    speech_and_silence,
)
from tests.adapters.web.websocket.connection_rig import RawClient
from tests.application.rig import TIMEOUT_SECONDS

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import converted_samples
from realtime_mlx_stt.adapters.web.server_config import ServerLimits
from realtime_mlx_stt.application.log.codec import envelope
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import AudioDeviceNotFoundError

TEXT, BINARY = 1, 2


def final_texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["data"]["text"] for message in messages if message["type"] == "utterance-transcribed"]


def all_of(client: Client) -> tuple[list[dict[str, Any]], tuple[int, str]]:
    """What a real client hears until the server closes, and how it does."""
    messages = []
    try:
        while True:
            messages.append(json.loads(client.receive(TIMEOUT_SECONDS)))
    except ConnectionClosed as closed:
        return messages, (closed.reason, closed.message)


def test_a_real_client_sends_sound_and_gets_every_event_as_it_is_stored() -> None:
    with StreamRig().serving() as served:
        client = Client.connect(f"ws://{served.address}{NEW}", subprotocols=["stt.v1"])
        client.send(json.dumps({"type": "open", "audio": AUDIO, "settings": SETTINGS}))
        opened = json.loads(client.receive(TIMEOUT_SECONDS))
        assert opened["type"] == "stream-opened"
        assert (opened["after"], opened["next_position"]) == (0, 0)
        sound = pcm(speech_and_silence(1, 2))
        for first in range(0, len(sound) // 4, 320):
            client.send(first.to_bytes(8, "little") + sound[first * 4 : first * 4 + 1280])
        client.send(json.dumps({"type": "end-audio", "id": 7}))
        messages, ending = all_of(client)
        assert ending == (1000, "session over")
        events = [message for message in messages if "seq" in message]
        assert events == [envelope(stored) for stored in served.log(opened["session_id"])]
        assert final_texts(events) == ["word1 word2"]
        assert {"type": "command-done", "id": 7} in messages
        assert {"type": "audio-accepted", "next_position": len(sound) // 4} in messages
        assert messages[-1] == {"type": "stream-ended", "session_id": opened["session_id"]}


def test_who_joins_later_gets_the_same_events_from_where_it_wants() -> None:
    with StreamRig().serving() as served:
        client, session_id = served.start()
        client.sound(0, pcm(speech_and_silence(3)))
        first = client.until("utterance-transcribed")
        other = served.join(session_id, after=first["seq"] - 1)
        assert other.hear() == first
        client.say("stop")
        assert [m["type"] for m in other.rest()] == ["session-stopping", "session-stopped", "stream-ended"]
        client.rest()
        third = served.connect(f"/api/v1/sessions/{session_id}/stream?after=0")
        assert third.hear()["next_position"] is None
        *events, _ended = third.rest()
        assert events == [envelope(stored) for stored in served.log(session_id)]
        fourth = served.connect(f"/api/v1/sessions/{session_id}/stream?after={len(events)}")
        assert [m["type"] for m in fourth.rest()] == ["stream-opened", "stream-ended"]


@pytest.mark.parametrize("names_source", [False, True])
def test_without_a_microphone_who_asked_for_none_is_told_how_to_send_sound(names_source: bool) -> None:
    streams = StreamRig()
    streams.rig.sources.open_error = AudioDeviceNotFoundError("There is no microphone.")
    with streams.serving() as served:
        client = served.connect()
        client.say("open", settings=SETTINGS, **({"source": {"kind": "microphone"}} if names_source else {}))
        problem = client.until("problem")
        assert problem["code"] == AudioDeviceNotFoundError.code
        assert ("'audio' in 'open'" in problem["message"]) is not names_source


def test_a_microphone_of_the_server_is_heard_and_steered() -> None:
    with StreamRig().serving() as served:
        client = served.connect()
        client.say("open", settings=SETTINGS, source={"kind": "microphone", "device": "USB"}, record_audio=True)
        opened = client.hear()
        assert opened["next_position"] is None
        request = served.streams.rig.sources.requests[-1]
        assert getattr(request, "device", None) == "USB"
        assert SessionId(opened["session_id"]) in served.streams.rig.recordings.made
        for number, kind in enumerate(("pause", "resume", "commit")):
            client.say(kind, id=number)
            client.until("command-done", id=number)
        client.say("change-settings", id="s", settings={"transcription": {"model": "base"}})
        assert client.until("settings-changed")["data"]["settings"]["transcription"]["model"] == "base"
        client.sound(0, b"")
        assert client.until("problem")["code"] == "audio-not-pushed"
        client.say("stop", id="stop")
        assert "session-stopped" in [message["type"] for message in client.rest()]


@pytest.mark.parametrize("container", ["webm", "ogg"])
def test_opus_in_a_container_is_sent_as_its_bytes_and_its_positions_count_them(container: str) -> None:
    sound = encoded(np.repeat(speech_and_silence(50, 60), 3), 48_000, container, "libopus")
    with StreamRig().serving() as served:
        client, session_id = served.start({"encoding": "container"})
        for first in range(0, len(sound), 999):
            client.sound(first, sound[first : first + 999])
        client.say("end-audio")
        heard = client.rest()
        assert {"type": "audio-accepted", "next_position": len(sound)} in heard
        assert [message["type"] for message in heard if message["type"] == "speech-ended"] == ["speech-ended"]
        captured = [
            s.event.captured_samples for s in served.log(session_id) if isinstance(s.event, e.SessionStopped)
        ]
        assert captured == [pytest.approx(len(speech_and_silence(50, 60)), abs=1600)]


def test_a_token_is_taken_from_a_subprotocol_which_is_chosen_then() -> None:
    with StreamRig(token="secret").serving() as served:
        for offered in (["bearer.secret"], ["stt.v1", "bearer.secret"]):
            client = Client.connect(f"ws://{served.address}{NEW}", subprotocols=offered)
            assert client.subprotocol == offered[0]
            client.send(json.dumps({"type": "open", "audio": AUDIO, "settings": SETTINGS}))
            assert json.loads(client.receive(TIMEOUT_SECONDS))["type"] == "stream-opened"
            client.close()
        for heads in ("", "Sec-WebSocket-Protocol: bearer.wrong\r\n", "Sec-WebSocket-Protocol: stt.v1\r\n"):
            with closing(RawClient(served.address, NEW, heads)) as refused:
                assert " 401 " in refused.head.split("\r\n")[0]


def test_a_commit_lies_behind_the_audio_that_was_sent_before_it() -> None:
    for rate in (8_000, 16_000, 44_100, 48_000):
        with StreamRig().serving() as served:
            client, _ = served.start({"encoding": "pcm_f32le", "sample_rate_hz": rate})
            samples = np.repeat(speech_and_silence(4)[:8000], 3)
            for turn in range(2):
                client.sound(turn * len(samples), pcm(samples))
                client.say("commit")
            for turn in range(2):  # the second was sent before the first was done
                ended = client.until("speech-ended")
                assert ended["data"]["reason"] == "committed"
                assert ended["data"]["end_sample"] == converted_samples((turn + 1) * len(samples), rate)


def test_a_command_with_a_place_in_the_sound_is_held_up_by_none_before_it() -> None:
    streams = StreamRig()
    with streams.serving() as served:
        client, _ = served.start()
        streams.rig.voice_activity.gate.clear()
        samples = speech_and_silence(9)[:8000]
        client.sound(0, pcm(samples))
        assert streams.rig.voice_activity.has_held.wait(TIMEOUT_SECONDS)
        for kind, fields in (("resume", {}), ("change-settings", {"settings": {"vad": {"pause_duration": 0.22}}})):
            client.say(kind, **fields)  # waits for the session, and those behind it for its answer
        client.say("commit", id="commit")
        client.sound(len(samples), pcm(samples))
        client.say("ping", id="all taken")
        client.until("command-done", id="all taken")
        streams.rig.voice_activity.gate.set()
        ended = client.until("speech-ended")
        assert (ended["data"]["reason"], ended["data"]["end_sample"]) == ("committed", len(samples))
        client.until("command-done", id="commit")


@pytest.mark.parametrize(
    ("said", "code", "close"),
    [
        ("{", "bad-message", 4400),
        ('{"type": "sing"}', "bad-message", 4400),
        ('{"type": "pause"}', "bad-message", 4400),
        ('{"type": "open", "colour": 3}', "bad-message", 4400),
        ('{"type": "open", "after": -1}', "bad-message", 4400),
        ('{"type": "open", "audio": {"sample_rate_hz": 3}}', "bad-message", 4400),
        ('{"type": "open", "audio": {"encoding": "mp3"}}', "bad-message", 4400),
        ('{"type": "open", "audio": {}, "source": {"kind": "microphone"}}', "bad-message", 4400),
        ('{"type": "open", "profile": "nobody\'s"}', "profile-not-found", 4404),
        ('{"type": "open", "settings": {"transcription": {"model": "/etc"}}}', "unknown-model", 4404),
        ('{"type": "open", "settings": {"colour": 3}}', "invalid-setting", 4400),
        ("[" * 100_000, "bad-message", 4400),
        ('{"type": "open", "profile": "\\ud800"}', "bad-message", 4400),
        (b"12345678sound", "bad-message", 4400),
    ],
)
def test_a_stream_that_cannot_be_opened_is_closed_with_the_reason(said: str | bytes, code: str, close: int) -> None:
    with StreamRig().serving() as served:
        client = served.connect()
        client.send(said)
        problem = client.hear()
        assert (problem["type"], problem["code"]) == ("problem", code)
        assert len(problem["message"]) > 20
        assert client.close_code() == (close, code)
        assert served.streams.rig.orchestrator.running_sessions() == ()


@pytest.mark.parametrize(
    ("path", "code", "close"),
    [
        ("/api/v1/sessions/nobody/stream?after=0", "session-not-found", 4404),
        ("/api/v1/sessions/nobody/stream?after=x", "bad-message", 4400),
        ("/api/v1/sessions/nobody/stream?after=-1", "bad-message", 4400),
    ],
)
def test_an_address_that_leads_nowhere_is_closed_with_the_reason(path: str, code: str, close: int) -> None:
    with StreamRig().serving() as served:
        client = served.connect(path)
        assert client.hear()["code"] == code
        assert client.close_code() == (close, code)


def test_a_session_that_is_there_is_not_created_again() -> None:
    with StreamRig().serving() as served:
        _, session_id = served.start()
        client = served.connect(f"/api/v1/sessions/{session_id}/stream")
        client.say("open", profile="vad-triggered")
        assert client.hear()["code"] == "bad-message"
        served.streams.rig.orchestrator.stop_pipeline(SessionId(session_id))
        client = served.connect(f"/api/v1/sessions/{session_id}/stream")
        client.say("open", audio=AUDIO)
        assert client.hear()["next_position"] is None
        assert client.rest()[-1]["type"] == "stream-ended"


def test_no_audio_is_sent_to_a_session_that_hears_something_else() -> None:
    with StreamRig().serving() as served:
        client = served.connect()
        client.say("open", settings=SETTINGS)
        session_id = client.hear()["session_id"]
        other = served.connect(f"/api/v1/sessions/{session_id}/stream")
        other.say("open", audio=AUDIO)
        assert other.close_code() == (4409, "audio-not-pushed")


def test_more_sessions_than_allowed_are_not_started() -> None:
    with StreamRig(ServerLimits(sessions=1)).serving() as served:
        served.start()
        client = served.connect()
        client.say("open", settings=SETTINGS, audio=AUDIO)
        assert client.close_code() == (4429, "too-many-sessions")


def test_the_same_key_gives_the_same_session() -> None:
    with StreamRig().serving() as served:
        client, session_id = served.start(key="mine")
        client.close()
        assert served.start(key="mine")[1] == session_id
        assert served.start(key="another")[1] != session_id
        assert len(served.streams.rig.orchestrator.running_sessions()) == 2


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("{", "bad-message"),
        ('{"type": "sing", "id": 1}', "bad-message"),
        ('{"type": "open"}', "bad-message"),
        ('{"type": "pause", "why": 1}', "bad-message"),
        ('{"type": "change-settings", "settings": {"vad": {"sensitivity": 7}}}', "invalid-setting"),
        ('{"type": "change-settings", "settings": {"transcription": {"model": "../../etc"}}}', "unknown-model"),
        (b"short", "bad-message"),
        (bytes(8) + b"odd", "audio-format"),
        ((2**63).to_bytes(8, "little") + bytes(4), "audio-position"),
        ('{"type": "skip-audio", "to": -1}', "bad-message"),
    ],
)
def test_what_is_wrong_on_an_open_stream_is_answered_and_changes_nothing(said: str | bytes, code: str) -> None:
    with StreamRig().serving() as served:
        client, _ = served.start()
        client.send(said)
        assert client.until("problem")["code"] == code
        client.sound(0, pcm(speech_and_silence(5)))
        assert client.until("utterance-transcribed")["data"]["text"] == "word5"


def test_frames_that_all_have_the_same_problem_are_answered_once() -> None:
    with StreamRig().serving() as served:
        client, _ = served.start()
        for _ in range(50):
            client.sound(0, b"odd")
        client.say("ping", id="end")
        kinds = []
        while (message := client.hear()) != {"type": "command-done", "id": "end"}:
            kinds.append(message["type"])
        assert kinds.count("problem") == 1


def test_a_client_that_says_nothing_is_sent_away() -> None:
    with StreamRig(ServerLimits(idle_seconds=0.4)).serving() as served:
        client = served.connect()
        assert client.hear()["code"] == "stream-not-opened"
        assert client.close_code() == (4408, "stream-not-opened")


def test_gaps_are_recorded_and_overlaps_are_heard_once() -> None:
    with StreamRig().serving() as served:
        client, session_id = served.start()
        samples = speech_and_silence(6)
        client.sound(0, pcm(samples[:6000]))
        client.sound(2000, pcm(samples[2000:8000]))
        client.sound(0, pcm(samples[:100]))
        client.sound(8000, pcm(samples[8000:]))
        end = len(samples)
        client.sound(end + 1600, pcm(samples))
        client.say("end-audio")
        client.rest()
        log = [stored.event for stored in served.log(session_id)]
        gaps = [event for event in log if isinstance(event, e.AudioGapRecorded)]
        assert [(gap.start_sample, gap.lost_samples, gap.reason) for gap in gaps] == [(end, 1600, "skipped")]
        assert [event.text for event in log if isinstance(event, e.UtteranceTranscribed)] == ["word6", "word6"]


def overflow(client: StreamClient) -> int:
    """Send silence, ten seconds a frame, until a session that hears nothing takes no more; from where to go on."""
    position = 0
    while True:
        client.sound(position, pcm(np.zeros(160_000, np.float32)))
        heard = client.hear()
        while heard["type"] not in {"audio-accepted", "audio-overflow"}:
            heard = client.hear()
        position = int(heard["next_position"])
        if heard["type"] == "audio-overflow":
            if position >= 30 * 16_000:
                return position
            position = int(client.until("audio-resumable")["next_position"])


def resumed(client: StreamClient) -> int:
    """Wait until there is room again, and all that was taken is heard; from where to go on."""
    position = int(client.until("audio-resumable")["next_position"])
    client.say("resume", id="all heard")  # of a session that listens: it only waits for its turn
    client.until("command-done", id="all heard")
    return position


def test_a_client_that_sends_faster_than_is_heard_is_told_and_sends_again() -> None:
    streams = StreamRig()
    with streams.serving() as served:
        client, session_id = served.start()
        streams.rig.voice_activity.gate.clear()
        position = overflow(client)
        client.sound(position + 160_000, pcm(speech_and_silence(1)))  # was on its way, and is no gap
        client.say("end-audio", id="too early")
        assert client.until("problem", id="too early")["code"] == "audio-missing"
        streams.rig.voice_activity.gate.set()
        position = resumed(client)
        client.sound(position + 640, pcm(speech_and_silence(2)))
        client.sound(position, pcm(speech_and_silence(7)))
        client.say("end-audio")
        assert final_texts(client.rest()) == ["word7"]
        assert not any(isinstance(stored.event, e.AudioGapRecorded) for stored in served.log(session_id))


def test_a_client_that_cannot_send_again_says_so_and_the_hole_is_a_gap() -> None:
    streams = StreamRig()
    with streams.serving() as served:
        client, session_id = served.start()
        streams.rig.voice_activity.gate.clear()
        overflow(client)
        streams.rig.voice_activity.gate.set()
        at = resumed(client)
        client.say("skip-audio", to=at + 800)
        client.until("command-done")
        client.sound(at + 800, pcm(speech_and_silence(8)))
        client.say("end-audio")
        assert final_texts(client.rest()) == ["word8"]
        gaps = [stored.event for stored in served.log(session_id) if isinstance(stored.event, e.AudioGapRecorded)]
        assert [(gap.start_sample, gap.lost_samples) for gap in gaps] == [(at, 800)]


def test_a_session_outlives_its_socket_and_then_gives_its_client_up() -> None:
    with StreamRig(ServerLimits(abandoned_seconds=1.0)).serving() as served:
        client, session_id = served.start()
        deadline = time.monotonic() + 1.3
        while time.monotonic() < deadline:  # says nothing for longer, and is there
            threading.Event().wait(0.05)
        assert SessionId(session_id) in served.streams.rig.orchestrator.running_sessions()
        listener = served.join(session_id)
        client.raw.reset()
        failed = listener.until("session-failed")
        assert failed["data"]["code"] == "audio-client-gone"
        assert listener.rest()[-1]["type"] == "stream-ended"


def test_a_change_of_settings_that_loads_holds_up_neither_audio_nor_events() -> None:
    streams = StreamRig()
    with streams.serving() as served:
        client, _ = served.start()
        streams.rig.voice_activity.gate.clear()
        client.sound(0, pcm(speech_and_silence(9)))
        client.say("change-settings", id="slow", settings={"transcription": {"model": "base"}})
        client.say("ping", id="quick")
        client.until("command-done", id="quick")
        streams.rig.voice_activity.gate.set()
        client.until("command-done", id="slow")


def test_changes_over_sockets_and_requests_at_the_same_time_undo_nothing_of_each_other() -> None:
    streams = StreamRig()
    with streams.serving() as served:
        first, session_id = served.start()
        second = served.join(session_id)
        streams.rig.voice_activity.gate.clear()
        first.sound(0, pcm(speech_and_silence(9)))
        assert streams.rig.voice_activity.has_held.wait(TIMEOUT_SECONDS)
        for client, change in ((first, {"pre_roll_duration": 0.31}), (second, {"tail_duration": 0.12})):
            client.say("change-settings", id="change", settings={"vad": change})
        changes = {"settings": {"vad": {"pause_duration": 0.22}}}
        with ThreadPoolExecutor(1) as threads:
            patched = threads.submit(streams.web.client.patch, f"/api/v1/sessions/{session_id}", json=changes)
            for client in (first, second):
                client.say("ping", id="after")
                client.until("command-done", id="after")
            streams.rig.voice_activity.gate.set()
            assert patched.result(TIMEOUT_SECONDS).status_code == 200
        for client in (first, second):
            client.until("command-done", id="change")
        settings = streams.web.client.get(f"/api/v1/sessions/{session_id}").get_json()["settings"]["endpointing"]
        changed = tuple(settings[name] for name in ("pre_roll_seconds", "tail_seconds", "pause_seconds"))
        assert changed == (0.31, 0.12, 0.22)


def test_more_commands_than_can_wait_are_refused_and_the_others_done() -> None:
    streams = StreamRig()
    with streams.serving() as served:
        client, _ = served.start()
        streams.rig.voice_activity.gate.clear()
        client.sound(0, pcm(speech_and_silence(1)))
        assert streams.rig.voice_activity.has_held.wait(TIMEOUT_SECONDS)
        for number in range(50):
            client.say("resume", id=number)
        refused = client.until("problem")
        assert (refused["code"], refused["id"] > 30) == ("too-many-commands", True)
        streams.rig.voice_activity.gate.set()
        for number in range(30):
            client.until("command-done", id=number)


def test_a_frame_that_did_not_fit_is_given_up_with_its_session(caplog: pytest.LogCaptureFixture) -> None:
    streams = StreamRig()
    with streams.serving() as served:
        client, session_id = served.start()
        streams.rig.voice_activity.gate.clear()
        overflow(client)
        served.streams.rig.orchestrator.request_stop(SessionId(session_id), 0.0)
        streams.rig.voice_activity.gate.set()
        heard = client.rest()
        assert heard[-1]["type"] == "stream-ended"
        assert sum(message["type"] == "problem" for message in heard) <= 1
    assert "defect" not in caplog.text


def test_the_end_of_the_server_is_said_with_where_to_resume() -> None:
    streams = StreamRig()
    with streams.serving() as served:
        client, _ = served.start()
        started = client.until("session-started")
        streams.web.closing.begin()
        assert client.until("server-closing")["resume_after"] == started["seq"]
        assert client.close_code() == (1001, "server closing")
