"""Each engine has a thread of its own, so that one that waits holds up no other; together they are one queue."""

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from tests.application.rig import TIMEOUT_SECONDS
from tests.application.stand_ins import UnansweringEngines
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.application.inference.engines_by_name import EnginesByName
from realtime_mlx_stt.application.inference.lanes import InferenceLanes
from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceRequest, InferenceResult
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.transcription import Transcription
from realtime_mlx_stt.ports.model_repository import UnknownModelError
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError, UnknownEngineError

LOCAL, REMOTE = "mlx_whisper", "openai"


def request(
    engine: str, kind: InferenceKind = InferenceKind.FINAL, utterance: int = 1, session: str = "session-1"
) -> InferenceRequest:
    audio = spoken(utterance)
    return InferenceRequest(
        session_id=SessionId(session),
        utterance_id=UtteranceId(utterance),
        kind=kind,
        engine=engine,
        model="tiny",
        audio=audio,
        start_sample=0,
        end_sample=len(audio),
    )


class Answers:
    """What was delivered, and a way to wait for it."""

    def __init__(self) -> None:
        self.results: list[InferenceResult] = []
        self._come = threading.Semaphore(0)

    def __call__(self, result: InferenceResult) -> None:
        self.results.append(result)
        self._come.release()

    def until(self, count: int) -> list[str]:
        """Wait for so many more; the texts of all, errors by their name."""
        for _ in range(count):
            assert self._come.acquire(timeout=TIMEOUT_SECONDS)
        outcomes = [result.outcome for result in self.results]
        return [each.text if isinstance(each, Transcription) else type(each).__name__ for each in outcomes]


@pytest.fixture
def local() -> ScriptedEngines:
    return ScriptedEngines(engine=LOCAL)


@pytest.fixture
def remote() -> Iterator[UnansweringEngines]:
    engines = UnansweringEngines(REMOTE, remote=True)
    yield engines
    engines.gate.set()


@pytest.fixture
def lanes(local: ScriptedEngines, remote: UnansweringEngines) -> Iterator[InferenceLanes]:
    both = InferenceLanes(EnginesByName({LOCAL: local, REMOTE: remote}))
    yield both
    remote.gate.set()
    assert both.stop(TIMEOUT_SECONDS)


def test_an_engine_that_waits_holds_up_no_other(lanes: InferenceLanes, remote: UnansweringEngines) -> None:
    lanes.start()
    answers = Answers()
    lanes.submit(request(REMOTE, utterance=1), answers)
    lanes.submit(request(LOCAL, utterance=2), answers)
    assert answers.until(1) == ["word2"]
    remote.gate.set()
    assert answers.until(1) == ["word2", "word1"]


def test_every_engine_has_one_thread_that_is_named_for_it(
    lanes: InferenceLanes, local: ScriptedEngines, remote: UnansweringEngines
) -> None:
    remote.gate.set()
    lanes.start()
    for engine in (LOCAL, REMOTE, LOCAL, REMOTE):
        lanes.load(engine, "tiny").result(TIMEOUT_SECONDS)
    answers = Answers()
    for engine in (LOCAL, REMOTE):
        lanes.submit(request(engine), answers)
    answers.until(2)
    for engines in (local, remote):
        threads = {*engines.load_threads, *(call.thread for call in engines.calls)}
        assert [thread.name for thread in threads] == [f"inference-{engines.engine}"]


def test_a_lane_may_be_asked_before_the_start(lanes: InferenceLanes) -> None:
    loading = lanes.load(LOCAL, "tiny")
    assert not loading.done()
    lanes.start()
    loading.result(TIMEOUT_SECONDS)


def test_an_unknown_engine_is_refused_at_once_and_gets_no_thread(lanes: InferenceLanes) -> None:
    lanes.start()
    with pytest.raises(UnknownEngineError, match=f"{LOCAL} and {REMOTE}"):
        lanes.load("nonsense", "tiny")
    assert not [thread for thread in threading.enumerate() if thread.name == "inference-nonsense"]


