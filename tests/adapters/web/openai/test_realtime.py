"""OpenAI's client on the realtime connection sends sound, and is told of speech and texts in the API's words."""

import base64
from contextlib import suppress
from typing import Any

import pytest
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter
from tests.adapters.web.openai.realtime_client import connected, pcm
from tests.adapters.web.openai.served import Served, newest_log, served, two_utterances, utterance
from tests.application.rig import silence
from websockets.exceptions import ConnectionClosed

from realtime_mlx_stt.adapters.web.server_config import ServerConfig, ServerLimits
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

COMPLETED = "conversation.item.input_audio_transcription.completed"
DELTA = "conversation.item.input_audio_transcription.delta"
FAILED = "conversation.item.input_audio_transcription.failed"
COMMITTED = "input_audio_buffer.committed"
WITHOUT_TURNS = {"type": "transcription", "audio": {"input": {"turn_detection": None}}}
# What OpenAI's client does with some versions of its library for WebSockets.
pytestmark = pytest.mark.filterwarnings(r"ignore:connect\(\) must be used as a context manager:DeprecationWarning")

SOUND = pcm(two_utterances())
MOST_ITEMS = 40


def without_turns(client: Any) -> None:
    """The client itself says where an item ends."""
    client.connection.session.update(session=WITHOUT_TURNS)
    client.until("session.updated")


class TestTurns:
    def test_each_utterance_is_an_item_that_is_begun_committed_and_written(self, server: Served) -> None:
        with connected(server.client) as client:
            client.say(SOUND)
            client.until(COMPLETED, 2)

        item_id = client.of(COMMITTED)[0].item_id
        first = [event.type for event in client.events if getattr(event, "item_id", None) == item_id]
        kinds = [kind for kind in first if kind != DELTA]
        assert kinds == [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            COMMITTED,
            COMPLETED,
        ]
        assert [event.transcript for event in client.of(COMPLETED)] == ["word1 word2", "word3"]
        assert client.types[0] == "session.created"
        assert len({event.event_id for event in client.events}) == len(client.events)

    def test_what_is_said_is_placed_in_all_that_was_sent(self, server: Served) -> None:
        with connected(server.client) as client:
            client.say(SOUND)
            client.until(COMPLETED, 2)

        starts = [event.audio_start_ms for event in client.of("input_audio_buffer.speech_started")]
        ends = [event.audio_end_ms for event in client.of("input_audio_buffer.speech_stopped")]
        assert starts[0] == 0
        assert 650 <= ends[0] < 1700
        assert 2200 < starts[1] < 2700 < ends[1]

    def test_the_deltas_of_an_item_are_its_text(self, server: Served) -> None:
        """How many deltas an item has depends on how fast the threads are; one of many has more than one."""
        sound = pcm(utterance(*range(1, 16)))
        deltas: list[str] = []
        with connected(server.client) as client:
            for item in range(1, MOST_ITEMS + 1):
                client.say(sound)
                completed = client.until(COMPLETED, item)
                deltas = [event.delta for event in client.of(DELTA) if event.item_id == completed.item_id]
                assert "".join(deltas) == completed.transcript
                assert completed.usage.seconds > 5.0
                if len(deltas) > 1:
                    break

        assert len(deltas) > 1
        last_committed = len(client.types) - client.types[::-1].index(COMMITTED)
        assert client.types[:last_committed].count(DELTA) > len(client.of(DELTA)) - len(deltas)

    def test_items_are_in_a_conversation(self, server: Served) -> None:
        with connected(server.client) as client:
            client.say(SOUND)
            client.until(COMPLETED, 2)

        first, second = client.of(COMMITTED)
        assert (first.previous_item_id, second.previous_item_id) == (None, first.item_id)
        for kind in ("conversation.item.added", "conversation.item.done"):
            assert [event.item.id for event in client.of(kind)] == [first.item_id, second.item_id]
        assert client.of("conversation.item.done")[0].item.role == "user"

    def test_a_commit_ends_the_utterance_that_is_open(self, server: Served) -> None:
        with connected(server.client) as client:
            client.say(pcm(utterance(1, 2)[:11_000]))
            client.connection.input_audio_buffer.commit()
            assert client.until(COMPLETED).transcript == "word1 word2"
            client.say(pcm(utterance(3)))
            assert client.until(COMPLETED, 2).transcript == "word3"
            assert client.of("input_audio_buffer.speech_started")[1].audio_start_ms >= 11_000 // 16

    def test_a_commit_of_what_is_no_speech_is_an_empty_item(self, server: Served) -> None:
        with connected(server.client) as client:
            client.say(pcm(silence(0.5)))
            client.connection.input_audio_buffer.commit()
            assert client.until(COMPLETED).transcript == ""
            assert client.until(COMMITTED).item_id == client.until(COMPLETED).item_id

    def test_noise_that_was_taken_for_speech_is_an_item_without_text(self, server: Served) -> None:
        with connected(server.client) as client:
            client.say(pcm(utterance(101, 101, 101)))
            assert client.until(COMPLETED).transcript == ""
            assert client.of(DELTA) == []


