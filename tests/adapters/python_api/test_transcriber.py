"""The simple way to listen, as section 1.5 of the contract describes it and its documents promised it."""

import inspect
import logging
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.adapters.python_api.process import (
    MODEL,
    VAD,
    Calls,
    FakeProcess,
    SlowProcess,
    Speaker,
    transcriber,
    utterance,
)
from tests.adapters.python_api.refusals import refusal
from tests.adapters.python_api.signatures import REQUIRED
from tests.application.rig import TIMEOUT_SECONDS, Rig
from tests.application.slow_to_load import SlowToLoad
from tests.application.stand_ins import UnansweringEngines
from tests.fakes.audio_devices import FakeAudioDevices
from tests.fakes.speech_to_text import ScriptedEngines

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig, VADConfig, WakeWordConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import (
    SessionState,
    TranscriptionEngine,
    VADDetectorType,
    VADMode,
)
from realtime_mlx_stt.adapters.python_api.process_services import using_services
from realtime_mlx_stt.adapters.python_api.session.problems import SessionProblemError
from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession
from realtime_mlx_stt.adapters.python_api.transcriber.transcriber import Transcriber
from realtime_mlx_stt.adapters.python_api.transcriber.transcriber_creation import create_transcriber
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import AudioDeviceNotFoundError, MicrophoneRequest
from realtime_mlx_stt.ports.model_repository import UnknownModelError
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError, UnknownLanguageError

THE_THREE = ("transcription", "error", "wake_word")
NO_MICROPHONE = AudioDeviceNotFoundError("There is no microphone.")


def parameters(function: Callable[..., Any]) -> list[tuple[str, object]]:
    return [(each.name, each.default) for each in inspect.signature(function).parameters.values()]


class TestSignature:
    def test_of_the_constructor(self) -> None:
        names = list(inspect.signature(Transcriber).parameters.values())
        assert [(each.name, each.default) for each in names if each.kind is each.POSITIONAL_OR_KEYWORD] == [
            ("model", None),
            ("vad", None),
            ("wake_word", None),
            ("device_index", None),
            ("on_transcription", None),
            ("on_error", None),
            ("on_wake_word", None),
            ("verbose", False),
            ("engine", None),
            ("vad_mode", None),
            ("language", None),
        ]

    def test_what_is_new_is_given_by_name(self) -> None:
        names = inspect.signature(Transcriber).parameters.values()
        assert [each.name for each in names if each.kind is each.KEYWORD_ONLY] == ["on_partial", "on_event"]

    @pytest.mark.parametrize(
        ("method", "expected"),
        [
            ("transcribe_from_mic", [("duration", 5.0)]),
            ("transcribe_audio", [("audio_data", REQUIRED), ("sample_rate", 16_000)]),
            ("transcribe_file", [("file_path", REQUIRED)]),
            ("start_continuous", []),
            ("stop", []),
            ("list_devices", []),
            ("set_device", [("device_index", REQUIRED)]),
            ("set_language", [("language", REQUIRED)]),
        ],
    )
    def test_of_a_method(self, method: str, expected: list[tuple[str, object]]) -> None:
        assert parameters(getattr(Transcriber, method))[1:] == expected

    def test_of_create_transcriber(self) -> None:
        assert parameters(create_transcriber) == [
            ("model", None),
            ("engine", None),
            ("language", None),
            ("kwargs", REQUIRED),
        ]


