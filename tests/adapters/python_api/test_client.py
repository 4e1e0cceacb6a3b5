"""A client, as section 1.3 of the contract describes it and its documents promised it."""

import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from time import monotonic
from types import GeneratorType
from typing import Any

import numpy as np
import pytest
from tests.adapters.python_api.process import Calls, FakeProcess, SlowProcess, Speaker, utterance
from tests.application.rig import TIMEOUT_SECONDS
from tests.application.slow_to_load import SlowToLoad
from tests.fakes.audio_devices import FakeAudioDevices
from tests.fakes.speech_to_text import ScriptedEngines

from realtime_mlx_stt.adapters.python_api.client.client import STTClient, create_client
from realtime_mlx_stt.adapters.python_api.configuration.client_configuration import STTConfig
from realtime_mlx_stt.adapters.python_api.openai_account import use_openai_account
from realtime_mlx_stt.adapters.python_api.process_services import using_services
from realtime_mlx_stt.adapters.python_api.results import TranscriptionResult
from realtime_mlx_stt.adapters.python_api.session.problems import SessionProblemError
from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain.events import SessionStarted
from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import (
    AudioDeviceNotFoundError,
    AudioSourceError,
    MicrophoneRequest,
    SourceFailed,
)
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError, UnknownLanguageError

KEY = "sk-of-a-test"


def signature(function: Callable[..., Any]) -> list[tuple[str, object]]:
    return [(each.name, each.default) for each in inspect.signature(function).parameters.values()][1:]


NONE = inspect.Parameter.empty


class TestSignature:
    def test_of_the_constructor(self) -> None:
        assert signature(STTClient.__init__) == [
            ("openai_api_key", None),
            ("porcupine_api_key", None),
            ("default_engine", "mlx_whisper"),
            ("default_model", None),
            ("default_language", None),
            ("device_index", None),
            ("vad_sensitivity", 0.5),
            ("vad_min_silence_duration", 2.0),
            ("vad_min_speech_duration", 0.25),
            ("auto_stop_after_silence", False),
            ("silence_timeout", None),
            ("fast_start", False),
            ("verbose", False),
        ]

    @pytest.mark.parametrize(
        ("method", "parameters"),
        [
            (
                "transcribe",
                [
                    ("duration", None),
                    ("engine", None),
                    ("model", None),
                    ("language", None),
                    ("vad_sensitivity", None),
                    ("auto_stop_after_silence", True),
                    ("silence_timeout", None),
                    ("on_partial", None),
                ],
            ),
            (
                "stream",
                [
                    ("engine", None),
                    ("model", None),
                    ("language", None),
                    ("vad_sensitivity", None),
                    ("auto_stop_after_silence", False),
                    ("silence_timeout", None),
                ],
            ),
            (
                "transcribe_until_silence",
                [
                    ("engine", None),
                    ("model", None),
                    ("language", None),
                    ("vad_sensitivity", None),
                    ("silence_timeout", None),
                    ("max_duration", None),
                ],
            ),
            (
                "transcribe_utterance",
                [
                    ("engine", None),
                    ("model", None),
                    ("language", None),
                    ("vad_sensitivity", None),
                    ("max_duration", None),
                ],
            ),
            ("start_recording_immediate", []),
            ("wait_for_ready", [("timeout", 10.0)]),
            ("get_transcription", [("timeout", 30.0)]),
            (
                "start_wake_word",
                [("wake_word", "jarvis"), ("sensitivity", 0.7), ("on_wake", None), ("on_transcription", None)],
            ),
            ("stop", []),
            ("list_devices", []),
            ("set_device", [("device_index", NONE)]),
            ("set_language", [("language", NONE)]),
            ("is_active", []),
        ],
    )
    def test_of_a_method(self, method: str, parameters: list[tuple[str, object]]) -> None:
        assert signature(getattr(STTClient, method)) == parameters

    def test_of_create_client(self) -> None:
        parameters = inspect.signature(create_client).parameters.values()
        assert [(each.name, each.default) for each in parameters] == [
            ("openai_api_key", None),
            ("porcupine_api_key", None),
            ("kwargs", NONE),
        ]


