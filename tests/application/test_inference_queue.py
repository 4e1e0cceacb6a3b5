"""One thread owns the models; the most urgent request comes first, and every request for a text is answered."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue

import pytest
from tests.application.inference_requests import request
from tests.application.rig import TIMEOUT_SECONDS
from tests.fakes.speech_to_text import ScriptedDecoder, ScriptedEngines, ScriptedSpeechToText, spoken

from realtime_mlx_stt.application.inference.queue import InferenceQueue
from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceRequest, InferenceResult
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.model_repository import ModelUnreachableError, UnknownModelError
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError


def answers_in_order(queue: InferenceQueue, *requests: InferenceRequest) -> list[InferenceRequest]:
    results: list[InferenceResult] = []
    for each in requests:
        queue.submit(each, results.append)
    while queue.step():
        pass
    return [result.request for result in results]


def test_finals_come_before_speculative_finals_before_partials(queue: InferenceQueue) -> None:
    partial = request(InferenceKind.PARTIAL, session="a")
    speculative = request(InferenceKind.SPECULATIVE, session="b")
    final = request(InferenceKind.FINAL, session="c")
    assert answers_in_order(queue, partial, speculative, final) == [final, speculative, partial]


def test_finals_keep_their_order(queue: InferenceQueue) -> None:
    finals = [request(InferenceKind.FINAL, utterance) for utterance in (1, 2, 3)]
    assert answers_in_order(queue, *finals) == finals


def test_of_a_sessions_partials_only_the_newest_is_answered(queue: InferenceQueue) -> None:
    old, new = request(InferenceKind.PARTIAL, 1), request(InferenceKind.PARTIAL, 1)
    other = request(InferenceKind.PARTIAL, 1, session="another")
    assert answers_in_order(queue, old, other, new) == [new, other]


def test_a_final_makes_the_sessions_waiting_partial_pointless(queue: InferenceQueue) -> None:
    final = request(InferenceKind.FINAL, 1)
    assert answers_in_order(queue, request(InferenceKind.PARTIAL, 1), final) == [final]


def test_a_promoted_speculation_is_answered_although_a_newer_one_follows(queue: InferenceQueue) -> None:
    results: list[InferenceResult] = []
    first, second = request(InferenceKind.SPECULATIVE, 1), request(InferenceKind.SPECULATIVE, 2)
    queue.submit(first, results.append)
    queue.promote(first)
    queue.submit(second, results.append)
    while queue.step():
        pass
    assert [result.request for result in results] == [first, second]


def test_a_speculation_that_was_answered_is_not_promoted(queue: InferenceQueue) -> None:
    results: list[InferenceResult] = []
    speculation = request(InferenceKind.SPECULATIVE)
    queue.submit(speculation, results.append)
    queue.step()
    queue.promote(speculation)
    assert not queue.step()
    assert len(results) == 1


def test_a_forgotten_sessions_requests_are_not_answered(queue: InferenceQueue) -> None:
    results: list[InferenceResult] = []
    for kind in InferenceKind:
        queue.submit(request(kind, session="gone"), results.append)
    staying = request(InferenceKind.FINAL, session="staying")
    queue.submit(staying, results.append)
    queue.forget(SessionId("gone"))
    while queue.step():
        pass
    assert [result.request for result in results] == [staying]


def test_words_are_placed_in_the_session(queue: InferenceQueue) -> None:
    results: list[InferenceResult] = []
    queue.submit(request(InferenceKind.FINAL, audio=spoken(1, 2), start_sample=16_000), results.append)
    queue.step()
    outcome = results[0].outcome
    assert isinstance(outcome, Transcription)
    assert [(word.text, word.start_sample) for word in outcome.words] == [("word1", 16_000), ("word2", 21_600)]


def test_a_failing_model_costs_one_answer_and_not_the_thread(
    queue: InferenceQueue, engines: ScriptedEngines
) -> None:
    results: list[InferenceResult] = []
    engines.failure = SpeechToTextError("It broke.")
    queue.submit(request(InferenceKind.FINAL, 1), results.append)
    queue.step()
    engines.failure = None
    queue.submit(request(InferenceKind.FINAL, 2), results.append)
    queue.step()
    assert isinstance(results[0].outcome, SpeechToTextError)
    assert isinstance(results[1].outcome, Transcription)


class BuggyEngines(ScriptedEngines):
    """Engines whose decoders raise what no port allows."""

    def open(self, engine: str, model: str) -> "BuggyModel":
        return BuggyModel(self, model)


class BuggyModel(ScriptedSpeechToText):
    def load(self) -> None:
        raise ZeroDivisionError("a bug")


def test_an_engines_bug_becomes_an_error_that_names_the_engine() -> None:
    queue = InferenceQueue(BuggyEngines())
    results: list[InferenceResult] = []
    queue.submit(request(InferenceKind.FINAL), results.append)
    queue.step()
    outcome = results[0].outcome
    assert isinstance(outcome, SpeechToTextError)
    assert "mlx_whisper" in str(outcome)


def test_who_asks_for_a_model_that_waits_to_be_loaded_shares_its_load(
    queue: InferenceQueue, engines: ScriptedEngines
) -> None:
    first, second = queue.load("mlx_whisper", "tiny.en"), queue.load("mlx_whisper", "tiny.en")
    other = queue.load("mlx_whisper", "tiny")
    assert first is second is not other
    while queue.step():
        pass
    assert first.done()
    assert other.done()
    assert len(engines.load_threads) == 2


@dataclass
class AskingModel(ScriptedSpeechToText):
    """A model for which somebody asks while it is being loaded."""

    ask: Callable[[], None]

    def load(self) -> None:
        self.ask()
        super().load()


@dataclass
class AskingEngines(ScriptedEngines):
    ask: Callable[[], None] = lambda: None

    def open(self, engine: str, model: str) -> AskingModel:
        super().open(engine, model)
        return AskingModel(self, model, self.ask)


def test_who_asks_for_a_model_that_is_being_loaded_shares_its_load_and_its_failure() -> None:
    engines = AskingEngines(load_failure=SpeechToTextError("Broken."))
    queue, meanwhile = InferenceQueue(engines), list[Future[None]]()
    engines.ask = lambda: meanwhile.append(queue.load("mlx_whisper", "tiny.en"))
    loading = queue.load("mlx_whisper", "tiny.en")
    assert queue.step()
    assert meanwhile == [loading]
    assert loading.exception() is engines.load_failure
    assert not queue.step()
    engines.load_failure = None
    again = queue.load("mlx_whisper", "tiny.en")
    assert queue.step()
    assert again.exception() is None


def test_a_model_that_fails_to_load_fails_the_load(queue: InferenceQueue, engines: ScriptedEngines) -> None:
    engines.load_failure = SpeechToTextError("No room.")
    loading = queue.load("mlx_whisper", "tiny.en")
    queue.step()
    with pytest.raises(SpeechToTextError, match="No room"):
        loading.result(TIMEOUT_SECONDS)


@dataclass
class FetchingEngines(ScriptedEngines):
    """Engines of which one model is fetched for as long as the test wants."""

    fetched: threading.Event = field(default_factory=threading.Event)
    fetch_failure: ModelUnreachableError | None = None

    def fetch(self, engine: str, model: str) -> None:
        super().fetch(engine, model)
        if model == "base":
            assert self.fetched.wait(TIMEOUT_SECONDS)
            if self.fetch_failure is not None:
                raise self.fetch_failure


def test_while_a_model_is_fetched_the_others_work_and_what_is_asked_of_it_waits() -> None:
    engines = FetchingEngines()
    queue, results = InferenceQueue(engines), SimpleQueue[InferenceResult]()
    queue.start()
    loading = queue.load("mlx_whisper", "base")
    for kind in InferenceKind:
        queue.submit(request(kind, 1, model="base"), results.put)
    queue.load("mlx_whisper", "tiny.en").result(TIMEOUT_SECONDS)
    queue.submit(request(InferenceKind.FINAL, 2), results.put)
    assert results.get(timeout=TIMEOUT_SECONDS).request.model == "tiny.en"
    assert (results.empty(), loading.done()) == (True, False)
    engines.fetched.set()
    assert loading.result(TIMEOUT_SECONDS) is None
    assert results.get(timeout=TIMEOUT_SECONDS).request.model == "base"
    assert queue.stop(TIMEOUT_SECONDS)
    assert {thread.name for thread in engines.load_threads} == {"inference"}


def test_a_model_that_cannot_be_fetched_fails_the_load() -> None:
    engines = FetchingEngines(fetch_failure=ModelUnreachableError("The hub does not answer."))
    queue = InferenceQueue(engines)
    queue.start()
    loading = queue.load("mlx_whisper", "base")
    assert queue.load("mlx_whisper", "base") is loading
    engines.fetched.set()
    assert loading.exception(TIMEOUT_SECONDS) is engines.fetch_failure
    assert queue.stop(TIMEOUT_SECONDS)
    assert engines.load_threads == []


def test_a_stop_waits_for_no_model_that_is_being_fetched() -> None:
    engines = FetchingEngines()
    queue = InferenceQueue(engines)
    queue.start()
    loading = queue.load("mlx_whisper", "base")
    assert queue.stop(TIMEOUT_SECONDS)
    assert isinstance(loading.exception(TIMEOUT_SECONDS), SpeechToTextError)
    engines.fetched.set()


def test_a_model_that_may_be_needed_is_loaded_when_no_final_of_a_live_speaker_waits() -> None:
    engines = ScriptedEngines()
    queue, results = InferenceQueue(engines), list[InferenceResult]()
    prepared = queue.prepare("mlx_whisper", "base")
    for kind in InferenceKind:
        queue.submit(request(kind, session=kind.value), results.append)
    done_before = []
    while queue.step():
        done_before.append((len(results), prepared.done()))
    assert done_before == [(1, False), (2, False), (2, True), (3, True)]


def test_a_model_that_may_be_needed_is_loaded_at_once_when_somebody_needs_it() -> None:
    queue = InferenceQueue(ScriptedEngines())
    prepared = queue.prepare("mlx_whisper", "base")
    queue.submit(request(InferenceKind.FINAL), lambda _result: None)
    assert queue.load("mlx_whisper", "base") is prepared
    queue.step()
    assert prepared.done()


@dataclass
class CostlyEngines(ScriptedEngines):
    """Every text takes a second, and every load ten, by a clock of their own."""

    now: float = 0.0

    def open(self, engine: str, model: str) -> "CostlyModel":
        super().open(engine, model)
        return CostlyModel(self, model)


@dataclass
class CostlyModel(ScriptedSpeechToText):
    engines: CostlyEngines

    def load(self) -> None:
        if self.model not in self.engines.loaded:
            self.engines.now += 10.0
        super().load()

    def open_utterance(self, options: DecodingOptions) -> ScriptedDecoder:
        decoder = super().open_utterance(options)
        self.engines.now += 1.0
        return decoder


def test_an_answer_tells_how_long_other_texts_were_written_before_it_and_loads_do_not_count() -> None:
    engines = CostlyEngines()
    queue, results = InferenceQueue(engines, monotonic=lambda: engines.now), list[InferenceResult]()
    queue.load("mlx_whisper", "tiny.en")
    waiting = [request(InferenceKind.FINAL, 1, session) for session in ("a", "b", "c")]
    for each in waiting:
        queue.submit(each, results.append)
    queue.step()
    assert queue.waited_seconds(waiting[2]) == 0.0
    queue.step()
    first_took = results[0].inference_seconds
    assert [queue.waited_seconds(each) for each in waiting] == [0.0, first_took, first_took]
    while queue.step():
        pass
    assert [result.waited_seconds for result in results] == [0.0, first_took, first_took + 1.0]


def test_an_unknown_model_is_refused_at_once(queue: InferenceQueue) -> None:
    with pytest.raises(UnknownModelError):
        queue.load("mlx_whisper", "huge")


def test_one_thread_loads_and_decodes_everything(queue: InferenceQueue, engines: ScriptedEngines) -> None:
    queue.start()
    queue.start()
    queue.load("mlx_whisper", "tiny.en").result(TIMEOUT_SECONDS)
    answered = threading.Semaphore(0)
    for utterance in range(1, 6):
        queue.submit(request(InferenceKind.FINAL, utterance), lambda _result: answered.release())
    for _ in range(5):
        assert answered.acquire(timeout=TIMEOUT_SECONDS)
    threads = {*engines.load_threads, *(call.thread for call in engines.calls)}
    assert [thread.name for thread in threads] == ["inference"]


def test_stopping_answers_what_waits_and_what_comes_later_with_an_error(queue: InferenceQueue) -> None:
    results: list[InferenceResult] = []
    queue.submit(request(InferenceKind.FINAL, 1), results.append)
    loading = queue.load("mlx_whisper", "tiny.en")
    queue.stop()
    queue.submit(request(InferenceKind.FINAL, 2), results.append)
    assert [type(result.outcome) for result in results] == [SpeechToTextError, SpeechToTextError]
    with pytest.raises(SpeechToTextError):
        loading.result(TIMEOUT_SECONDS)
    with pytest.raises(SpeechToTextError):
        queue.load("mlx_whisper", "tiny.en").result(TIMEOUT_SECONDS)


class GatedEngines(ScriptedEngines):
    """Engines that wait inside ``load`` until the gate is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.gate = threading.Event()

    def open(self, engine: str, model: str) -> "GatedModel":
        return GatedModel(self, model)