class TestConstruction:
    def test_the_defaults(self) -> None:
        session = Transcriber().session
        assert (session.model_config, session.vad_config) == (ModelConfig(), VADConfig())
        assert (session.wake_word_config, session.device_id) == (None, None)
        assert [getattr(session, f"on_{name}") for name in THE_THREE] == [None] * 3

    def test_everything_reaches_the_session(self, process: FakeProcess, calls: Calls) -> None:
        wake_word = WakeWordConfig(words=["alexa"])
        names = (*THE_THREE, "partial", "event")
        made = transcriber(calls, names, wake_word=wake_word, device_index=3).session
        assert (made.model_config, made.vad_config, made.wake_word_config) == (MODEL, VAD, wake_word)
        assert made.device_id == 3
        assert all(callable(getattr(made, f"on_{name}")) for name in names)

    @pytest.mark.parametrize("engine", ["openai", TranscriptionEngine.OPENAI])
    def test_an_engine_counts_where_there_is_no_model(self, engine: str) -> None:
        assert Transcriber(engine=engine).session.model_config == ModelConfig(TranscriptionEngine.OPENAI)
        assert Transcriber(MODEL, engine=engine).session.model_config == MODEL

    def test_a_language_alone_is_obeyed(self) -> None:
        assert Transcriber(language="es").session.model_config == ModelConfig(language="es")

    def test_a_language_goes_before_that_of_the_model(self) -> None:
        model = ModelConfig(model="base", language="fr")
        assert Transcriber(model, language="de").session.model_config == ModelConfig(model="base", language="de")
        assert Transcriber(model).session.model_config.language == "fr"
        assert model.language == "fr"

    @pytest.mark.parametrize("mode", ["silero", "webrtc", "combined"])
    def test_a_vad_mode_is_a_detector(self, mode: str) -> None:
        expected = VADConfig(detector_type=VADDetectorType(mode))
        assert Transcriber(vad_mode=VADMode(mode)).session.vad_config == expected
        assert Transcriber(vad_mode=mode).session.vad_config == expected

    def test_a_vad_mode_may_be_none_at_all(self) -> None:
        assert Transcriber(vad_mode=VADMode.DISABLED).session.vad_config == VADConfig(enabled=False)

    def test_a_vad_mode_counts_where_there_is_no_vad(self) -> None:
        vad = VADConfig(sensitivity=0.9)
        assert Transcriber(vad=vad, vad_mode=VADMode.DISABLED).session.vad_config == vad

    def test_a_wake_word_needs_no_key(self, process: FakeProcess, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("PORCUPINE_ACCESS_KEY", raising=False)
        with transcriber(wake_word=WakeWordConfig(words=["alexa"])) as listening:
            assert listening.session.active_features == ["transcription", "wake_word"]

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ({"model": "tiny.en"}, "model must be a ModelConfig or None, got 'tiny.en'"),
            ({"vad": 0.5}, "vad must be a VADConfig or None, got 0.5"),
            ({"wake_word": "jarvis"}, "wake_word must be a WakeWordConfig or None, got 'jarvis'"),
            ({"device_index": 1.5}, "device_index must be the index or the name of a microphone, or None, got 1.5"),
            ({"on_transcription": 3}, "on_transcription must be something to call or None, got 3"),
            ({"engine": "bogus"}, "Unknown engine 'bogus'. There are: mlx_whisper, openai"),
            ({"vad_mode": "loud"}, "Unknown VAD mode 'loud'. There are: combined, disabled, silero, webrtc"),
            ({"language": 3}, "Language must be a text or None, got 3"),
        ],
    )
    def test_what_is_not_right_is_refused(self, arguments: dict[str, Any], sentence: str) -> None:
        assert refusal(Transcriber, **arguments) == sentence


