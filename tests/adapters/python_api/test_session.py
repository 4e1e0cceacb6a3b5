"""A session with callbacks, as section 1.4 of the contract describes it and the guarantees go beyond it."""

import asyncio
import inspect
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_type_hints

import numpy as np
import pytest
from tests.adapters.python_api.process import MODEL, VAD, Calls, FakeProcess, recorded_session, utterance
from tests.application.rig import TIMEOUT_SECONDS, Rig
from tests.application.slow_to_load import SlowToLoad
from tests.application.stand_ins import ManualSources

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig, VADConfig, WakeWordConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import SessionState
from realtime_mlx_stt.adapters.python_api.process_services import using_services
from realtime_mlx_stt.adapters.python_api.session.callback_thread import CallbackThread
from realtime_mlx_stt.adapters.python_api.session.problems import SessionProblemError
from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.errors import InvalidSettingError, RealtimeSttError
from realtime_mlx_stt.ports.audio_source import (
    AudioDeviceNotFoundError,
    AudioSource,
    AudioSourceError,
    SourceLost,
    SourceRecovered,
    SourceRequest,
)
from realtime_mlx_stt.ports.event_store import EventStoreBusyError, StoredEvent
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError, UnknownLanguageError

THE_FIVE = ("transcription", "speech_start", "speech_end", "wake_word", "error")


class TestSignature:
    def test_the_constructor_takes_what_it_always_took(self) -> None:
        parameters = list(inspect.signature(TranscriptionSession).parameters.values())
        old = [(each.name, each.default) for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
        names = ["model", "vad", "wake_word", "device_id", *(f"on_{name}" for name in THE_FIVE)]
        assert old == [*((name, None) for name in names), ("verbose", False)]

    def test_what_is_new_is_given_by_name(self) -> None:
        parameters = inspect.signature(TranscriptionSession).parameters.values()
        new = [(each.name, each.default) for each in parameters if each.kind is each.KEYWORD_ONLY]
        assert new == [("on_partial", None), ("on_event", None)]

    @pytest.mark.parametrize(
        ("method", "answer"), [("start", bool), ("stop", bool), ("get_state", SessionState), ("is_running", bool)]
    )
    def test_a_method_takes_nothing_and_answers_what_it_always_did(self, method: str, answer: type) -> None:
        function = getattr(TranscriptionSession, method)
        assert list(inspect.signature(function).parameters) == ["self"]
        assert get_type_hints(function)["return"] is answer

    def test_the_attributes_are_there(self) -> None:
        session = TranscriptionSession()
        assert session.model_config == ModelConfig()
        assert session.vad_config == VADConfig()
        assert session.wake_word_config is None
        assert session.device_id is None
        assert session.state is SessionState.IDLE
        assert session.session_id is None
        assert session.active_features == []
        assert [getattr(session, f"on_{name}") for name in THE_FIVE] == [None] * 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"model": "tiny.en"}, "model must be a ModelConfig or None, got 'tiny.en'"),
        ({"vad": 0.5}, "vad must be a VADConfig or None, got 0.5"),
        ({"wake_word": "jarvis"}, "wake_word must be a WakeWordConfig or None, got 'jarvis'"),
        ({"device_id": 1.5}, "device_id must be the index or the name of a microphone, or None, got 1.5"),
        ({"device_id": True}, "device_id must be the index or the name of a microphone, or None, got True"),
        ({"on_error": "print"}, "on_error must be something to call or None, got 'print'"),
        ({"on_event": 3}, "on_event must be something to call or None, got 3"),
    ],
)
def test_a_wrong_type_is_refused_before_anything_starts(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=r".*") as refusal:
        TranscriptionSession(**arguments)
    assert str(refusal.value) == sentence


