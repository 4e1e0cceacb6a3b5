"""A session watches how its texts keep up, has its smaller model ready, and tells what it gives up."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import numpy as np

from realtime_mlx_stt.application.hearing.audio_memory import AudioMemory
from realtime_mlx_stt.application.inference.requests import InferenceRequest, InferenceResult
from realtime_mlx_stt.application.writing.degradation import ServiceLevel
from realtime_mlx_stt.application.writing.keeping_up import KeepingUp, Observation
from realtime_mlx_stt.application.writing.partial_pace import LiveTextPace
from realtime_mlx_stt.application.writing.utterance_writer import UtteranceWriter
from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain.continuations import heard_audio
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.settings import TranscriptionSettings
from realtime_mlx_stt.domain.state import PendingUtterance
from realtime_mlx_stt.domain.transcription import Transcription
from realtime_mlx_stt.ports.audio_source import AudioBlock
from realtime_mlx_stt.ports.model_repository import UnknownModelError
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

SETTINGS = TranscriptionSettings(model="base", smaller_model="tiny.en")
SECOND = 16_000


@dataclass
class WaitingInference:
    """Everything waits for ``waited`` seconds; the test loads the models that are to be prepared."""

    waited: float = 0.0
    refusal: UnknownModelError | None = None
    submitted: list[InferenceRequest] = field(default_factory=list)
    prepared: dict[str, "Future[None]"] = field(default_factory=dict)

    def submit(self, request: InferenceRequest, deliver: Callable[[InferenceResult], None]) -> None:
        self.submitted.append(request)

    def promote(self, request: InferenceRequest) -> None:
        raise AssertionError("nothing is prepared here")

    def prepare(self, engine: str, model: str) -> "Future[None]":
        if self.refusal is not None:
            raise self.refusal
        return self.prepared.setdefault(model, Future())

    def tells_places(self, engine: str) -> bool:
        return True

    def waited_seconds(self, request: InferenceRequest) -> float:
        return self.waited

    def forget(self, session_id: SessionId) -> None:
        """Nothing is kept."""


class Watched:
    """A session's writer and watch, over silence of a second; it is heard by tenths of a second."""

    def __init__(self, *, is_live: bool = True) -> None:
        memory = AudioMemory()
        memory.append(AudioBlock(first_sample=0, samples=np.zeros(SECOND, dtype=np.float32)))
        self.inference = WaitingInference()
        self.writer = UtteranceWriter(SessionId("one"), memory, self.inference, lambda _result: None)
        self.watch = KeepingUp(self.writer, self.inference, is_live=is_live)
        self.at_sample = 0

    def owe_a_final(self) -> InferenceRequest:
        utterance = PendingUtterance(
            utterance_id=UtteranceId(1), start_sample=0, end_sample=SECOND, voiced_samples=0
        )
        self.writer.ask_final(utterance, SETTINGS)
        return self.inference.submitted[-1]

    def hear(self, seconds: float, settings: TranscriptionSettings = SETTINGS) -> list[str]:
        """What is said of the service meanwhile, what is restored left out."""
        said = []
        for _ in range(round(10 * seconds)):
            self.at_sample += SECOND // 10
            reports = list(self.watch.heard(self.at_sample, settings))
            said += [f"{each.part}: {each.code}" for each in reports if isinstance(each, c.ReportDegradation)]
        return said


def test_a_session_goes_down_to_the_smaller_model_once_that_is_loaded_and_comes_back() -> None:
    w = Watched()
    w.owe_a_final()
    w.inference.waited = 2.0
    assert w.hear(10.0) == ["hypotheses: hypotheses-slower", "hypotheses: hypotheses-off"]
    assert (w.watch.pace, w.writer.writes_by_smaller_model) == (LiveTextPace.OFF, False)
    w.inference.prepared["tiny.en"].set_result(None)
    assert w.hear(3.0) == ["hypotheses: hypotheses-off", "model: smaller-model"]
    assert w.writer.writes_by_smaller_model
    w.inference.waited = 0.0
    assert w.hear(16.0) == ["hypotheses: hypotheses-off", "hypotheses: hypotheses-slower"]
    assert (w.watch.pace, w.writer.writes_by_smaller_model) == (LiveTextPace.NORMAL, False)