class TestConstruction:
    @pytest.fixture(autouse=True)
    def _nothing_in_the_environment(self, process: FakeProcess, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    def test_the_defaults(self) -> None:
        assert STTClient().config == STTConfig()

    def test_openai_has_a_model_of_its_own(self) -> None:
        assert STTClient(default_engine="openai").config.default_model == "gpt-4o-transcribe"
        assert STTClient(default_engine="openai", default_model="whisper-1").config.default_model == "whisper-1"

    def test_the_silence_that_ends_an_utterance_ends_a_call_too(self) -> None:
        assert STTClient(vad_min_silence_duration=0.8).config.silence_timeout == 0.8
        assert STTClient(silence_timeout=3.0).config.silence_timeout == 3.0

    def test_the_key_is_found_in_the_environment_and_never_put_there(
        self, process: FakeProcess, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert STTClient(openai_api_key=KEY).config.openai_api_key == KEY
        assert process.accounts == [(KEY, None)]
        assert STTClient().config.openai_api_key is None
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        assert STTClient().config.openai_api_key == KEY

    def test_a_key_that_the_process_has_been_given_is_enough(self, process: FakeProcess) -> None:
        use_openai_account(api_key=KEY, base_url="http://localhost:8080/v1")
        assert process.accounts == [(KEY, "http://localhost:8080/v1")]
        assert isinstance(STTClient().transcribe(engine="openai"), GeneratorType)

    def test_the_account_gets_the_key_of_the_client_where_it_is_needed(self, process: FakeProcess) -> None:
        client = STTClient(default_engine="openai")
        client.config.openai_api_key = KEY
        client.transcribe()
        assert process.accounts == [(KEY, None)]
        client.transcribe(engine="mlx_whisper")
        assert process.accounts == [(KEY, None)]

    def test_a_process_that_is_opened_anew_gets_it_too(self, process: FakeProcess) -> None:
        client, anew = STTClient(openai_api_key=KEY), FakeProcess()
        with using_services(anew):
            client.transcribe(engine="openai")
        assert anew.accounts == [(KEY, None)]

    def test_the_key_of_the_environment_is_left_to_the_account(
        self, process: FakeProcess, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        STTClient().transcribe(engine="openai")
        assert process.accounts == []

    def test_no_key_shows(self) -> None:
        assert KEY not in repr(STTClient(openai_api_key=KEY).config)

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ({"vad_sensitivity": 2.0}, "Sensitivity must be between 0.0 and 1.0, got 2.0"),
            ({"default_engine": "bogus"}, "Unknown engine 'bogus'. There are: mlx_whisper, openai"),
        ],
    )
    def test_what_is_not_right_is_refused(self, arguments: dict[str, Any], sentence: str) -> None:
        with pytest.raises(ValueError, match=r"^" + sentence.replace(".", r"\.")):
            STTClient(**arguments)

    def test_create_client_passes_all_on(self) -> None:
        client = create_client(None, None, default_model="base", device_index=3)
        assert (client.config.default_model, client.config.default_device) == ("base", 3)

    def test_a_fast_start_loads_the_model(self, slow: FakeProcess) -> None:
        engines = slow.rig.engines
        assert isinstance(engines, SlowToLoad)
        client = STTClient(default_model="tiny.en", fast_start=True)
        assert engines.entered.wait(TIMEOUT_SECONDS)
        assert not client.wait_for_ready(0.01)
        engines.gate.set()
        assert client.wait_for_ready(None)


@pytest.fixture
def client(process: FakeProcess) -> STTClient:
    return STTClient(default_model="tiny.en", vad_min_silence_duration=0.3)


def texts(results: Iterator[TranscriptionResult]) -> list[str]:
    return [result.text for result in results]


class TestTranscribe:
    def test_it_is_a_generator_that_listens_from_the_first_next_on(
        self, process: FakeProcess, client: STTClient
    ) -> None:
        results = client.transcribe()
        assert isinstance(results, GeneratorType)
        assert process.rig.sources.made == []
        with Speaker(process, utterance(1)):
            assert next(results).text == "word1"
        assert client.is_active()
        results.close()
        assert process.rig.source.is_stopped
        assert not client.is_active()

    def test_an_error_that_is_thrown_in_ends_the_session(self, process: FakeProcess, client: STTClient) -> None:
        results = client.transcribe()
        with Speaker(process, utterance(1)):
            next(results)
        with pytest.raises(KeyError):
            results.throw(KeyError())
        assert process.rig.source.is_stopped

    def test_it_may_last_longer_than_anybody_can_wait(self, process: FakeProcess, client: STTClient) -> None:
        results = client.transcribe(duration=1e10)
        with Speaker(process, utterance(1)):
            assert next(results).text == "word1"
        results.close()
        assert client.wait_for_ready(1e10)

    def test_it_ends_by_itself_after_silence(self, process: FakeProcess, client: STTClient) -> None:
        with Speaker(process, utterance(1), utterance(2)):
            assert texts(client.transcribe(silence_timeout=0.05))[0] == "word1"
        assert process.rig.source.is_stopped

    def test_it_does_not_end_while_somebody_speaks(self, process: FakeProcess, client: STTClient) -> None:
        with Speaker(process, utterance(1), utterance(2)[:-16_000]):
            results = client.transcribe(silence_timeout=0.01, duration=0.5)
            assert texts(results) in (["word1", "word2"], ["word1"])

    def test_it_ends_when_its_time_is_up_and_writes_what_is_being_said(
        self, process: FakeProcess, client: STTClient
    ) -> None:
        with Speaker(process, utterance(1, 2)[:-16_000]):
            assert texts(client.transcribe(duration=0.5)) == ["word1 word2"]

    def test_it_ends_when_the_client_is_stopped(self, process: FakeProcess, client: STTClient) -> None:
        results = client.transcribe(auto_stop_after_silence=False)
        with Speaker(process, utterance(1), utterance(2)):
            assert next(results).text == "word1"
            assert next(results).text == "word2"
        client.stop()
        assert list(results) == []

    def test_what_a_call_asks_for_goes_before_the_defaults(self, process: FakeProcess, client: STTClient) -> None:
        results = client.transcribe(model="base", language="de", vad_sensitivity=1.0)
        with Speaker(process, utterance(1)):
            next(results)
        (session_id,) = process.rig.orchestrator.running_sessions()
        settings = process.rig.orchestrator.state(session_id).context.settings  # type: ignore[union-attr]
        results.close()
        assert (settings.transcription.model, settings.transcription.language) == ("base", "de")
        assert settings.voice_activity.onset_threshold == pytest.approx(0.3)
        assert settings.endpointing.minimum_silence_seconds == 0.3

    def test_a_call_can_have_the_language_detected_though_the_client_has_one(self, process: FakeProcess) -> None:
        client = STTClient(default_model="base", default_language="de", vad_min_silence_duration=0.3)
        with Speaker(process, utterance(1)):
            (result,) = client.transcribe(language="auto", silence_timeout=0.01)
        assert result.language == "en"

    def test_partial_texts_are_told(self, process: FakeProcess, client: STTClient, calls: Calls) -> None:
        with Speaker(process, utterance(*range(1, 6))[:-16_000]):
            list(client.transcribe(on_partial=calls.named("partial"), duration=0.5))
        assert calls.of("partial")[0].startswith("word1")

    def test_a_slow_consumer_holds_up_nobody(self, process: FakeProcess, client: STTClient) -> None:
        results = client.transcribe(silence_timeout=0.2)
        with Speaker(process, *(utterance(number) for number in range(1, 6))):
            first = next(results)
        assert [first.text, *texts(results)] == [f"word{number}" for number in range(1, 6)]

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ({"duration": -1}, "Duration must be a number of seconds that is not negative, got -1"),
            ({"duration": "5"}, "Duration must be a number of seconds that is not negative, got '5'"),
            (
                {"silence_timeout": -1},
                "Silence timeout must be a number of seconds that is not negative, got -1",
            ),
            ({"vad_sensitivity": 1.5}, "Sensitivity must be between 0.0 and 1.0, got 1.5"),
            ({"engine": "bogus"}, "Unknown engine 'bogus'. There are: mlx_whisper, openai"),
            ({"on_partial": "print"}, "on_partial must be something to call or None, got 'print'"),
        ],
    )
    def test_what_is_not_right_is_refused_at_the_call(
        self, client: STTClient, arguments: dict[str, Any], sentence: str
    ) -> None:
        with pytest.raises(ValueError, match=r".") as refusal:
            client.transcribe(**arguments)
        assert str(refusal.value) == sentence

    def test_openai_needs_its_key(self, client: STTClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        with pytest.raises(ValueError, match=r".") as refusal:
            client.transcribe(engine="openai")
        assert str(refusal.value) == (
            "OpenAI API key required. Pass openai_api_key to STTClient or set OPENAI_API_KEY environment variable."
        )

    def test_a_session_that_cannot_be_started_is_an_error(self, process: FakeProcess, client: STTClient) -> None:
        process.rig.sources.open_error = AudioDeviceNotFoundError("There is no microphone.")
        with pytest.raises(RuntimeError, match=r"^Failed to start transcription session: There is no micro"):
            next(client.transcribe())
        assert not client.is_active()

    def test_a_session_that_fails_is_an_error(self, process: FakeProcess, client: STTClient) -> None:
        results = client.transcribe()
        with Speaker(process, utterance(1)):
            next(results)
        process.rig.source.deliver(SourceFailed(at_sample=0, error=AudioSourceError("The microphone burnt.")))
        with pytest.raises(SessionProblemError, match="The microphone burnt"):
            list(results)


class TestStream:
    def test_it_listens_within_the_block(self, process: FakeProcess, client: STTClient) -> None:
        with Speaker(process, utterance(1), utterance(2)), client.stream() as results:
            heard = []
            for result in results:
                heard.append(result.text)
                if len(heard) == 2:
                    break
        assert heard == ["word1", "word2"]
        assert process.rig.source.is_stopped

    def test_it_ends_when_the_client_is_stopped(self, process: FakeProcess, client: STTClient) -> None:
        with Speaker(process, utterance(1)), client.stream() as results:
            assert next(results).text == "word1"
            client.stop()
            assert list(results) == []

    def test_it_stops_with_its_block_though_nobody_iterated(self, process: FakeProcess, client: STTClient) -> None:
        with client.stream():
            assert client.is_active()
        assert process.rig.source.is_stopped
        assert not client.is_active()

    def test_a_session_that_cannot_be_started_is_an_error(self, process: FakeProcess, client: STTClient) -> None:
        process.rig.sources.open_error = AudioDeviceNotFoundError("There is no microphone.")
        with pytest.raises(RuntimeError, match=r"^Failed to start streaming session"), client.stream():
            pass


class TestUntilSilence:
    def test_everything_is_joined(self, process: FakeProcess, client: STTClient) -> None:
        takes = np.concatenate((utterance(1), utterance(2)))
        with Speaker(process, takes):
            assert client.transcribe_until_silence(silence_timeout=0.3) == "word1 word2"

    def test_a_text_that_cannot_be_had_is_an_error(self, process: FakeProcess, client: STTClient) -> None:
        assert isinstance(process.rig.engines, ScriptedEngines)
        process.rig.engines.failure = SpeechToTextError("The model ran into a wall.")
        with Speaker(process, utterance(1)), pytest.raises(SessionProblemError, match="ran into a wall"):
            client.transcribe_until_silence(silence_timeout=0.3, max_duration=TIMEOUT_SECONDS)

    def test_it_has_an_end(self, process: FakeProcess, client: STTClient) -> None:
        assert client.transcribe_until_silence(max_duration=0.05) == ""


class TestUtterance:
    def test_it_returns_with_the_text(self, process: FakeProcess, client: STTClient) -> None:
        with Speaker(process, utterance(1, 2)):
            assert client.transcribe_utterance() == "word1 word2"
        assert process.rig.source.is_stopped

    def test_nothing_said_is_nothing(self, process: FakeProcess, client: STTClient) -> None:
        assert client.transcribe_utterance(max_duration=0.05) == ""

    def test_what_is_being_said_when_the_time_is_up_is_written(
        self, process: FakeProcess, client: STTClient
    ) -> None:
        with Speaker(process, utterance(1, 2)[:-16_000]):
            assert client.transcribe_utterance(max_duration=0.5) == "word1 word2"

    def test_a_text_that_cannot_be_had_is_an_error(self, process: FakeProcess, client: STTClient) -> None:
        assert isinstance(process.rig.engines, ScriptedEngines)
        process.rig.engines.failure = SpeechToTextError("The model ran into a wall.")
        with Speaker(process, utterance(1)), pytest.raises(SessionProblemError, match="ran into a wall"):
            client.transcribe_utterance()


class TestFailureWhileLoading:
    def test_a_session_that_fails_before_its_model_is_loaded_is_an_error(self, slow: FakeProcess) -> None:
        slow.rig.voice_activity.run_error = AudioSourceError("The detector broke.")
        results = STTClient(default_model="tiny.en").transcribe()
        with Speaker(slow, utterance(1)), pytest.raises(SessionProblemError, match="The detector broke"):
            next(results)


class TestImmediateRecording:
    def test_no_sample_before_the_model_is_loaded_is_lost(self, slow: FakeProcess) -> None:
        client, engines = STTClient(default_model="tiny.en", vad_min_silence_duration=0.3), slow.rig.engines
        assert isinstance(engines, SlowToLoad)
        assert client.start_recording_immediate()
        slow.rig.source.hear(utterance(1, 2))
        assert not client.wait_for_ready(timeout=0.05)
        engines.gate.set()
        assert client.wait_for_ready(TIMEOUT_SECONDS)
        assert client.get_transcription() == "word1 word2"
        assert slow.rig.source.is_stopped

    def test_a_recording_is_begun_once(self, process: FakeProcess, client: STTClient) -> None:
        assert client.start_recording_immediate()
        assert client.start_recording_immediate()
        assert len(process.rig.sources.made) == 1
        process.rig.source.hear(utterance(1))
        assert client.get_transcription() == "word1"
        assert client.start_recording_immediate()
        assert len(process.rig.sources.made) == 2
        client.stop()

    def test_all_that_was_said_is_fetched(self, process: FakeProcess) -> None:
        client = STTClient(default_model="tiny.en", vad_min_silence_duration=0.3)
        assert client.start_recording_immediate()
        process.rig.source.hear(np.concatenate((utterance(1), utterance(2))))
        assert client.get_transcription() == "word1 word2"

    def test_its_time_may_be_up(self, process: FakeProcess, client: STTClient) -> None:
        client.start_recording_immediate()
        process.rig.source.hear(utterance(1)[:-16_000])
        assert client.get_transcription(timeout=0.05) == "word1"

    def test_nothing_is_fetched_of_what_was_not_begun(self, client: STTClient) -> None:
        with pytest.raises(RuntimeError) as error:
            client.get_transcription()
        assert str(error.value) == "Recording not started. Call start_recording_immediate() first."

    def test_a_time_that_is_none_leaves_the_recording_alone(self, process: FakeProcess, client: STTClient) -> None:
        client.start_recording_immediate()
        with pytest.raises(ValueError, match=r"^Timeout must be"):
            client.get_transcription(timeout=-1)
        process.rig.source.hear(utterance(1))
        assert client.get_transcription() == "word1"

    def test_who_fetches_while_it_begins_waits_for_it(self) -> None:
        process, client, fetched = SlowProcess(), STTClient(default_model="tiny.en"), list[str]()
        beginning = threading.Thread(target=client.start_recording_immediate)
        fetching = threading.Thread(target=lambda: fetched.append(client.get_transcription(0.01)))
        with using_services(process):
            beginning.start()
            assert process.entered.wait(TIMEOUT_SECONDS)
            fetching.start()
            fetching.join(0.05)
            assert fetching.is_alive()
            process.gate.set()
            for thread in (beginning, fetching):
                thread.join(TIMEOUT_SECONDS)
        process.close()
        assert fetched == [""]

    def test_without_a_microphone_it_is_not_begun(self, process: FakeProcess, client: STTClient) -> None:
        process.rig.sources.open_error = AudioDeviceNotFoundError("There is no microphone.")
        assert not client.start_recording_immediate()
        with pytest.raises(RuntimeError, match=r"^Recording not started\. Call start_recording_immediate"):
            client.get_transcription()

    def test_a_model_that_cannot_be_loaded_is_never_ready(self, process: FakeProcess, client: STTClient) -> None:
        assert isinstance(process.rig.engines, ScriptedEngines)
        process.rig.engines.load_failure = SpeechToTextError("There is no room for the model.")
        assert not client.wait_for_ready(TIMEOUT_SECONDS)
        process.rig.engines.load_failure = None
        assert client.wait_for_ready(TIMEOUT_SECONDS)

    def test_it_is_the_present_model_that_is_ready(self, process: FakeProcess, client: STTClient) -> None:
        assert client.wait_for_ready(TIMEOUT_SECONDS)
        client.config.default_model = "no-such-model"
        assert not client.wait_for_ready(TIMEOUT_SECONDS)

    def test_a_process_that_is_opened_anew_loads_it_anew(self, process: FakeProcess, client: STTClient) -> None:
        assert client.wait_for_ready(TIMEOUT_SECONDS)
        anew = FakeProcess()
        with using_services(anew):
            assert client.wait_for_ready(TIMEOUT_SECONDS)
        anew.close()
        assert isinstance(anew.rig.engines, ScriptedEngines)
        assert len(anew.rig.engines.load_threads) == 1

    def test_a_model_that_there_is_not_is_never_ready(self, process: FakeProcess) -> None:
        assert not STTClient(default_model="no-such-model").wait_for_ready(TIMEOUT_SECONDS)


class TestWakeWord:
    WORD = np.concatenate((np.full(1280, 0.9, dtype=np.float32), np.zeros(2560, dtype=np.float32)))

    def test_it_waits_in_the_background(self, process: FakeProcess, client: STTClient, calls: Calls) -> None:
        client.start_wake_word("alexa", on_wake=calls.named("wake"), on_transcription=calls.named("text"))
        assert client.is_active()
        process.rig.source.hear(np.concatenate((utterance(1), self.WORD, utterance(2))))
        calls.until("text")
        client.stop()
        assert not client.is_active()
        assert calls.of("wake") == [("alexa", 0.95)]
        assert [result.text for result in calls.of("text")] == ["word2"]

    def test_several_words_may_be_given(self, process: FakeProcess, client: STTClient) -> None:
        client.start_wake_word(["alexa", "hey_jarvis"])
        (session_id,) = process.rig.orchestrator.running_sessions()
        started = next(process.rig.store.read(session_id)).event
        client.stop()
        assert isinstance(started, SessionStarted)
        assert started.settings.wake_word is not None
        assert started.settings.wake_word.words == ("alexa", "hey_jarvis")

    def test_another_one_takes_the_place_of_the_one_before(self, process: FakeProcess, client: STTClient) -> None:
        client.start_wake_word("alexa")
        client.start_wake_word("hey_jarvis")
        assert [source.is_stopped for source in process.rig.sources.made] == [True, False]
        client.stop()

    def test_of_two_that_are_started_at_once_one_is_left(self) -> None:
        process, client = SlowProcess(), STTClient(default_model="tiny.en")
        starts = [threading.Thread(target=client.start_wake_word, args=["alexa"]) for _ in range(2)]
        with using_services(process):
            for thread in starts:
                thread.start()
                assert process.entered.wait(TIMEOUT_SECONDS)
                thread.join(0.05)
            process.gate.set()
            for thread in starts:
                thread.join(TIMEOUT_SECONDS)
            assert [source.is_stopped for source in process.rig.sources.made] == [True, False]
            client.stop()
        process.close()

    def test_a_word_that_nothing_hears_is_refused(self, client: STTClient) -> None:
        with pytest.raises(ValueError, match=r"^Unsupported wake word 'computer'\. Supported words: alexa"):
            client.start_wake_word("computer")

    def test_a_session_that_cannot_be_started_is_an_error(self, process: FakeProcess, client: STTClient) -> None:
        process.rig.sources.open_error = AudioDeviceNotFoundError("There is no microphone.")
        with pytest.raises(RuntimeError, match=r"^Failed to start wake word session: There is no microphone"):
            client.start_wake_word("alexa")

    def test_another_device_is_listened_to_at_once(self, process: FakeProcess, client: STTClient) -> None:
        client.start_wake_word("alexa")
        client.set_device(2)
        assert [source.is_stopped for source in process.rig.sources.made] == [True, False]
        assert process.rig.sources.requests[-1] == MicrophoneRequest(device=2)
        client.stop()


class EndedJustNow(TranscriptionSession):
    """Seems to go on still, but its language cannot be changed any more."""

    def is_going_on(self) -> bool:
        return True

    def set_language(self, language: str | None) -> None:
        raise SessionNotRunningError("The session is over.")


class TestSteering:
    def test_the_device_is_the_one_that_is_opened(self, process: FakeProcess) -> None:
        client = STTClient(default_model="tiny.en", device_index=2)
        client.transcribe_utterance(max_duration=0.01)
        client.set_device("headset")
        client.transcribe_utterance(max_duration=0.01)
        devices = [each.device for each in process.rig.sources.requests if isinstance(each, MicrophoneRequest)]
        assert devices == [2, "headset"]

    def test_the_language_changes_for_what_runs_and_what_comes(self, process: FakeProcess) -> None:
        client = STTClient(default_model="base", vad_min_silence_duration=0.3)
        results = client.transcribe(silence_timeout=5.0)
        with Speaker(process, utterance(1)):
            assert next(results).language == "en"
        client.set_language("de")
        process.rig.source.hear(utterance(2))
        assert next(results).language == "de"
        results.close()
        with Speaker(process, utterance(3)):
            (result,) = client.transcribe(silence_timeout=0.01)
        assert result.language == "de"

    def test_a_language_that_the_model_does_not_write_changes_nothing(
        self, process: FakeProcess, client: STTClient
    ) -> None:
        client.start_wake_word("alexa")
        with pytest.raises(UnknownLanguageError):
            client.set_language("de")
        assert client.config.default_language is None
        client.stop()

    @pytest.mark.parametrize("language", [5, "klingon", ""])
    def test_a_language_that_there_is_not_is_refused(self, client: STTClient, language: Any) -> None:
        client.set_language("german")
        with pytest.raises(ValueError, match=r"^(There is no language|Language must be a text)"):
            client.set_language(language)
        assert client.config.default_language == "german"

    def test_a_session_that_has_just_ended_keeps_no_language_from_being_set(self, client: STTClient) -> None:
        client._sessions._running.start(EndedJustNow(), lambda _session: True)
        client.set_language("de")
        assert client.config.default_language == "de"

    def test_all_that_runs_is_stopped_together(self, process: FakeProcess, client: STTClient) -> None:
        with ExitStack() as streams:
            for _ in range(5):  # one after the other, each with a stop's patience of 1.5 s, take 7.5 s
                streams.enter_context(client.stream())
            process.rig.voice_activity.gate.clear()
            for source in process.rig.sources.made:
                source.hear(utterance(1))
            begin = monotonic()
            client.stop()
            assert monotonic() - begin < 6.0
            process.rig.voice_activity.gate.set()
        assert all(source.is_stopped for source in process.rig.sources.made)

    def test_the_devices_are_listed(self, process: FakeProcess, client: STTClient) -> None:
        found = InputDevice(index=1, name="Headset", channels=1, sample_rate_hz=48_000, is_default=True)
        process.devices = FakeAudioDevices(found=[found])
        (device,) = client.list_devices()
        assert (device.index, device.name, device.channels, device.sample_rate) == (1, "Headset", 1, 48_000)
        assert device.is_default

    def test_a_context_stops_what_runs(self, process: FakeProcess) -> None:
        with STTClient(default_model="tiny.en") as client:
            client.start_wake_word("alexa")
        assert process.rig.source.is_stopped

    def test_two_calls_run_side_by_side_over_one_model(self, process: FakeProcess, client: STTClient) -> None:
        first, second = client.transcribe(), client.transcribe()
        with Speaker(process, utterance(1)):
            assert next(first).text == "word1"
        with Speaker(process, utterance(2)):
            assert next(second).text == "word2"
        client.stop()
        assert list(first) == list(second) == []