class TestCallbacks:
    def test_an_utterance_is_told_of_in_the_order_of_the_log(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, (*THE_FIVE, "event"))
        assert session.start()
        process.rig.source.hear(utterance(1, 2))
        calls.until("transcription")
        assert session.stop()
        assert [name for name in calls.names if name != "event"] == ["speech_start", "speech_end", "transcription"]
        types = [stored.event.type for stored in calls.of("event") if stored.event.type != "hypothesis-revised"]
        assert types == [
            "session-started",
            "speech-started",
            "speech-ended",
            "utterance-transcribed",
            "session-stopping",
            "session-stopped",
        ]
        assert [stored.seq for stored in calls.of("event")] == list(range(1, len(calls.of("event")) + 1))

    def test_they_are_called_on_a_thread_of_their_own(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, (*THE_FIVE, "event", "partial"))
        session.start()
        process.rig.source.hear(utterance(1))
        calls.until("transcription")
        session.stop()
        assert calls.threads == {f"callbacks-{session.session_id}"}

    def test_a_result_has_all_that_is_known(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ("transcription", "speech_start", "speech_end"))
        session.start()
        process.rig.source.hear(utterance(1, 2))
        calls.until("transcription")
        session.stop()
        (result,) = calls.of("transcription")
        assert (result.text, result.language) == ("word1 word2", "en")
        assert result.confidence == pytest.approx(0.9)
        assert result.timestamp == process.rig.clock.now()
        assert result.duration == pytest.approx(0.7 + 0.2, abs=0.1)
        assert [word.text for word in result.words] == ["word1", "word2"]
        (start,), (end,) = calls.of("speech_start"), calls.of("speech_end")
        assert 0.0 < start - process.rig.clock.now() < end - process.rig.clock.now() < 2.0

    def test_partial_text_is_told_while_it_is_spoken(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ("partial", "transcription"))
        session.start()
        process.rig.source.hear(utterance(*range(1, 5))[:-16_000])
        calls.until("partial")
        session.stop()
        assert calls.of("partial")[0].startswith("word1")
        assert calls.names[-1] == "transcription"

    def test_a_wake_word_is_told_with_its_score(self, process: FakeProcess, calls: Calls) -> None:
        wake_word = WakeWordConfig(words=["alexa"])
        session = recorded_session(calls, ("wake_word", "transcription"), wake_word=wake_word)
        assert session.start()
        assert session.active_features == ["transcription", "wake_word"]
        word = np.full(1280, 0.9, dtype=np.float32)
        process.rig.source.hear(np.concatenate((word, np.zeros(2560, dtype=np.float32), utterance(3))))
        calls.until("transcription")
        session.stop()
        assert calls.of("wake_word") == [("alexa", 0.95)]

    def test_one_that_is_set_later_is_called_from_then_on(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ())
        session.start()
        session.on_transcription = calls.named("transcription")
        process.rig.source.hear(utterance(1))
        calls.until("transcription")
        session.stop()

    def test_what_one_raises_goes_to_on_error_and_keeps_nobody_else_from_anything(
        self, process: FakeProcess, calls: Calls
    ) -> None:
        session = recorded_session(calls, ("error", "transcription"))

        def fail(_start: float) -> None:
            raise ZeroDivisionError("on purpose")

        session.on_speech_start = fail
        session.start()
        process.rig.source.hear(utterance(1))
        calls.until("transcription")
        session.stop()
        assert [str(error) for error in calls.of("error")] == ["on purpose"]

    def test_what_on_error_raises_is_only_logged(
        self, process: FakeProcess, calls: Calls, caplog: pytest.LogCaptureFixture
    ) -> None:
        session = recorded_session(calls, ("transcription",))

        def fail(_anything: object) -> None:
            raise ZeroDivisionError("on purpose")

        session.on_error = session.on_speech_start = fail
        session.start()
        process.rig.source.hear(utterance(1))
        calls.until("transcription")
        session.stop()
        assert [record.message for record in caplog.records] == [
            "The callback for errors failed itself, on ZeroDivisionError: on purpose"
        ]

    def test_without_on_error_a_problem_is_logged(
        self, process: FakeProcess, calls: Calls, caplog: pytest.LogCaptureFixture
    ) -> None:
        session = recorded_session(calls, ())
        process.rig.sources.open_error = AudioDeviceNotFoundError("There is no microphone.")
        assert not session.start()
        assert "AudioDeviceNotFoundError: There is no microphone." in caplog.text

    @pytest.mark.parametrize("ending", [SystemExit(3), KeyboardInterrupt()])
    def test_one_that_wants_to_end_the_program_ends_nothing(
        self, process: FakeProcess, calls: Calls, ending: BaseException
    ) -> None:
        session = recorded_session(calls, ("error", "transcription"))

        def end(_moment: float) -> None:
            raise ending

        session.on_speech_start = end
        session.start()
        process.rig.source.hear(np.concatenate((utterance(1), utterance(2))))
        calls.until("transcription", 2)
        session.stop()
        assert [str(error) for error in calls.of("error")] == [f"A callback cannot end the program: {ending!r}"] * 2

    def test_what_one_raises_is_logged_with_its_place_where_nobody_is_told(
        self, process: FakeProcess, calls: Calls, caplog: pytest.LogCaptureFixture
    ) -> None:
        session = recorded_session(calls, ("transcription",))
        session.on_speech_start = lambda moment: [][int(moment)]
        session.start()
        process.rig.source.hear(utterance(1))
        calls.until("transcription")
        session.stop()
        assert "IndexError: list index out of range" in caplog.text
        assert "test_session.py" in caplog.text

    def test_a_slow_one_delays_no_session_and_misses_nothing(self, process: FakeProcess, calls: Calls) -> None:
        gate, other_calls = threading.Event(), Calls()
        session = recorded_session(calls, ("transcription",))
        other = recorded_session(other_calls, ("transcription",))
        calls.then = lambda _name: assert_soon(gate)
        session.start()
        source = process.rig.source
        other.start()
        for number in range(1, 4):
            source.hear(utterance(number))
            process.rig.source.hear(utterance(number))
        other_calls.until("transcription", 3)
        calls.until("transcription")
        assert len(calls.of("transcription")) == 1
        gate.set()
        calls.until("transcription", 3)
        assert session.stop()
        assert other.stop()
        assert [result.text for result in calls.of("transcription")] == ["word1", "word2", "word3"]

    def test_the_last_of_them_can_be_waited_for(self, process: FakeProcess, calls: Calls) -> None:
        session, gate = recorded_session(calls, ("transcription",)), threading.Event()
        answers: list[bool] = []

        def hold_up(_name: str) -> None:
            answers.append(session.wait_for_callbacks())
            assert_soon(gate)

        calls.then = hold_up
        assert session.wait_for_callbacks()
        session.start()
        assert not session.wait_for_callbacks(0.01)
        process.rig.source.hear(utterance(1))
        process.rig.source.end()
        calls.until("transcription")
        assert not session.wait_for_callbacks(0.01)
        gate.set()
        assert session.wait_for_callbacks(None)
        assert answers == [False]