class TestCommits:
    def test_without_turns_all_up_to_the_commit_is_one_item(self, server: Served) -> None:
        with connected(server.client) as client:
            without_turns(client)
            client.say(SOUND)
            client.connection.input_audio_buffer.commit()
            completed = client.until(COMPLETED)

        assert completed.transcript == "word1 word2 word3"
        assert "".join(event.delta for event in client.of(DELTA)) == completed.transcript
        assert completed.usage.seconds == pytest.approx(len(two_utterances()) / 16_000, abs=0.01)
        assert not {"input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"} & {*client.types}

    def test_what_comes_behind_a_commit_is_the_next_item(self, server: Served) -> None:
        with connected(server.client) as client:
            without_turns(client)
            for number in (1, 2, 3):
                client.say(pcm(utterance(number)))
                client.connection.input_audio_buffer.commit()
            client.until(COMPLETED, 3)

        texts = {event.item_id: event.transcript for event in client.of(COMPLETED)}
        assert [texts[event.item_id] for event in client.of(COMMITTED)] == ["word1", "word2", "word3"]

    def test_what_is_cleared_is_in_no_item(self, server: Served) -> None:
        with connected(server.client) as client:
            without_turns(client)
            client.say(pcm(utterance(1)))
            client.connection.input_audio_buffer.clear()
            client.until("input_audio_buffer.cleared")
            client.say(pcm(utterance(2)))
            client.connection.input_audio_buffer.commit()
            assert client.until(COMPLETED).transcript == "word2"
        assert len(client.of(COMMITTED)) == 1

    def test_nothing_cannot_be_committed(self, server: Served) -> None:
        with connected(server.client) as client:
            client.connection.input_audio_buffer.commit()
            error = client.until("error").error
        assert (error.type, error.code, error.param) == ("invalid_request_error", "invalid-parameter", "audio")

    def test_a_minute_may_be_sent_at_once(self, server: Served) -> None:
        """Twice what a session takes ahead: the rest waits."""
        with connected(server.client) as client:
            without_turns(client)
            client.say(pcm(silence(35)) + pcm(utterance(1)) + pcm(silence(35)) + pcm(utterance(2)))
            client.connection.input_audio_buffer.commit()
            completed = client.until(COMPLETED)
        assert completed.transcript == "word1 word2"
        assert completed.usage.seconds > 72.0


