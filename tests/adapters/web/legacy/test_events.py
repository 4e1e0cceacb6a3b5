"""`/events` tells of all sessions in the frames of 0.1, and of what 0.1 promised; nothing that is sent ends it."""

import json
from typing import Any

import numpy as np
import pytest
from simple_websocket import Client
from tests.adapters.web.legacy.events_client import listening
from tests.adapters.web.rig import WebRig
from tests.application.rig import silence
from tests.fakes.speech_to_text import spoken
from tests.fakes.wake_word import WORD_AMPLITUDES

from realtime_mlx_stt.adapters.web.legacy.broadcast import written
from realtime_mlx_stt.adapters.web.legacy.events_socket import EventsHandler
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError
from realtime_mlx_stt.ports.wake_word import FRAME_SAMPLES

TEXT = "word1 word2 word3"
SPEECH = spoken(0, 0, 1, 2, 3, 0, 0, 0)


def start(web: WebRig, profile: str = "vad-triggered", **custom: object) -> str:
    answer = web.client.post("/system/start", json={"profile": profile, "custom_config": custom})
    assert answer.status_code == 200
    return web.rig.orchestrator.running_sessions()[-1]


def test_a_text_is_told_in_the_frame_of_0_1_with_more_beside_it(web: WebRig, address: str) -> None:
    with listening(address) as events:
        session_id = start(web)
        web.rig.source.hear(SPEECH)
        frame = events.until_final()
    assert {key: frame[key] for key in ("event", "text", "is_final", "session_id")} == {
        "event": "transcription",
        "text": TEXT,
        "is_final": True,
        "session_id": session_id,
    }
    assert frame["confidence"] == pytest.approx(0.9)
    assert (frame["language"], frame["utterance_id"]) == ("en", 1)
    assert frame["timestamp"] > 0


def test_what_is_being_said_is_told_as_not_final(web: WebRig, address: str) -> None:
    with listening(address) as events:
        start(web, transcription={"partial_interval_seconds": 0.1})
        web.rig.source.hear(spoken(0, 1, 2))
        partial = events.until("transcription")
        web.rig.source.hear(spoken(0, 0, 0))
        events.until_final()
    assert partial["is_final"] is False
    assert partial["text"].startswith("word1")


def test_a_wake_word_is_told_with_when_it_was_said(web: WebRig, address: str) -> None:
    called = np.full(FRAME_SAMPLES, WORD_AMPLITUDES[0], dtype=np.float32)
    with listening(address) as events:
        start(web, "wake-word", wake_word={"words": ["alexa"], "timeout": 1})
        began_at = web.rig.clock.now()
        web.rig.source.hear(np.concatenate([silence(0.96), called, silence(3)]))
        frame = events.until("wake_word")
        expired = events.until("wake_word_timeout")
    assert {key: frame[key] for key in ("event", "word", "confidence")} == {
        "event": "wake_word",
        "word": "alexa",
        "confidence": 0.95,
    }
    assert began_at + 0.9 < frame["timestamp"] <= began_at + 1.1
    assert expired["timestamp"] == pytest.approx(frame["timestamp"] + 1.0, abs=0.3)


def test_the_events_that_0_1_promised_are_told(web: WebRig, address: str) -> None:
    with listening(address) as events:
        start(web)
        assert events.until("system_status")["running"] is True
        assert "audio_capture" in events.until("system_status")["active_features"]
        web.rig.source.hear(SPEECH)
        silent = events.until("silence_detected")
        web.client.post("/system/stop")
        assert events.until("system_status", 2)["running"] is False
    assert silent["timestamp"] - events.until("speech_detected")["timestamp"] == pytest.approx(silent["duration"])


def test_an_end_that_nobody_asked_for_is_told(web: WebRig, address: str) -> None:
    with listening(address) as events:
        start(web)
        events.until("system_status")
        web.rig.source.end()
        assert events.until("system_status", 2)["running"] is False


def test_what_goes_wrong_is_told(web: WebRig, address: str) -> None:
    web.rig.engines.failure = SpeechToTextError("The model did not run.")  # type: ignore[attr-defined]
    with listening(address) as events:
        session_id = start(web)
        web.rig.source.hear(SPEECH)
        error = events.until("error")
    assert (error["code"], error["message"]) == ("speech-to-text", "The model did not run.")
    assert error["session_id"] == session_id