@dataclass
class GatedModel(ScriptedSpeechToText):
    engines: GatedEngines

    def load(self) -> None:
        super().load()
        self.engines.entered.set()
        assert self.engines.gate.wait(TIMEOUT_SECONDS)


def test_a_stop_while_the_model_is_busy_is_for_good() -> None:
    engines = GatedEngines()
    queue = InferenceQueue(engines)
    queue.start()
    first = queue.load("mlx_whisper", "tiny.en")
    assert engines.entered.wait(TIMEOUT_SECONDS)
    assert not queue.stop(timeout_seconds=0.0)
    queue.start()
    with pytest.raises(SpeechToTextError):
        queue.load("mlx_whisper", "tiny.en").result(TIMEOUT_SECONDS)
    engines.gate.set()
    first.result(TIMEOUT_SECONDS)
    assert queue.stop(TIMEOUT_SECONDS)
    assert len(engines.load_threads) == 1


class CountingEngines(ScriptedEngines):
    """Engines that say how many of the decoders they gave out are still kept by somebody."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = 0

    def open(self, engine: str, model: str) -> "CountingModel":
        return CountingModel(self, model)


@dataclass
class CountingModel(ScriptedSpeechToText):
    engines: CountingEngines

    def open_utterance(self, options: DecodingOptions) -> "CountedDecoder":
        return CountedDecoder(self.engines, self.model, options.language)


@dataclass
class CountedDecoder(ScriptedDecoder):
    engines: CountingEngines

    def __post_init__(self) -> None:
        self.engines.kept += 1

    def __del__(self) -> None:
        self.engines.kept -= 1


def test_the_decoders_of_utterances_that_are_over_are_let_go() -> None:
    engines = CountingEngines()
    queue = InferenceQueue(engines)
    for utterance in range(1, 50):
        for kind in (InferenceKind.PARTIAL, InferenceKind.SPECULATIVE):
            queue.submit(request(kind, utterance), lambda _result: None)
            queue.step()
    assert engines.kept == 1
    queue.forget(SessionId("session-1"))
    queue.step()
    assert engines.kept == 0


@dataclass
class RecordingEngines(ScriptedEngines):
    """Engines that say which decoders were opened."""

    opened: list[str] = field(default_factory=list)

    def open(self, engine: str, model: str) -> "RecordingModel":
        super().open(engine, model)
        return RecordingModel(self, model)


@dataclass
class RecordingModel(ScriptedSpeechToText):
    engines: RecordingEngines

    def open_utterance(self, options: DecodingOptions) -> ScriptedDecoder:
        self.engines.opened.append(self.model)
        return super().open_utterance(options)


def test_what_a_decoder_found_out_is_used_by_its_own_model_alone() -> None:
    engines = RecordingEngines()
    queue = InferenceQueue(engines)
    asked = [(InferenceKind.PARTIAL, "base"), (InferenceKind.PARTIAL, "base"), (InferenceKind.FINAL, "tiny.en")]
    for kind, model in asked:
        queue.submit(request(kind, model=model), lambda _result: None)
        queue.step()
    assert engines.opened == ["base", "tiny.en"]
    assert [call.model for call in engines.calls] == ["base", "base", "tiny.en"]


def test_the_program_s_end_waits_for_the_call_that_is_being_made() -> None:
    """In a program of its own, that ends without stopping anything."""
    program = (
        "import threading, time\n"
        "from realtime_mlx_stt.application.inference.queue import InferenceQueue\n"
        "begun = threading.Event()\n"
        "class Engines:\n"
        "    def open(self, engine, model): return self\n"
        "    def fetch(self, engine, model): pass\n"
        "    def load(self):\n"
        "        begun.set()\n"
        "        time.sleep(0.3)\n"
        "        print('loaded', flush=True)\n"
        "queue = InferenceQueue(Engines())\n"
        "queue.start()\n"
        "queue.load('engine', 'model')\n"
        "begun.wait()\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert (run.stdout, run.stderr) == ("loaded\n", "")
