"""Hypotheses of sessions that wait together are written in one call, as safely as each alone."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from weakref import ref

import pytest
from tests.application.inference_requests import request
from tests.application.rig import TIMEOUT_SECONDS
from tests.fakes.speech_to_text import ScriptedDecoder, ScriptedEngines, ScriptedSpeechToText, spoken

from realtime_mlx_stt.application.inference.queue import InferenceQueue
from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceRequest, InferenceResult
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError, UtteranceDecoder

Growing = Sequence[tuple[UtteranceDecoder, AudioSamples]]
Answers = list[Transcription | SpeechToTextError]
Decoding = Callable[[Growing], Answers]


def as_it_is(decode: Decoding, growing: Growing) -> Answers:
    return decode(growing)


@dataclass
class BatchingEngines(ScriptedEngines):
    """Take four at once. ``around`` is called in place of each call of ``decode_together``, and given that call.

    ``now`` is a clock by which each call takes a second. ``opened`` has every decoder that was given out.
    """

    most_together: int = 4
    around: Callable[[Decoding, Growing], Answers] = as_it_is
    now: float = 0.0
    opened: "list[ref[ScriptedDecoder]]" = field(default_factory=list)

    @property
    def kept(self) -> int:
        """How many decoders somebody still has."""
        return sum(decoder() is not None for decoder in self.opened)

    def open(self, engine: str, model: str) -> "BatchingModel":
        super().open(engine, model)
        return BatchingModel(self, model)


@dataclass
class BatchingModel(ScriptedSpeechToText):
    engines: BatchingEngines

    def open_utterance(self, options: DecodingOptions) -> ScriptedDecoder:
        decoder = super().open_utterance(options)
        self.engines.opened.append(ref(decoder))
        return decoder

    def decode_together(self, growing: Growing) -> Answers:
        self.engines.now += 1.0
        return self.engines.around(super().decode_together, growing)


@pytest.fixture
def engines() -> BatchingEngines:
    return BatchingEngines()


def hypotheses(*sessions: str, model: str = "tiny.en") -> list[InferenceRequest]:
    """One of each session; the first says ``word1``, the second ``word2``."""
    return [
        request(InferenceKind.PARTIAL, session=session, model=model, audio=spoken(number))
        for number, session in enumerate(sessions, 1)
    ]


def written(queue: InferenceQueue, *requests: InferenceRequest) -> list[InferenceResult]:
    """The answers to requests that wait together."""
    results: list[InferenceResult] = []
    for each in requests:
        queue.submit(each, results.append)
    while queue.step():
        pass
    return results


def texts(results: Sequence[InferenceResult]) -> list[str]:
    """Each text, or how the error is called."""
    outcomes = (result.outcome for result in results)
    return [each.text if isinstance(each, Transcription) else each.code for each in outcomes]


def test_those_that_wait_together_are_written_in_one_call_and_each_has_its_own_text(
    queue: InferenceQueue, engines: BatchingEngines
) -> None:
    asked = hypotheses("a", "b", "c")

    results = written(queue, *asked)

    assert [result.request for result in results] == asked
    assert texts(results) == ["word1", "word2", "word3"]
    assert engines.together == [3]


def test_each_took_as_long_as_the_call_and_waited_for_itself(engines: BatchingEngines) -> None:
    engines.most_together = 3
    queue, results = InferenceQueue(engines, monotonic=lambda: engines.now), list[InferenceResult]()
    *first, later, newcomer = hypotheses("a", "b", "c", "d", "e")

    def meanwhile(decode: Decoding, growing: Growing) -> Answers:
        engines.around = as_it_is
        queue.submit(newcomer, results.append)
        return decode(growing)

    engines.around = meanwhile
    for each in (*first, later):
        queue.submit(each, results.append)
    while queue.step():
        pass

    assert engines.together == [3, 2]
    assert [result.request for result in results] == [*first, later, newcomer]
    assert [result.inference_seconds for result in results] == [1.0] * 5
    assert [result.waited_seconds for result in results] == [0.0, 0.0, 0.0, 1.0, 0.0]


def test_no_more_are_written_at_once_than_the_model_takes(queue: InferenceQueue, engines: BatchingEngines) -> None:
    engines.most_together = 2

    results = written(queue, *hypotheses("a", "b", "c", "d", "e"))

    assert texts(results) == [f"word{number}" for number in range(1, 6)]
    assert engines.together == [2, 2]


def test_a_model_that_is_no_faster_so_is_never_given_two(queue: InferenceQueue, engines: BatchingEngines) -> None:
    engines.most_together = 1

    assert len(written(queue, *hypotheses("a", "b", "c"))) == 3
    assert engines.together == []


def test_final_texts_are_written_one_by_one(queue: InferenceQueue, engines: BatchingEngines) -> None:
    kinds = (InferenceKind.FINAL, InferenceKind.SPECULATIVE)
    best = [request(kind, session=f"{kind}-{number}") for kind in kinds for number in (1, 2)]
    partials = hypotheses("a", "b")

    results = written(queue, *partials, *best)

    assert [result.request for result in results] == [*best, *partials]
    assert engines.together == [2]
    assert [call.final for call in engines.calls] == [True] * 4 + [False] * 2


def test_each_model_writes_its_own(queue: InferenceQueue, engines: BatchingEngines) -> None:
    by_tiny, by_base = hypotheses("a", "b"), hypotheses("c", "d", model="base")

    written(queue, by_tiny[0], by_base[0], by_tiny[1], by_base[1])

    assert [call.model for call in engines.calls] == ["tiny.en", "tiny.en", "base", "base"]
    assert engines.together == [2, 2]


def test_files_wait_for_live_speakers(queue: InferenceQueue, engines: BatchingEngines) -> None:
    live, of_files = hypotheses("a", "b"), [replace(each, is_live=False) for each in hypotheses("c", "d")]

    results = written(queue, *of_files, *live)

    assert [result.request for result in results] == [*live, *of_files]
    assert engines.together == [2, 2]


@pytest.mark.parametrize("most_together", [1, 2, 3, 4])
def test_sessions_that_always_wait_are_written_equally_often(
    queue: InferenceQueue, engines: BatchingEngines, most_together: int
) -> None:
    engines.most_together = most_together
    served = Counter[SessionId]()

    def ask_again(result: InferenceResult) -> None:
        if isinstance(result.outcome, Transcription):
            served[result.request.session_id] += 1
            queue.submit(result.request, ask_again)

    for each in hypotheses("a", "b", "c", "d", "e"):
        queue.submit(each, ask_again)
    for _ in range(40):
        queue.step()
        assert max(served.values()) - min(served[SessionId(session)] for session in "abcde") <= 1


def test_one_that_cannot_be_written_costs_the_others_nothing(
    queue: InferenceQueue, engines: BatchingEngines
) -> None:
    first, failing, last = hypotheses("a", "b", "c")
    failing = replace(failing, audio=spoken(2, word_seconds=31.0))

    assert texts(written(queue, first, failing, last)) == ["word1", "speech-to-text", "word3"]
    assert engines.together == [3]


def test_one_that_cannot_be_begun_costs_the_others_nothing(queue: InferenceQueue, engines: BatchingEngines) -> None:
    first, foreign, last = hypotheses("a", "b", "c")
    foreign = replace(foreign, options=DecodingOptions(language="de"))

    assert texts(written(queue, first, foreign, last)) == ["word1", "unknown-language", "word3"]
    assert engines.together == [2]


def test_a_model_that_cannot_be_loaded_is_not_called(queue: InferenceQueue, engines: BatchingEngines) -> None:
    engines.load_failure = SpeechToTextError("No room.")

    assert texts(written(queue, *hypotheses("a", "b"))) == ["speech-to-text"] * 2
    assert engines.together == []


def buggy(_decode: Decoding, _growing: Growing) -> Answers:
    raise ZeroDivisionError("a bug")


def forgetful(decode: Decoding, growing: Growing) -> Answers:
    return decode(growing)[:-1]


@pytest.mark.parametrize("around", [buggy, forgetful])
def test_a_bug_of_the_call_costs_each_its_text_and_nobody_the_thread(
    queue: InferenceQueue, engines: BatchingEngines, around: Callable[[Decoding, Growing], Answers]
) -> None:
    engines.around = around
    results = written(queue, *hypotheses("a", "b", "c"))

    assert texts(results) == ["speech-to-text"] * 3
    assert all("mlx_whisper" in str(result.outcome) for result in results)
    engines.around = as_it_is
    assert texts(written(queue, *hypotheses("a", "b", "c"))) == ["word1", "word2", "word3"]


def test_a_model_that_cannot_say_how_many_it_takes_writes_them_one_by_one() -> None:
    class Speechless(BatchingModel):
        @property
        def most_together(self) -> int:
            raise ZeroDivisionError("a bug")

    class SpeechlessEngines(BatchingEngines):
        def open(self, engine: str, model: str) -> BatchingModel:
            return Speechless(self, model)

    engines = SpeechlessEngines()

    assert texts(written(InferenceQueue(engines), *hypotheses("a", "b"))) == ["word1", "word2"]
    assert engines.together == []


def test_nothing_is_kept_of_a_session_that_is_forgotten_while_its_text_is_written(
    queue: InferenceQueue, engines: BatchingEngines
) -> None:
    def forgotten(decode: Decoding, growing: Growing) -> Answers:
        queue.forget(SessionId("b"))
        return decode(growing)

    engines.around = forgotten
    results = written(queue, *hypotheses("a", "b", "c"))

    assert texts(results) == ["word1", "word2", "word3"]
    assert engines.kept == 2
    queue.forget(SessionId("a"))
    queue.forget(SessionId("c"))
    queue.step()
    assert engines.kept == 0


def test_a_stop_while_texts_are_written_leaves_nobody_unanswered(engines: BatchingEngines) -> None:
    entered, gate, answered = threading.Event(), threading.Event(), threading.Semaphore(0)
    results = list[InferenceResult]()

    def stuck(decode: Decoding, growing: Growing) -> Answers:
        entered.set()
        assert gate.wait(TIMEOUT_SECONDS)
        return decode(growing)

    def deliver(result: InferenceResult) -> None:
        results.append(result)
        answered.release()

    engines.around = stuck
    queue, asked = InferenceQueue(engines), hypotheses("a", "b", "c", "d", "e")
    for each in asked:
        queue.submit(each, deliver)
    queue.start()
    assert entered.wait(TIMEOUT_SECONDS)
    assert not queue.stop(0.0)
    assert [result.request for result in results] == asked[4:]
    gate.set()
    assert queue.stop(TIMEOUT_SECONDS)
    assert [result.request for result in results] == [asked[4], *asked[:4]]
    assert texts(results) == ["speech-to-text", "word1", "word2", "word3", "word4"]


def test_what_was_found_out_together_is_used_for_the_final_text(
    queue: InferenceQueue, engines: BatchingEngines
) -> None:
    written(queue, *hypotheses("a", "b"))
    written(queue, *hypotheses("a", "b"))
    written(queue, request(InferenceKind.SPECULATIVE, session="a"), request(InferenceKind.FINAL, session="b"))

    assert (len(engines.opened), engines.kept) == (2, 1)