class TestFromMicrophone:
    def test_all_that_was_said_is_returned_also_what_was_being_said(self, process: FakeProcess) -> None:
        with Speaker(process, utterance(1, 2), utterance(3)[:-16_000]):
            assert transcriber().transcribe_from_mic(0.5) == "word1 word2 word3"
        assert process.rig.source.is_stopped
        assert process.rig.orchestrator.running_sessions() == ()

    def test_the_callback_has_been_told_by_then(self, process: FakeProcess, calls: Calls) -> None:
        with Speaker(process, utterance(1), utterance(2)[:-16_000]):
            assert transcriber(calls, ("transcription",)).transcribe_from_mic(0.5) == "word1 word2"
        assert [result.text for result in calls.of("transcription")] == ["word1", "word2"]

    def test_its_events_are_told(self, process: FakeProcess, calls: Calls) -> None:
        transcriber(calls, ("event",)).transcribe_from_mic(0.05)
        types = [stored.event.type for stored in calls.of("event")]
        assert (types[0], types[-1]) == ("session-started", "session-stopped")

    def test_nothing_said_is_nothing(self, process: FakeProcess) -> None:
        assert transcriber().transcribe_from_mic(0.05) == ""

    def test_the_call_itself_says_when_to_listen(self, process: FakeProcess) -> None:
        waiting = transcriber(wake_word=WakeWordConfig(words=["alexa"]), vad=VADConfig(enabled=False))
        with Speaker(process, utterance(1)):
            assert waiting.transcribe_from_mic(0.5) == "word1"

    def test_the_chosen_microphone_is_heard(self, process: FakeProcess) -> None:
        transcriber(device_index="headset").transcribe_from_mic(0.01)
        assert process.rig.sources.requests == [MicrophoneRequest(device="headset")]

    def test_what_is_said_while_the_model_is_loaded_is_written(self) -> None:
        engines = SlowToLoad()
        slow = FakeProcess(rig=Rig(engines=engines))
        speaker = Speaker(slow, utterance(1))

        def load_after_speech() -> None:
            assert engines.entered.wait(TIMEOUT_SECONDS)
            with speaker:
                pass
            engines.gate.set()

        loader = threading.Thread(target=load_after_speech)
        with using_services(slow):
            loader.start()
            assert transcriber().transcribe_from_mic(0.05) == "word1"
        loader.join(TIMEOUT_SECONDS)
        slow.close()

    def test_a_session_that_runs_goes_on(self, process: FakeProcess, calls: Calls) -> None:
        with transcriber(calls, ("transcription",)) as listening:
            microphone = process.rig.source
            with Speaker(process, utterance(1)):
                assert listening.transcribe_from_mic(0.5) == "word1"
            microphone.hear(utterance(2))
            calls.until("transcription", 2)
            assert not microphone.is_stopped

    def test_a_text_that_is_not_there_in_time_is_a_timeout(self) -> None:
        engines = UnansweringEngines()
        stuck = FakeProcess(rig=Rig(engines=engines))

        def be_out_of_patience() -> None:
            assert engines.entered.wait(TIMEOUT_SECONDS)
            (session_id,) = stuck.rig.orchestrator.running_sessions()
            stuck.rig.orchestrator.request_stop(session_id, 0.0)

        impatient = threading.Thread(target=be_out_of_patience)
        with using_services(stuck), Speaker(stuck, utterance(1)):
            impatient.start()
            with pytest.raises(TimeoutError) as error:
                transcriber().transcribe_from_mic(TIMEOUT_SECONDS)
        assert str(error.value) == "Transcription timed out"
        impatient.join(TIMEOUT_SECONDS)
        engines.gate.set()
        stuck.close()

    def test_a_text_that_cannot_be_had_is_an_error(self, process: FakeProcess, calls: Calls) -> None:
        assert isinstance(process.rig.engines, ScriptedEngines)
        process.rig.engines.failure = SpeechToTextError("The model ran into a wall.")
        with Speaker(process, utterance(1)), pytest.raises(SessionProblemError, match="ran into a wall"):
            transcriber(calls, ("error",)).transcribe_from_mic(0.5)

    def test_without_a_microphone_it_is_its_error(self, process: FakeProcess, calls: Calls) -> None:
        process.rig.sources.start_error = NO_MICROPHONE
        with pytest.raises(AudioDeviceNotFoundError):
            transcriber(calls, ("error",)).transcribe_from_mic(0.5)
        assert calls.of("error") == []

    def test_a_model_that_cannot_be_loaded_is_its_error(self, process: FakeProcess, calls: Calls) -> None:
        assert isinstance(process.rig.engines, ScriptedEngines)
        process.rig.engines.load_failure = SpeechToTextError("There is no room for the model.")
        with pytest.raises(SpeechToTextError, match="no room"):
            transcriber(calls, ("error",)).transcribe_from_mic(0.5)
        assert calls.of("error") == []
        with pytest.raises(UnknownModelError):
            transcriber(model=ModelConfig(model="huge")).transcribe_from_mic(0.5)

    def test_a_stop_ends_it_with_what_was_said_by_then(self, process: FakeProcess, calls: Calls) -> None:
        listening = transcriber(calls, ("transcription",))
        calls.then = lambda _name: listening.stop()
        with Speaker(process, utterance(1)):
            assert listening.transcribe_from_mic(TIMEOUT_SECONDS) == "word1"

    def test_a_stop_ends_it_also_while_it_is_being_started(self) -> None:
        process, listening, said = SlowProcess(), transcriber(), list[str]()
        caller = threading.Thread(target=lambda: said.append(listening.transcribe_from_mic(TIMEOUT_SECONDS)))
        with using_services(process):
            caller.start()
            assert process.entered.wait(TIMEOUT_SECONDS)
            listening.stop()
            process.gate.set()
            caller.join(TIMEOUT_SECONDS / 2)
        assert said == [""]
        assert process.rig.source.is_stopped
        process.close()

    @pytest.mark.parametrize("duration", [0, -1, float("nan"), float("inf"), "5", None, True])
    def test_a_duration_that_is_none_is_refused(self, process: FakeProcess, duration: Any) -> None:
        sentence = refusal(transcriber().transcribe_from_mic, duration=duration)
        assert sentence == f"Duration must be a number of seconds above 0, got {duration!r}"