def assert_soon(gate: threading.Event) -> None:
    assert gate.wait(TIMEOUT_SECONDS)


def lose_the_microphone(rig: Rig) -> None:
    error = AudioSourceError("The microphone gives nothing any more.")
    rig.source.deliver(SourceLost(at_sample=rig.source.position, error=error))
    rig.source.deliver(SourceRecovered(at_sample=rig.source.position))


def lose_samples(rig: Rig) -> None:
    rig.source.lose(8000)


def lose_the_store(rig: Rig) -> None:
    rig.store.failure = EventStoreBusyError("Another program holds the database locked.")
    rig.source.hear(utterance(1))


def lose_the_model(rig: Rig) -> None:
    rig.engines.failure = SpeechToTextError("The model ran into a wall.")  # type: ignore[attr-defined]
    rig.source.hear(utterance(1))


class TestProblems:
    @pytest.mark.parametrize(
        ("befall", "code", "event"),
        [
            (lose_the_microphone, "audio-source", e.AudioSourceLost),
            (lose_samples, "audio-gap-overflow", e.AudioGapRecorded),
            (lose_the_store, "event-store-busy", e.ServiceDegraded),
            (lose_the_model, "speech-to-text", e.TranscriptionFailed),
        ],
    )
    def test_every_problem_of_the_pipeline_reaches_on_error(
        self, process: FakeProcess, calls: Calls, befall: Callable[[Rig], None], code: str, event: type
    ) -> None:
        session = recorded_session(calls, ("error",))
        session.start()
        befall(process.rig)
        calls.until("error")
        process.rig.store.failure = None
        session.stop()
        (error,) = calls.of("error")
        assert isinstance(error, SessionProblemError)
        assert error.code == code
        assert isinstance(error.event, event)
        assert str(error)

    def test_a_pause_that_was_asked_for_is_no_problem(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ("error", "event"))
        session.start()
        session.pause()
        process.rig.source.hear(np.zeros(8000, dtype=np.float32))
        session.resume()
        session.stop()
        assert "audio-gap-recorded" in [stored.event.type for stored in calls.of("event")]
        assert calls.of("error") == []

    def test_a_session_that_fails_says_so_and_may_be_started_again(
        self, process: FakeProcess, calls: Calls
    ) -> None:
        session = recorded_session(calls, ("error", "transcription"))
        session.start()
        process.rig.voice_activity.run_error = AudioSourceError("The detector broke.")
        process.rig.source.hear(utterance(1))
        calls.until("error")
        assert session.get_state() is SessionState.ERROR
        assert not session.is_running()
        assert not session.stop()
        process.rig.voice_activity.run_error = None
        assert session.start()
        process.rig.source.hear(utterance(2))
        calls.until("transcription")
        assert session.stop()
        assert session.get_state() is SessionState.IDLE