def test_a_promoted_speculation_is_answered_although_a_newer_one_follows(lanes: InferenceLanes) -> None:
    answers = Answers()
    first = request(LOCAL, InferenceKind.SPECULATIVE, 1)
    lanes.submit(first, answers)
    lanes.promote(first)
    lanes.submit(request(LOCAL, InferenceKind.SPECULATIVE, 2), answers)
    lanes.start()
    assert answers.until(2) == ["word1", "word2"]


def test_a_session_is_forgotten_by_every_engine(lanes: InferenceLanes, remote: UnansweringEngines) -> None:
    remote.gate.set()
    answers = Answers()
    for engine in (LOCAL, REMOTE):
        lanes.submit(request(engine, session="gone"), answers)
    lanes.forget(SessionId("gone"))
    for engine in (LOCAL, REMOTE):
        lanes.submit(request(engine, session="staying"), answers)
    lanes.start()
    answers.until(2)
    assert {result.request.session_id for result in answers.results} == {"staying"}


def test_a_stop_does_not_wait_for_an_answer_and_is_for_good(
    lanes: InferenceLanes, remote: UnansweringEngines
) -> None:
    lanes.start()
    answers = Answers()
    lanes.submit(request(REMOTE), answers)
    assert remote.entered.wait(TIMEOUT_SECONDS)
    assert not lanes.stop(0.0)
    lanes.submit(request(REMOTE, utterance=2), answers)
    lanes.submit(request(LOCAL, utterance=3), answers)
    assert answers.until(2) == ["SpeechToTextError"] * 2
    with pytest.raises(SpeechToTextError, match="the program is ending"):
        lanes.load(LOCAL, "tiny").result(TIMEOUT_SECONDS)
    remote.gate.set()
    assert lanes.stop(TIMEOUT_SECONDS)


def test_a_stop_asks_every_engine_before_it_waits_for_one(
    lanes: InferenceLanes, remote: UnansweringEngines
) -> None:
    lanes.start()
    answers = Answers()
    lanes.submit(request(REMOTE), answers)
    assert remote.entered.wait(TIMEOUT_SECONDS)
    lanes.submit(request(LOCAL), answers)
    answers.until(1)
    (local_thread,) = (thread for thread in threading.enumerate() if thread.name == f"inference-{LOCAL}")
    stop = threading.Thread(target=lanes.stop, args=(TIMEOUT_SECONDS,))
    stop.start()
    local_thread.join(TIMEOUT_SECONDS)
    assert stop.is_alive()
    assert not local_thread.is_alive()
    remote.gate.set()
    stop.join(TIMEOUT_SECONDS)
    assert not stop.is_alive()


def test_an_unknown_model_is_refused_before_its_engine_has_a_thread(lanes: InferenceLanes) -> None:
    lanes.start()
    with pytest.raises(UnknownModelError):
        lanes.load(LOCAL, "nonsense")
    assert not [thread for thread in threading.enumerate() if thread.name == f"inference-{LOCAL}"]


def test_the_program_s_end_does_not_wait_for_the_network() -> None:
    """In a program of its own, that ends without stopping anything while a remote engine does not answer."""
    program = (
        "import threading\n"
        "from realtime_mlx_stt.application.inference.lanes import InferenceLanes\n"
        "begun = threading.Event()\n"
        "class Engines:\n"
        "    def open(self, engine, model): return self\n"
        "    def is_remote(self, engine): return True\n"
        "    def fetch(self, engine, model): pass\n"
        "    def load(self):\n"
        "        begun.set()\n"
        "        threading.Event().wait(60)\n"
        "lanes = InferenceLanes(Engines())\n"
        "lanes.start()\n"
        "lanes.load('engine', 'model')\n"
        "begun.wait()\n"
        "print('done', flush=True)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert (run.stdout, run.stderr) == ("done\n", "")