class TestUpdates:
    def test_a_session_is_told_with_what_is_in_effect(self, server: Served) -> None:
        turns = {"type": "server_vad", "threshold": 0.4, "prefix_padding_ms": 300, "silence_duration_ms": 500}
        heard = {"transcription": {"model": "base", "language": "german"}, "turn_detection": turns}
        with connected(server.client) as client:
            client.connection.session.update(session={"type": "transcription", "audio": {"input": heard}})
            told = client.until("session.updated").session.audio.input
            client.say(pcm(utterance(1)))
            client.until(COMPLETED)

        assert (told.transcription.model, told.transcription.language) == ("base", "german")
        assert {key: getattr(told.turn_detection, key) for key in turns} == turns
        assert {(call.model, call.language) for call in server.engines.calls} == {("base", "de")}
        started = newest_log(server)[0]
        assert isinstance(started, e.SessionStarted)
        assert started.settings.endpointing.minimum_silence_seconds == 0.5
        assert started.settings.endpointing.pre_roll_seconds == pytest.approx(0.3)
        assert started.settings.voice_activity.onset_threshold == 0.4

    def test_what_an_update_leaves_out_stays_as_it_is(self, server: Served) -> None:
        with connected(server.client) as client:
            for heard in ({"transcription": {"model": "base"}}, {"transcription": {"language": "de"}}):
                client.connection.session.update(session={"type": "transcription", "audio": {"input": heard}})
            told = client.until("session.updated", 2).session.audio.input
        assert (told.transcription.model, told.transcription.language) == ("base", "de")
        assert told.turn_detection.type == "server_vad"

    def test_sound_that_was_sent_before_an_update_is_heard_as_it_was_meant(self, server: Served) -> None:
        with connected(server.client) as client:
            client.say(pcm(utterance(1)[:8000]))
            client.connection.session.update(
                session={"type": "transcription", "audio": {"input": {"transcription": {"model": "base"}}}}
            )
            assert client.until(COMPLETED).transcript == "word1"
            client.say(pcm(utterance(2)))
            assert client.until(COMPLETED, 2).transcript == "word2"
        assert [call.model for call in server.engines.calls if call.final] == ["tiny.en", "base"]

    @pytest.mark.parametrize(
        ("heard", "code"),
        [
            ({"format": {"type": "audio/pcmu"}}, "invalid-parameter"),
            ({"format": {"type": "audio/pcm", "rate": 16_000}}, "invalid-parameter"),
            ({"transcription": {"model": "nonsense"}}, "model_not_found"),
            ({"transcription": {"model": "/etc"}}, "model_not_found"),
            ({"transcription": {"language": "klingon"}}, "unknown-language"),
            ({"turn_detection": {"type": "semantic_vad"}}, "invalid-parameter"),
            ({"turn_detection": {"type": "server_vad", "threshold": 7}}, "invalid-setting"),
            ({"turn_detection": {"type": "server_vad", "silence_duration_ms": "long"}}, "invalid-parameter"),
        ],
    )
    def test_what_cannot_be_had_is_refused_and_changes_nothing(
        self, server: Served, heard: dict[str, Any], code: str
    ) -> None:
        with connected(server.client) as client:
            session = {"type": "transcription", "audio": {"input": heard}}
            client.send({"type": "session.update", "event_id": "mine", "session": session})
            error = client.until("error").error
            client.say(pcm(utterance(1)))
            assert client.until(COMPLETED).transcript == "word1"
        assert (error.code, error.event_id) == (code, "mine")
        assert client.of("session.updated") == []

    def test_a_conversation_is_not_what_this_server_has(self, server: Served) -> None:
        with connected(server.client) as client:
            client.send({"type": "session.update", "session": {"type": "realtime"}})
            assert client.until("error").error.param == "session.type"


class TestBeta:
    """The words of the API's first generation, which many programs still speak."""

    def test_the_session_is_flat_and_items_are_created(self, server: Served) -> None:
        with connected(server.client, beta=True) as client:
            created = client.until("transcription_session.created")
            session = {
                "input_audio_format": "pcm16",
                "input_audio_transcription": {"model": "gpt-4o-transcribe", "language": "en", "prompt": "Ducks."},
                "turn_detection": {"type": "server_vad", "silence_duration_ms": 500},
            }
            client.send({"type": "transcription_session.update", "session": session})
            updated = client.until("transcription_session.updated")
            client.say(pcm(utterance(1)))
            completed = client.until(COMPLETED)

        assert created.session["input_audio_format"] == "pcm16"
        assert updated.session["input_audio_transcription"] == {
            "model": "gpt-4o-transcribe",
            "language": "en",
            "prompt": "Ducks.",
        }
        assert updated.session["turn_detection"]["silence_duration_ms"] == 500
        assert client.until("conversation.item.created").item.id == completed.item_id
        assert client.of("conversation.item.added") == []

    @pytest.mark.parametrize("form", ["g711_ulaw", "g711_alaw"])
    def test_telephone_sound_is_refused_with_what_to_do(self, server: Served, form: str) -> None:
        with connected(server.client, beta=True) as client:
            client.send({"type": "transcription_session.update", "session": {"input_audio_format": form}})
            error = client.until("error").error
        assert error.param == "session.input_audio_format"
        assert "convert it" in error.message