class TestStates:
    def test_start_and_stop_answer_whether_they_did_it(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ())
        assert not session.stop()
        assert session.start()
        assert (session.state, session.is_running()) == (SessionState.RUNNING, True)
        assert not session.start()
        assert session.stop()
        assert session.state is SessionState.IDLE
        assert not session.stop()
        assert process.rig.source.is_stopped

    def test_each_start_is_another_session(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ())
        names = set()
        for _ in range(3):
            assert session.start()
            names.add(session.session_id)
            assert session.stop()
        assert len(names) == 3
        assert process.rig.orchestrator.running_sessions() == ()

    @pytest.mark.parametrize("error", [AudioDeviceNotFoundError("None."), AudioSourceError("Broken.")])
    def test_a_start_that_fails_tells_why_and_may_be_tried_again(
        self, process: FakeProcess, calls: Calls, error: AudioSourceError
    ) -> None:
        session = recorded_session(calls, ("error",))
        process.rig.sources.start_error = error
        assert not session.start()
        assert session.state is SessionState.ERROR
        assert calls.of("error") == [error]
        process.rig.sources.start_error = None
        assert session.start()
        assert session.stop()

    def test_nothing_to_say_when_to_listen_is_told_at_the_start(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ("error",), vad=VADConfig(enabled=False))
        assert not session.start()
        assert isinstance(calls.of("error")[0], InvalidSettingError)

    def test_a_context_starts_and_stops(self, process: FakeProcess, calls: Calls) -> None:
        with recorded_session(calls, ()) as session:
            assert session.is_running()
        assert session.state is SessionState.IDLE

    def test_a_context_is_left_quietly_when_the_session_is_over_already(
        self, process: FakeProcess, calls: Calls, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING), recorded_session(calls, ()) as session:
            session.stop()
        assert caplog.records == []

    def test_what_is_being_said_at_the_stop_is_written_whole(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ("transcription",))
        session.start()
        process.rig.source.hear(utterance(1, 2)[:-16_000])
        assert session.stop()
        assert [result.text for result in calls.of("transcription")] == ["word1 word2"]

    @pytest.mark.parametrize("name", ["speech_start", "speech_end", "transcription", "event"])
    def test_it_can_be_stopped_from_within_a_callback(self, process: FakeProcess, calls: Calls, name: str) -> None:
        session = recorded_session(calls, (name,))
        answers: list[bool] = []

        def stop_once(_name: str) -> None:
            if not answers:
                answers.append(session.stop())

        calls.then = stop_once
        session.start()
        process.rig.source.hear(utterance(1))
        calls.until(name)
        assert wait_for(lambda: session.state is SessionState.IDLE)
        assert answers == [True]

    def test_a_callback_that_never_returns_holds_up_no_stop(self, process: FakeProcess, calls: Calls) -> None:
        gate = threading.Event()
        session = recorded_session(calls, ("speech_start",))
        calls.then = lambda _name: assert_soon(gate)
        session.start()
        process.rig.source.hear(utterance(1))
        calls.until("speech_start")
        assert session.stop()
        assert session.state is SessionState.IDLE
        gate.set()

    def test_a_source_that_cannot_be_released_keeps_nobody_from_starting_again(
        self, process: FakeProcess, calls: Calls
    ) -> None:
        session = recorded_session(calls, ())
        session.start()
        source, release = process.rig.source, process.rig.source.stop

        def fail_once() -> None:
            source.stop = release  # type: ignore[method-assign]
            raise AudioSourceError("The driver hangs.")

        source.stop = fail_once  # type: ignore[method-assign]
        with pytest.raises(AudioSourceError):
            session.stop()
        assert session.state is SessionState.IDLE
        assert session.start()
        assert session.stop()
        assert wait_for(lambda: process.rig.orchestrator.running_sessions() == ())

    def test_a_stop_that_is_only_asked_for_waits_for_nothing(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ("transcription",))
        session.request_stop()
        session.start()
        assert session.is_going_on()
        process.rig.source.hear(utterance(1)[:-16_000])
        session.request_stop()
        assert session.wait_for_callbacks(TIMEOUT_SECONDS)
        assert not session.is_going_on()
        assert [result.text for result in calls.of("transcription")] == ["word1"]

    def test_who_asks_on_the_thread_that_is_asking_already_is_answered(
        self, process: FakeProcess, calls: Calls
    ) -> None:
        """As a signal handler does."""
        session = recorded_session(calls, ())
        session.start()
        with session._lock:
            assert session.is_running()
            assert session.stop()

    def test_no_thread_for_the_callbacks_leaves_nothing_running(
        self, process: FakeProcess, calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_thread: CallbackThread) -> None:
            raise RuntimeError("can't start new thread")

        session = recorded_session(calls, ("error",))
        with monkeypatch.context() as patched:
            patched.setattr(CallbackThread, "start", fail)
            assert not session.start()
        assert session.state is SessionState.ERROR
        assert [str(error) for error in calls.of("error")] == ["can't start new thread"]
        assert wait_for(lambda: process.rig.orchestrator.running_sessions() == ())
        assert process.rig.source.is_stopped
        assert session.start()
        assert session.stop()

    def test_an_interrupt_while_it_starts_leaves_nothing_running(
        self, process: FakeProcess, calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(_thread: CallbackThread) -> None:
            raise KeyboardInterrupt

        session = recorded_session(calls, ())
        with monkeypatch.context() as patched:
            patched.setattr(CallbackThread, "start", interrupt)
            with pytest.raises(KeyboardInterrupt):
                session.start()
        assert session.state is not SessionState.STARTING
        assert wait_for(lambda: process.rig.orchestrator.running_sessions() == ())
        assert session.start()
        assert session.stop()


def wait_for(condition: Callable[[], bool]) -> bool:
    """Look again and again for as long as a test waits for anything."""
    pause = threading.Event()
    return any(condition() or pause.wait(0.01) for _ in range(int(TIMEOUT_SECONDS / 0.01)))


class HeldSources(ManualSources):
    """Sources that take until the gate opens to be opened."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig.opened)
        self.entered, self.gate = threading.Event(), threading.Event()

    def open(self, request: SourceRequest) -> AudioSource:
        self.entered.set()
        assert_soon(self.gate)
        return super().open(request)


def test_a_stop_while_the_microphone_is_being_opened_is_obeyed(calls: Calls) -> None:
    rig = Rig()
    sources = HeldSources(rig)
    rig.orchestrator = SystemOrchestrator(replace(rig.ports, sources=sources))
    process, session = FakeProcess(rig=rig), recorded_session(calls, ())
    answers: list[bool] = []
    with using_services(process):
        starter = threading.Thread(target=lambda: answers.append(session.start()))
        starter.start()
        assert sources.entered.wait(TIMEOUT_SECONDS)
        assert session.is_going_on()
        assert session.stop()
        sources.gate.set()
        starter.join(TIMEOUT_SECONDS)
        assert answers == [False]
        assert wait_for(lambda: rig.orchestrator.running_sessions() == ())
        assert sources.made[0].is_stopped
        assert session.state is SessionState.IDLE
    process.close()


class TestLoading:
    def test_what_is_said_while_the_model_is_loaded_is_written(self, slow: FakeProcess, calls: Calls) -> None:
        session, engines = recorded_session(calls, ("transcription", "speech_end")), slow.rig.engines
        assert isinstance(engines, SlowToLoad)
        starter = threading.Thread(target=session.start)
        starter.start()
        assert engines.entered.wait(TIMEOUT_SECONDS)
        assert wait_for(session.is_running)
        slow.rig.source.hear(utterance(1))
        calls.until("speech_end")
        assert session.is_running()
        assert starter.is_alive()
        engines.gate.set()
        starter.join(TIMEOUT_SECONDS)
        calls.until("transcription")
        assert session.is_running()
        assert session.stop()

    def test_it_can_be_stopped_while_the_model_is_loaded(self, slow: FakeProcess, calls: Calls) -> None:
        session, answers = recorded_session(calls, ()), list[bool]()
        starter = threading.Thread(target=lambda: answers.append(session.start()))
        starter.start()
        assert wait_for(lambda: session.session_id is not None)
        assert session.stop()
        starter.join(TIMEOUT_SECONDS)
        assert answers == [False]
        assert session.state is SessionState.IDLE

    def test_a_model_that_cannot_be_loaded_is_told_and_leaves_nothing_running(
        self, slow: FakeProcess, calls: Calls
    ) -> None:
        engines = slow.rig.engines
        assert isinstance(engines, SlowToLoad)
        engines.load_failure = SpeechToTextError("There is no room for the model.")
        engines.gate.set()
        session = recorded_session(calls, ("error",))
        assert not session.start()
        assert session.state is SessionState.ERROR
        calls.until("error")
        assert [str(error) for error in calls.of("error")] == ["There is no room for the model."]
        assert slow.rig.orchestrator.running_sessions() == ()


class TestSteering:
    def test_the_language_changes_at_once_and_for_later_starts(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ("event",), model=ModelConfig(model="base", language="en"))
        session.start()
        session.set_language("german")
        assert session.model_config.language == "german"
        session.stop()
        changes = [each.event for each in calls.of("event") if isinstance(each.event, e.SettingsChanged)]
        assert [change.settings.transcription.language for change in changes] == ["de"]
        session.set_language("fr")
        session.start()
        session.stop()
        starts = [each.event for each in calls.of("event") if isinstance(each.event, e.SessionStarted)]
        assert [start.settings.transcription.language for start in starts] == ["en", "fr"]

    def test_a_language_that_the_model_does_not_write_changes_nothing(
        self, process: FakeProcess, calls: Calls
    ) -> None:
        session = recorded_session(calls, ())
        session.start()
        with pytest.raises(UnknownLanguageError):
            session.set_language("de")
        assert session.model_config.language == "en"
        assert session.stop()

    def test_an_utterance_can_be_ended_by_hand(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ("transcription",))
        session.start()
        process.rig.source.hear(utterance(1, 2)[:-16_000])
        process.rig.until_heard(process.rig.orchestrator.running_sessions()[0])
        session.commit_utterance()
        calls.until("transcription")
        assert session.is_running()
        session.stop()

    def test_how_far_the_texts_trail_is_known_while_it_runs(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ("speech_start",))

        def known() -> tuple[float, str] | None:
            return None if session.lag is None else (session.lag.trailing_seconds, session.lag.level)

        assert known() is None
        assert session.start()
        assert known() == (0.0, "full")
        process.rig.source.hear(utterance(1, 2)[:8_000])
        calls.until("speech_start")
        assert (known() or (0.0, ""))[0] > 0.0
        assert session.stop()
        assert known() is None

    @pytest.mark.parametrize("method", ["pause", "resume", "commit_utterance", "events"])
    def test_what_has_not_been_started_cannot_be_steered(self, process: FakeProcess, method: str) -> None:
        with pytest.raises(SessionNotRunningError):
            getattr(TranscriptionSession(model=MODEL, vad=VAD), method)()


class TestEvents:
    def test_they_are_iterated_from_the_first_to_the_last_while_they_happen(
        self, process: FakeProcess, calls: Calls
    ) -> None:
        session, heard = recorded_session(calls, ("event", "transcription")), list[StoredEvent]()
        session.start()
        reader = threading.Thread(target=lambda: heard.extend(session.events()))
        reader.start()
        process.rig.source.hear(utterance(1))
        calls.until("transcription")
        session.stop()
        reader.join(TIMEOUT_SECONDS)
        assert heard == calls.of("event")

    def test_they_are_replayed_behind_any_place(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ("event", "transcription"))
        session.start()
        process.rig.source.hear(utterance(1))
        calls.until("transcription")
        session.stop()
        assert list(session.events(after=3)) == calls.of("event")[3:]
        events = session.events()
        assert list(events) == list(events)

    def test_they_are_awaited_without_holding_up_the_loop(self, process: FakeProcess, calls: Calls) -> None:
        session = recorded_session(calls, ("event",))

        async def listen() -> list[StoredEvent]:
            heard: list[StoredEvent] = []
            async for stored in session.events():
                heard.append(stored)
                if isinstance(stored.event, e.SessionStarted):
                    process.rig.source.hear(utterance(1))
                if isinstance(stored.event, e.UtteranceTranscribed):
                    asyncio.get_running_loop().run_in_executor(None, session.stop)
            return heard

        session.start()
        assert asyncio.run(listen()) == calls.of("event")

    def test_an_iteration_that_is_broken_off_leaves_nobody_listening(
        self, process: FakeProcess, calls: Calls
    ) -> None:
        session = recorded_session(calls, ())
        session.start()
        before = len(process.rig.bus._signal.receivers)
        for stored in session.events():
            assert len(process.rig.bus._signal.receivers) == before + 1
            assert stored.seq == 1
            break
        assert len(process.rig.bus._signal.receivers) == before
        session.stop()


def test_two_hundred_starts_and_stops_leave_nothing_behind(process: FakeProcess, calls: Calls) -> None:
    session = recorded_session(calls, ("event",))
    assert session.start()
    assert session.stop()
    threads, subscriptions = threading.active_count(), len(process.rig.bus._signal.receivers)
    for _ in range(199):
        assert session.start()
        assert session.stop()
    assert threading.active_count() == threads
    assert len(process.rig.bus._signal.receivers) == subscriptions
    assert all(source.is_stopped for source in process.rig.sources.made)


def test_a_problem_is_an_error_of_the_one_tree() -> None:
    assert issubclass(SessionProblemError, RealtimeSttError)