class TestContinuous:
    def test_it_calls_back_until_it_is_stopped(self, process: FakeProcess, calls: Calls) -> None:
        listening = transcriber(calls, ("transcription",))
        listening.start_continuous()
        assert listening.session.is_running()
        process.rig.source.hear(utterance(1))
        calls.until("transcription")
        process.rig.source.hear(utterance(2)[:-16_000])
        listening.stop()
        assert process.rig.source.is_stopped
        assert [result.text for result in calls.of("transcription")] == ["word1", "word2"]

    def test_starting_and_stopping_again_does_nothing_and_says_nothing(
        self, process: FakeProcess, caplog: pytest.LogCaptureFixture
    ) -> None:
        listening = transcriber()
        with caplog.at_level(logging.WARNING):
            listening.stop()
            for _ in range(2):
                listening.start_continuous()
                listening.start_continuous()
                listening.stop()
                listening.stop()
        assert len(process.rig.sources.made) == 2
        assert caplog.records == []

    def test_a_context_starts_and_stops(self, process: FakeProcess) -> None:
        with transcriber() as listening:
            assert listening.session.is_running()
        assert listening.session.state is SessionState.IDLE

    def test_it_can_be_stopped_from_within_a_callback(self, process: FakeProcess, calls: Calls) -> None:
        listening, stopped = transcriber(calls, ("transcription",)), threading.Event()

        def stop(_name: str) -> None:
            listening.stop()
            stopped.set()

        calls.then = stop
        listening.start_continuous()
        process.rig.source.hear(utterance(1))
        assert stopped.wait(TIMEOUT_SECONDS)
        assert process.rig.source.is_stopped

    def test_what_keeps_it_from_listening_is_told(self, process: FakeProcess, calls: Calls) -> None:
        process.rig.sources.open_error = NO_MICROPHONE
        with transcriber(calls, ("error",)) as silent:
            assert calls.of("error") == [NO_MICROPHONE]
            assert silent.session.state is SessionState.ERROR
        process.rig.sources.open_error = None
        with silent:
            assert silent.session.is_running()

    def test_what_keeps_it_from_listening_is_raised_where_nobody_is_told(
        self, process: FakeProcess, caplog: pytest.LogCaptureFixture
    ) -> None:
        process.rig.sources.open_error = NO_MICROPHONE
        with pytest.raises(RuntimeError) as error:
            transcriber().start_continuous()
        assert str(error.value) == "Failed to start continuous transcription: There is no microphone."
        assert error.value.__cause__ is NO_MICROPHONE
        assert caplog.records == []

    def test_something_must_say_when_to_listen(self, process: FakeProcess, calls: Calls) -> None:
        transcriber(calls, ("error",), vad=None, vad_mode=VADMode.DISABLED).start_continuous()
        assert isinstance(calls.of("error")[0], InvalidSettingError)

    def test_every_problem_of_the_pipeline_is_told(self, process: FakeProcess, calls: Calls) -> None:
        with transcriber(calls, ("error",)):
            process.rig.source.lose(8000)
            calls.until("error")
        assert isinstance(calls.of("error")[0].event, e.AudioGapRecorded)


class EndsMeanwhile(TranscriptionSession):
    """Ends when its language is first changed, just before it is."""

    has_ended = False

    def set_language(self, language: str | None) -> None:
        if not self.has_ended:
            self.has_ended = True
            raise SessionNotRunningError("The session is over.")
        super().set_language(language)