class TestBadInput:
    @pytest.mark.parametrize(
        ("event", "parameter"),
        [
            ({"type": "response.create"}, "type"),
            ({"type": 7}, "type"),
            ({}, "type"),
            ({"type": "input_audio_buffer.append"}, "type"),
            ({"type": "input_audio_buffer.append", "audio": "%%%"}, "audio"),
            ({"type": "input_audio_buffer.append", "audio": base64.b64encode(b"odd").decode()}, "audio"),
            ({"type": "session.update", "session": 7}, "session"),
        ],
    )
    def test_what_is_no_event_is_told_and_the_connection_goes_on(
        self, server: Served, event: dict[str, Any], parameter: str
    ) -> None:
        with connected(server.client) as client:
            client.send({**event, "event_id": "mine"})
            error = client.until("error").error
            client.say(pcm(utterance(1)))
            assert client.until(COMPLETED).transcript == "word1"
        assert (error.code, error.param, error.event_id) == ("invalid-parameter", parameter, "mine")

    @pytest.mark.parametrize("message", ["no JSON", "[]", b"\x00\x01"])
    def test_what_is_no_json_object_is_told_too(self, server: Served, message: str | bytes) -> None:
        with connected(server.client) as client:
            client.connection.send_raw(message)
            assert client.until("error").error.code == "invalid-parameter"
            client.say(pcm(utterance(1)))
            client.until(COMPLETED)

    def test_objects_in_objects_without_end_are_none_either(self, server: Served) -> None:
        with connected(server.client) as client:
            client.connection.send_raw('{"type":' * 100_000)
            assert client.until("error").error.code == "invalid-parameter"

    def test_sound_that_comes_much_faster_than_it_is_heard_ends_the_connection(self, server: Served) -> None:
        gate = server.web.rig.voice_activity.gate
        gate.clear()
        try:
            with connected(server.client) as client:
                with suppress(ConnectionClosed):  # perhaps while it still sends
                    for _ in range(50):
                        client.connection.input_audio_buffer.append(audio=base64.b64encode(bytes(700_000)).decode())
                assert client.until("error").error.code == "audio-behind"
        finally:
            gate.set()

    def test_without_the_intent_nothing_is_served(self, server: Served) -> None:
        with connected(server.client, intent="conversation") as client:
            error = client.until("error").error
        assert "intent=transcription" in error.message

    def test_an_unknown_model_in_the_address_is_refused(self, server: Served) -> None:
        with connected(server.client, model="gpt-realtime") as client:
            assert client.until("error").error.code == "model_not_found"


class TestFailures:
    def test_a_text_that_cannot_be_had_is_told_of_its_item(self, server: Served) -> None:
        server.engines.failure = SpeechToTextError("The model ran into a wall.")
        with connected(server.client) as client:
            client.say(pcm(utterance(1)))
            failed = client.until(FAILED)
        assert failed.item_id == client.until(COMMITTED).item_id
        assert (failed.error.code, failed.error.type) == ("speech-to-text", "server_error")

    @pytest.mark.parametrize("turns", [True, False])
    def test_a_session_that_fails_ends_the_connection_after_it_was_told(self, server: Served, turns: bool) -> None:
        server.engines.load_failure = SpeechToTextError("There is no room for the model.")
        with connected(server.client) as client:
            if not turns:
                without_turns(client)
            client.say(pcm(utterance(1)[:1600]))
            error = client.until("error").error
        assert (error.code, error.message) == ("speech-to-text", "There is no room for the model.")

    def test_the_session_ends_with_its_connection(self, server: Served) -> None:
        with connected(server.client) as client:
            client.say(pcm(utterance(1)[:8000]))
            client.until("input_audio_buffer.speech_started")
            (session_id,) = server.web.rig.orchestrator.running_sessions()
        assert server.web.rig.orchestrator.wait(session_id, 10.0)
        log = [stored.event for stored in server.web.rig.store.read(session_id)]
        assert [event.text for event in log if isinstance(event, e.UtteranceTranscribed)] == ["word1"]


@pytest.mark.usefixtures("no_proxy")
def test_no_more_sessions_run_than_are_allowed() -> None:
    config = ServerConfig(limits=ServerLimits(sessions=1))
    with served(config=config) as server, connected(server.client) as first, connected(server.client) as second:
        first.say(pcm(utterance(1)[:8000]))
        first.until("input_audio_buffer.speech_started")
        second.say(pcm(silence(0.1)))
        assert second.until("error").error.code == "too-many-sessions"
        first.connection.input_audio_buffer.commit()
        assert first.until(COMPLETED).transcript == "word1"


@pytest.mark.parametrize("turns", [True, False])
def test_a_session_that_somebody_else_stops_is_followed_by_another(server: Served, turns: bool) -> None:
    with connected(server.client) as client:
        if not turns:
            without_turns(client)
        client.say(pcm(utterance(1)[:8000]))
        client.send({"type": "nothing"})
        client.until("error")  # by now the sound is with the session
        (session_id,) = server.web.rig.orchestrator.running_sessions()
        assert server.web.rig.orchestrator.stop_pipeline(session_id)
        assert client.until(COMPLETED).item_id == client.until(COMMITTED).item_id
        client.say(pcm(utterance(2)))
        client.connection.input_audio_buffer.commit()
        assert client.until(COMPLETED, 2).transcript == "word2"


def test_every_event_is_one_that_the_api_knows(server: Served) -> None:
    """Not only read by the client, which takes anything, but right by its types."""
    known: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
    with connected(server.client) as client:
        without_turns(client)
        client.say(SOUND)
        client.connection.input_audio_buffer.commit()
        client.until(COMPLETED)
        client.connection.input_audio_buffer.clear()
        client.until("input_audio_buffer.cleared")
        client.connection.input_audio_buffer.commit()
        client.until("error")
    for event in client.events:
        known.validate_python(event.model_dump(mode="json"))