def test_a_smaller_model_that_cannot_be_had_is_told_of_once_and_the_session_goes_on_without() -> None:
    w = Watched()
    w.hear(0.1)
    w.inference.prepared["tiny.en"].set_exception(SpeechToTextError("No room."))
    w.owe_a_final()
    w.inference.waited = 9.0
    assert w.hear(20.0) == [
        "smaller-model: speech-to-text",
        "hypotheses: hypotheses-slower",
        "hypotheses: hypotheses-off",
    ]


def test_a_smaller_model_that_there_is_not_is_told_of_as_well() -> None:
    w = Watched()
    w.inference.refusal = UnknownModelError("There is no such model.")
    assert w.hear(1.0) == ["smaller-model: unknown-model"]


def test_a_smaller_model_that_cannot_write_is_given_up_and_its_text_written_by_the_model() -> None:
    w = Watched()
    w.owe_a_final()
    w.inference.waited = 9.0
    w.hear(0.1)
    w.inference.prepared["tiny.en"].set_result(None)
    w.hear(10.0)
    by_smaller = w.owe_a_final()
    assert by_smaller.model == "tiny.en"
    broken = InferenceResult(request=by_smaller, outcome=SpeechToTextError("It broke."), inference_seconds=0.0)
    assert w.writer.receive(broken) is None
    assert w.inference.submitted[-1].model == "base"
    w.hear(0.1)
    assert w.watch.observation.level is ServiceLevel.SMALLER_MODEL
    w.hear(0.1)
    assert (w.watch.observation.level, w.writer.writes_by_smaller_model) == (ServiceLevel.NO_HYPOTHESES, False)


def test_another_smaller_model_of_other_settings_is_loaded_anew() -> None:
    w = Watched()
    w.hear(0.1)
    w.hear(0.1, replace(SETTINGS, smaller_model="tiny"))
    w.hear(0.1, replace(SETTINGS, smaller_model=None))
    assert list(w.inference.prepared) == ["tiny.en", "tiny"]


def test_a_file_that_is_heard_as_fast_as_possible_gives_up_nothing_and_loads_nothing() -> None:
    w = Watched(is_live=False)
    w.owe_a_final()
    w.inference.waited = 9.0
    assert w.hear(20.0) == []
    assert (w.watch.pace, w.inference.prepared) == (LiveTextPace.NORMAL, {})


def test_the_last_answer_tells_of_the_waits_for_a_while_and_one_alone_changes_nothing() -> None:
    w = Watched()
    final = w.owe_a_final()
    answer = InferenceResult(
        request=final, outcome=Transcription(text=""), inference_seconds=0.1, waited_seconds=9.0
    )
    w.watch.answered(answer, w.at_sample)
    w.writer.receive(answer)
    assert w.hear(10.0) == []


def test_the_lag_of_a_session_is_known() -> None:
    w = Watched()
    assert w.watch.observation == Observation()
    w.writer.ask_partial(UtteranceId(1), heard_audio(0, 8_000), SETTINGS)
    (first,) = w.inference.submitted
    w.writer.receive(InferenceResult(request=first, outcome=Transcription(text="so"), inference_seconds=0.1))
    w.writer.ask_partial(UtteranceId(1), heard_audio(0, SECOND), SETTINGS)
    w.owe_a_final()
    w.writer.ask_partial(UtteranceId(1), heard_audio(0, SECOND), SETTINGS)
    w.inference.waited = 0.25
    w.hear(2.0)
    assert w.watch.observation == Observation(
        level=ServiceLevel.FULL, hypothesis_age_seconds=1.5, final_wait_seconds=0.25
    )
