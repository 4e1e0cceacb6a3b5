"""Of the models that nobody uses one stays loaded, the one used last; one that is used is never let go."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.application.inference_requests import request
from tests.application.rig import TIMEOUT_SECONDS
from tests.fakes.speech_to_text import ScriptedEngines, ScriptedSpeechToText

from realtime_mlx_stt.application.inference.kept_models import MOST_UNUSED_MODELS, ModelName
from realtime_mlx_stt.application.inference.queue import InferenceQueue
from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceRequest, InferenceResult
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.transcription import Transcription
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

ENGINE = "mlx_whisper"
MODELS = ("tiny.en", "tiny", "base", "large-v3-turbo")


def load(queue: InferenceQueue, *models: str, for_good: bool = False) -> None:
    for model in models:
        queue.load(ENGINE, model, for_good=for_good)
        work(queue)


def work(queue: InferenceQueue) -> None:
    while queue.step():
        pass


def test_of_the_unused_the_last_one_used_is_kept(queue: InferenceQueue, engines: ScriptedEngines) -> None:
    load(queue, "tiny", "base", "tiny", "tiny.en")
    assert engines.loaded == {"tiny.en"}
    assert queue.loaded_models == ((ENGINE, "tiny.en"),)


def test_one_that_was_loaded_for_good_is_kept_besides(queue: InferenceQueue, engines: ScriptedEngines) -> None:
    load(queue, "tiny", for_good=True)
    load(queue, "base", "tiny.en")
    assert engines.loaded == {"tiny", "tiny.en"}


def test_one_that_is_held_is_kept_until_it_is_released(queue: InferenceQueue, engines: ScriptedEngines) -> None:
    with queue.holding({(ENGINE, "tiny")}):
        with queue.holding({(ENGINE, "tiny")}):
            load(queue, "tiny", "base", "tiny.en")
        work(queue)
        assert engines.loaded == {"tiny", "tiny.en"}
    work(queue)
    assert engines.loaded == {"tiny.en"}


def test_one_whose_utterance_goes_on_is_kept_until_the_session_is_over(
    queue: InferenceQueue, engines: ScriptedEngines
) -> None:
    queue.submit(request(InferenceKind.PARTIAL, model="tiny"), lambda _result: None)
    work(queue)
    load(queue, "base", "tiny.en")
    assert engines.loaded == {"tiny", "tiny.en"}
    queue.forget(SessionId("session-1"))
    work(queue)
    assert engines.loaded == {"tiny.en"}


def test_a_text_by_one_that_was_let_go_has_it_loaded_again(queue: InferenceQueue, engines: ScriptedEngines) -> None:
    load(queue, "tiny", "base")
    assert engines.loaded == {"base"}
    results: list[InferenceResult] = []
    queue.submit(request(InferenceKind.FINAL, model="tiny"), results.append)
    work(queue)
    assert isinstance(results[0].outcome, Transcription)
    assert engines.loaded == {"tiny"}


def test_who_asks_again_for_one_that_was_let_go_has_it_loaded(
    queue: InferenceQueue, engines: ScriptedEngines
) -> None:
    load(queue, "tiny", "base", "tiny")
    assert engines.loaded == {"tiny"}


@dataclass
class StubbornEngines(ScriptedEngines):
    """Engines whose models cannot be let go."""

    def open(self, engine: str, model: str) -> "StubbornModel":
        super().open(engine, model)
        return StubbornModel(self, model)


class StubbornModel(ScriptedSpeechToText):
    def unload(self) -> None:
        super().unload()
        raise SpeechToTextError("It stays.")


def test_one_that_cannot_be_let_go_disturbs_nobody_and_is_tried_once(caplog: pytest.LogCaptureFixture) -> None:
    engines = StubbornEngines()
    queue = InferenceQueue(engines)
    load(queue, "tiny", "base", "base")
    assert len(engines.unload_threads) == 1
    assert "The model tiny could not be let go" in caplog.text


@dataclass
class WatchfulEngines(ScriptedEngines):
    """Engines that note which models were let go although they were ``used`` at that moment."""

    used: Callable[[], set[str]] = set
    wrongly_let_go: list[str] = field(default_factory=list)

    def open(self, engine: str, model: str) -> "WatchfulModel":
        super().open(engine, model)
        return WatchfulModel(self, model)


@dataclass
class WatchfulModel(ScriptedSpeechToText):
    engines: WatchfulEngines

    def unload(self) -> None:
        super().unload()
        if self.model in self.engines.used():
            self.engines.wrongly_let_go.append(self.model)


def test_one_by_which_a_text_is_awaited_is_kept_until_that_is_written() -> None:
    results: list[InferenceResult] = []
    engines = WatchfulEngines(used=lambda: set() if results else {"tiny"})
    queue = InferenceQueue(engines)
    load(queue, "tiny")
    queue.submit(request(InferenceKind.FINAL, model="tiny"), results.append)
    for model in ("base", "tiny.en", "large-v3-turbo"):  # which are loaded before any text is written
        queue.load(ENGINE, model)
    work(queue)
    assert [type(result.outcome) for result in results] == [Transcription]
    assert engines.wrongly_let_go == []


class ModelsInUse(RuleBasedStateMachine):
    """Sessions come, change their model and go, and texts are asked for, while models are loaded and let go."""

    def __init__(self) -> None:
        super().__init__()
        self.engines = WatchfulEngines(used=self.used, most_together=3)
        self.sessions: dict[str, str] = {}
        self.for_good: set[str] = set()
        self.held: list[tuple[str, AbstractContextManager[None]]] = []
        self.asked: list[InferenceRequest] = []
        self.results: list[InferenceResult] = []
        self.loads: list[Future[None]] = []
        self.queue = InferenceQueue(self.engines, in_use=self.in_use)

    def in_use(self) -> set[ModelName]:
        return {(ENGINE, model) for model in self.sessions.values()}

    def used(self) -> set[str]:
        """What must stay: models of sessions, held ones, those wanted for good, and those of awaited texts."""
        answered = {id(result.request) for result in self.results}
        awaited = {each.model for each in self.asked if self.is_owed(each) and id(each) not in answered}
        return {*self.sessions.values(), *self.for_good, *(model for model, _ in self.held), *awaited}

    def take(self, result: InferenceResult) -> None:
        self.results.append(result)

    @rule(session=st.sampled_from("abc"), model=st.sampled_from(MODELS))
    def begin_or_change(self, session: str, model: str) -> None:
        self.sessions[session] = model
        self.loads.append(self.queue.load(ENGINE, model))

    @precondition(lambda self: self.sessions)
    @rule(data=st.data(), kind=st.sampled_from(InferenceKind))
    def ask(self, data: st.DataObject, kind: InferenceKind) -> None:
        session = data.draw(st.sampled_from(sorted(self.sessions)))
        asked = request(kind, len(self.asked) + 1, session, model=self.sessions[session])
        self.asked.append(asked)
        self.queue.submit(asked, self.take)

    @precondition(lambda self: self.sessions)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(sorted(self.sessions)))
        del self.sessions[session]
        self.asked = [each for each in self.asked if each.session_id != session]
        self.results = [each for each in self.results if each.request.session_id != session]
        self.queue.forget(SessionId(session))

    @rule(model=st.sampled_from(MODELS), for_good=st.booleans())
    def load(self, model: str, for_good: bool) -> None:
        if for_good and len(self.for_good) < 1:
            self.for_good.add(model)
        self.loads.append(self.queue.load(ENGINE, model, for_good=model in self.for_good))

    @rule(model=st.sampled_from(MODELS))
    def hold(self, model: str) -> None:
        holding = self.queue.holding({(ENGINE, model)})
        holding.__enter__()
        self.held.append((model, holding))

    @precondition(lambda self: self.held)
    @rule()
    def release(self) -> None:
        self.held.pop(0)[1].__exit__(None, None, None)

    @rule()
    def step(self) -> None:
        self.queue.step()

    @rule()
    def finish(self) -> None:
        """Whatever waits is done: every final text is there, and no more models than are used and one."""
        work(self.queue)
        assert all(load.done() and load.exception() is None for load in self.loads)
        owed = Counter(each.utterance_id for each in self.asked if self.is_owed(each))
        written = Counter(each.request.utterance_id for each in self.results if self.is_owed(each.request))
        assert owed == written
        decoding = {model for _, model in self.queue._writer.models}
        assert len(self.engines.loaded - self.used() - decoding) <= MOST_UNUSED_MODELS

    @invariant()
    def nothing_failed_and_nothing_used_was_let_go(self) -> None:
        assert self.engines.wrongly_let_go == []
        assert not any(isinstance(each.outcome, RealtimeSttError) for each in self.results)

    def teardown(self) -> None:
        self.queue.stop(TIMEOUT_SECONDS)

    @staticmethod
    def is_owed(asked: InferenceRequest) -> bool:
        return asked.kind is InferenceKind.FINAL


TestModelsInUse = ModelsInUse.TestCase
TestModelsInUse.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