def test_speech_that_was_none_is_told_as_rejected(web: WebRig, address: str) -> None:
    with listening(address) as events:
        start(web, vad={"min_speech_duration": 1.0})
        web.rig.source.hear(spoken(0, 0, 1, 0, 0, 0))
        assert events.until("speech_rejected")["rule"] == "too-little-speech"


def test_sessions_of_every_interface_are_told(web: WebRig, address: str) -> None:
    with listening(address) as events:
        session_id, _ = web.rig.start()
        web.rig.source.hear(SPEECH)
        assert events.until_final()["session_id"] == session_id


def test_a_session_that_began_before_anybody_listened_has_its_times(web: WebRig, address: str) -> None:
    start(web)
    began_at = web.rig.clock.now()
    with listening(address) as events:
        web.rig.source.hear(SPEECH)
        assert began_at <= events.until("speech_detected")["timestamp"] < began_at + 1.0


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", "bad-message"),
        ("[1]", "bad-message"),
        ("[" * 5000, "bad-message"),
        (json.dumps({"command": "dance"}), "unknown-command"),
        (json.dumps({"type": "ping"}), "unknown-command"),
        (b"odd", "audio-format"),
    ],
)
def test_whatever_a_client_sends_it_is_answered_and_stays(
    web: WebRig, address: str, message: str | bytes, code: str
) -> None:
    with listening(address) as events:
        events.socket.send(message)
        assert events.until("error")["code"] == code
        start(web)
        web.rig.source.hear(SPEECH)
        assert events.until_final()["text"] == TEXT


def test_audio_that_a_client_sends_is_written_and_told_to_all(web: WebRig, address: str) -> None:
    pcm = (np.concatenate([SPEECH, spoken(1, 2, 3)]) * 32768).astype("<i2").tobytes()
    with listening(address) as other:
        with listening(address) as events:
            for first in range(0, len(pcm), 640):
                events.socket.send(pcm[first : first + 640])
            assert events.until_final()["text"] == TEXT
        assert other.until_final(2)["text"] == TEXT
    (session,) = web.rig.store.sessions()
    web.rig.over(session.session_id)


def test_a_client_that_is_too_slow_gets_no_partials_and_is_then_given_up() -> None:
    connection = StalledConnection()
    handler = EventsHandler(connection, None, None, None)  # type: ignore[arg-type]
    for number in range(200):
        handler.offer(f"partial {number}", is_partial=True)
    for number in range(900):
        handler.offer(f"final {number}", is_partial=False)
    connection.waiting_bytes = 0
    handler.woken()
    kinds = [message.split()[0] for message in connection.sent]
    assert (kinds.count("partial"), kinds.count("final")) == (50, 900)
    connection.waiting_bytes = 1_000_000
    for number in range(2000):
        handler.offer(f"final {number}", is_partial=False)
    handler.woken()
    assert connection.closed == [(4008, "too slow a reader")]


class StalledConnection:
    """A connection that takes nothing while much waits."""

    def __init__(self) -> None:
        self.waiting_bytes = 1_000_000
        self.sent: list[str] = []
        self.closed: list[tuple[int, str]] = []

    def send(self, message: str) -> None:
        self.sent.append(message)

    def wake(self) -> None:
        pass

    def close(self, code: int, reason: str, *, drops_waiting: bool = False) -> None:
        assert drops_waiting
        self.closed.append((code, reason))


def test_a_stalled_client_delays_no_other(web: WebRig, address: str) -> None:
    stalled = Client(f"ws://{address}/events")
    with listening(address) as events:
        start(web)
        for count in range(1, 30):
            web.rig.source.hear(SPEECH)
            events.until_final(count)
    stalled.close()


def test_a_frame_is_one_flat_object() -> None:
    frame: dict[str, Any] = {"event": "transcription", "text": "hi", "is_final": True, "session_id": "s1"}
    assert written(frame) == '{"event":"transcription","text":"hi","is_final":true,"session_id":"s1"}'