class TestSteering:
    def test_another_device_is_listened_to_at_once(self, process: FakeProcess, calls: Calls) -> None:
        with transcriber(calls, ("transcription",)) as listening:
            listening.set_device(2)
            assert [source.is_stopped for source in process.rig.sources.made] == [True, False]
            assert process.rig.sources.requests[-1] == MicrophoneRequest(device=2)
            process.rig.source.hear(utterance(1))
            calls.until("transcription")

    def test_another_device_is_listened_to_later(self, process: FakeProcess) -> None:
        quiet = transcriber()
        quiet.set_device("headset")
        assert process.rig.sources.made == []
        with quiet:
            assert process.rig.sources.requests == [MicrophoneRequest(device="headset")]

    def test_another_device_may_not_be_there(self, process: FakeProcess) -> None:
        listening = transcriber()
        listening.start_continuous()
        process.rig.sources.open_error = NO_MICROPHONE
        with pytest.raises(RuntimeError, match="There is no microphone"):
            listening.set_device(7)
        assert listening.session.state is SessionState.ERROR

    def test_what_names_no_device_is_refused(self) -> None:
        sentence = "device_index must be the index or the name of a microphone, or None, got 0.5"
        assert refusal(Transcriber().set_device, device_index=0.5) == sentence

    def test_the_language_is_in_force_at_once_and_later(self, process: FakeProcess, calls: Calls) -> None:
        with transcriber(calls, ("transcription",), model=ModelConfig(model="base")) as listening:
            listening.set_language("german")
            process.rig.source.hear(utterance(1))
            calls.until("transcription")
        with Speaker(process, utterance(2)):
            listening.transcribe_from_mic(0.5)
        assert [result.language for result in calls.of("transcription")] == ["de", "de"]

    def test_a_language_that_the_model_does_not_write_changes_nothing(self, process: FakeProcess) -> None:
        with transcriber() as listening:
            with pytest.raises(UnknownLanguageError):
                listening.set_language("de")
            assert listening.session.model_config == MODEL

    def test_a_language_that_there_is_not_is_refused(self) -> None:
        listening = transcriber(language="german")
        assert refusal(listening.set_language, language="klingon").startswith("There is no language 'klingon'")
        assert listening.session.model_config.language == "german"

    def test_a_session_that_ends_meanwhile_takes_the_language_for_the_next_time(self) -> None:
        listening = transcriber()
        listening._session = EndsMeanwhile(MODEL)
        listening.set_language("de")
        assert listening.session.model_config.language == "de"

    def test_the_devices_are_listed(self, process: FakeProcess) -> None:
        found = InputDevice(index=1, name="Headset", channels=1, sample_rate_hz=48_000, is_default=True)
        process.devices = FakeAudioDevices(found=[found])
        assert [device.name for device in Transcriber().list_devices()] == ["Headset"]


class TestCreation:
    def test_without_a_model_it_takes_that_of_this_machine(self, process: FakeProcess, calls: Calls) -> None:
        with create_transcriber(on_transcription=calls.named("transcription")) as listening:
            process.rig.source.hear(utterance(1))
            calls.until("transcription")
        assert listening.session.model_config == ModelConfig(model="tiny.en")

    def test_everything_else_is_the_transcriber_s(self, process: FakeProcess) -> None:
        made = create_transcriber(language="en", device_index=2, vad_mode="silero").session
        assert made.model_config == ModelConfig(model="tiny.en", language="en")
        assert (made.device_id, made.vad_config.detector_type) == (2, VADDetectorType.SILERO)

    def test_the_model_may_be_named(self, process: FakeProcess) -> None:
        assert create_transcriber("base").session.model_config == ModelConfig(model="base")
        assert create_transcriber(model=MODEL, language="de").session.model_config.language == "de"
        named = create_transcriber("whisper-1", engine="openai").session.model_config
        assert named == ModelConfig(TranscriptionEngine.OPENAI, "whisper-1")

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ({"model": 3}, "Model must be a text that is not empty, got 3"),
            ({"engine": "bogus"}, "Unknown engine 'bogus'. There are: mlx_whisper, openai"),
            ({"language": 3}, "Language must be a text or None, got 3"),
        ],
    )
    def test_what_is_not_right_is_refused(
        self, process: FakeProcess, arguments: dict[str, Any], sentence: str
    ) -> None:
        assert refusal(create_transcriber, **arguments) == sentence


def test_two_hundred_calls_leave_nothing_behind(process: FakeProcess) -> None:
    listening, sound = transcriber(), utterance(1)
    listening.transcribe_audio(sound)
    threads, subscriptions = threading.active_count(), len(process.rig.bus._signal.receivers)
    for _ in range(199):
        assert listening.transcribe_audio(np.asarray(sound)) == "word1"
    assert threading.active_count() == threads
    assert len(process.rig.bus._signal.receivers) == subscriptions
    assert all(source.is_stopped for source in process.rig.sources.made)
