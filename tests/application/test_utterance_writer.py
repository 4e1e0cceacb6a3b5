"""The writer knows which answer of the models is still wanted, whatever the order in which they come."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from realtime_mlx_stt.application.hearing.audio_memory import AudioMemory
from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceRequest, InferenceResult
from realtime_mlx_stt.application.writing.utterance_writer import UtteranceWriter
from realtime_mlx_stt.domain.commands import (
    ReportHypothesis,
    ReportTranscription,
    ReportTranscriptionFailure,
)
from realtime_mlx_stt.domain.continuations import heard_audio
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.settings import TranscriptionSettings
from realtime_mlx_stt.domain.state import PendingUtterance
from realtime_mlx_stt.domain.transcription import Transcription
from realtime_mlx_stt.ports.audio_source import AudioBlock
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

SETTINGS = TranscriptionSettings()
FIRST, SECOND = UtteranceId(1), UtteranceId(2)


@dataclass
class SilentInference:
    """Takes every request and answers none; the test does."""

    submitted: list[InferenceRequest] = field(default_factory=list)
    promoted: list[InferenceRequest] = field(default_factory=list)
    waited: dict[InferenceRequest, float] = field(default_factory=dict)

    def submit(self, request: InferenceRequest, deliver: Callable[[InferenceResult], None]) -> None:
        self.submitted.append(request)

    def promote(self, request: InferenceRequest) -> None:
        self.promoted.append(request)

    def prepare(self, engine: str, model: str) -> "Future[None]":
        raise AssertionError("the writer has nothing prepared")

    def tells_places(self, engine: str) -> bool:
        return True

    def waited_seconds(self, request: InferenceRequest) -> float:
        return self.waited.get(request, 0.0)

    def forget(self, session_id: SessionId) -> None:
        self.submitted.clear()


class Correspondence:
    """A writer over a second of audio, and the inference it talks to."""

    def __init__(self) -> None:
        memory = AudioMemory()
        memory.append(AudioBlock(first_sample=0, samples=np.full(16_000, 0.5, dtype=np.float32)))
        self.inference = SilentInference()
        self.writer = UtteranceWriter(SessionId("session-1"), memory, self.inference, lambda _result: None)

    def speculate(self, utterance_id: UtteranceId, end_sample: int) -> InferenceRequest:
        self.writer.ask_speculative(utterance_id, heard_audio(0, end_sample), SETTINGS)
        return self.inference.submitted[-1]

    def end(
        self, utterance_id: UtteranceId, end_sample: int, settings: TranscriptionSettings = SETTINGS
    ) -> InferenceResult | None:
        utterance = PendingUtterance(
            utterance_id=utterance_id, start_sample=0, end_sample=end_sample, voiced_samples=0
        )
        return self.writer.ask_final(utterance, settings)


def answer(request: InferenceRequest, text: str = "") -> InferenceResult:
    return InferenceResult(request=request, outcome=Transcription(text=text), inference_seconds=0.1)


def test_a_speculation_that_is_ready_when_speech_ends_there_is_the_final_text() -> None:
    c = Correspondence()
    prepared = answer(c.speculate(FIRST, 8_000), "all of it")
    assert isinstance(c.writer.receive(prepared), ReportHypothesis)
    assert c.end(FIRST, 8_000) is prepared
    assert not c.writer.owes_finals
    assert [request.kind for request in c.inference.submitted] == [InferenceKind.SPECULATIVE]


def test_a_speculation_that_is_under_way_when_speech_ends_there_is_promoted_and_awaited() -> None:
    c = Correspondence()
    speculation = c.speculate(FIRST, 8_000)
    assert c.end(FIRST, 8_000) is None
    assert c.inference.promoted == [speculation]
    assert c.writer.owes_finals
    report = c.writer.receive(answer(speculation, "all of it"))
    assert isinstance(report, ReportTranscription)
    assert report.transcription.text == "all of it"
    assert not c.writer.owes_finals


def test_an_older_speculation_never_passes_for_the_final_text() -> None:
    c = Correspondence()
    older = c.speculate(FIRST, 4_000)
    newer = c.speculate(FIRST, 8_000)
    c.end(FIRST, 8_000)
    assert c.writer.receive(answer(older, "the first half")) is None
    assert c.writer.owes_finals
    assert isinstance(c.writer.receive(answer(newer, "all of it")), ReportTranscription)


def test_each_of_two_utterances_gets_the_answer_to_its_own_speculation() -> None:
    c = Correspondence()
    first = c.speculate(FIRST, 4_000)
    c.end(FIRST, 4_000)
    second = c.speculate(SECOND, 8_000)
    c.end(SECOND, 8_000)
    reports = [c.writer.receive(answer(second, "two")), c.writer.receive(answer(first, "one"))]
    assert [
        (report.utterance_id, report.transcription.text)
        for report in reports
        if isinstance(report, ReportTranscription)
    ] == [(SECOND, "two"), (FIRST, "one")]
    assert not c.writer.owes_finals


def test_speech_that_went_on_after_the_pause_is_asked_for_anew() -> None:
    c = Correspondence()
    c.writer.receive(answer(c.speculate(FIRST, 4_000), "the first half"))
    assert c.end(FIRST, 8_000) is None
    assert (c.inference.submitted[-1].kind, c.inference.submitted[-1].end_sample) == (InferenceKind.FINAL, 8_000)


def test_a_text_prepared_by_another_model_is_not_used() -> None:
    c = Correspondence()
    c.writer.receive(answer(c.speculate(FIRST, 8_000), "by tiny.en"))
    assert c.end(FIRST, 8_000, TranscriptionSettings(model="base")) is None
    assert c.inference.submitted[-1].model == "base"


def test_the_end_of_an_utterance_makes_way_for_the_next_ones_hypotheses() -> None:
    c = Correspondence()
    c.writer.ask_partial(FIRST, heard_audio(0, 4_000), SETTINGS)
    assert c.writer.is_partial_outstanding
    c.end(FIRST, 8_000)
    assert not c.writer.is_partial_outstanding


def test_the_late_answer_to_an_old_hypothesis_leaves_the_new_one_outstanding() -> None:
    c = Correspondence()
    c.writer.ask_partial(FIRST, heard_audio(0, 4_000), SETTINGS)
    old = c.inference.submitted[-1]
    c.end(FIRST, 8_000)
    c.writer.ask_partial(SECOND, heard_audio(0, 4_000), SETTINGS)
    c.writer.receive(answer(old))
    assert c.writer.is_partial_outstanding


def test_a_failed_final_text_is_reported_with_the_errors_code() -> None:
    c = Correspondence()
    c.end(FIRST, 8_000)
    error = SpeechToTextError("It broke.")
    result = InferenceResult(request=c.inference.submitted[-1], outcome=error, inference_seconds=0.0)
    assert c.writer.receive(result) == ReportTranscriptionFailure(
        utterance_id=FIRST, code="speech-to-text", message="It broke."
    )


def test_a_failed_speculation_that_was_not_needed_is_nothing() -> None:
    c = Correspondence()
    result = InferenceResult(
        request=c.speculate(FIRST, 4_000), outcome=SpeechToTextError("It broke."), inference_seconds=0.0
    )
    assert c.writer.receive(result) is None


def test_after_a_failed_speculation_the_final_text_is_tried_on_its_own() -> None:
    c = Correspondence()
    failed = InferenceResult(
        request=c.speculate(FIRST, 8_000), outcome=SpeechToTextError("It broke."), inference_seconds=0.0
    )
    c.writer.receive(failed)
    assert c.end(FIRST, 8_000) is None
    assert c.inference.submitted[-1].kind is InferenceKind.FINAL


def test_the_final_report_carries_the_peak_of_the_utterances_audio() -> None:
    c = Correspondence()
    c.end(FIRST, 8_000)
    report = c.writer.receive(answer(c.inference.submitted[-1], "x"))
    assert isinstance(report, ReportTranscription)
    assert report.peak_amplitude == 0.5


WITH_SMALLER = TranscriptionSettings(model="base", smaller_model="tiny.en")


def test_the_smaller_model_writes_final_texts_and_no_others() -> None:
    c = Correspondence()
    c.writer.writes_by_smaller_model = True
    c.writer.ask_partial(FIRST, heard_audio(0, 4_000), WITH_SMALLER)
    c.end(FIRST, 8_000, WITH_SMALLER)
    assert [(request.kind, request.model) for request in c.inference.submitted] == [
        (InferenceKind.PARTIAL, "base"),
        (InferenceKind.FINAL, "tiny.en"),
    ]
    report = c.writer.receive(answer(c.inference.submitted[-1], "all of it"))
    assert isinstance(report, ReportTranscription)
    assert report.model == "tiny.en"


def test_a_text_prepared_by_the_model_is_taken_although_the_smaller_one_writes_by_now() -> None:
    c = Correspondence()
    c.writer.ask_speculative(FIRST, heard_audio(0, 8_000), WITH_SMALLER)
    prepared = answer(c.inference.submitted[-1], "all of it")
    c.writer.receive(prepared)
    c.writer.writes_by_smaller_model = True
    assert c.end(FIRST, 8_000, WITH_SMALLER) is prepared


def test_a_final_text_that_the_smaller_model_cannot_write_is_written_by_the_model() -> None:
    c = Correspondence()
    c.writer.writes_by_smaller_model = True
    c.end(FIRST, 8_000, WITH_SMALLER)
    error = SpeechToTextError("It broke.")
    failed = InferenceResult(request=c.inference.submitted[-1], outcome=error, inference_seconds=0.0)
    assert c.writer.receive(failed) is None
    assert c.writer.owes_finals
    assert c.writer.has_smaller_failed
    assert c.inference.submitted[-1].model == "base"
    assert isinstance(c.writer.receive(answer(c.inference.submitted[-1], "all of it")), ReportTranscription)
    assert not c.writer.owes_finals


def test_the_writer_knows_for_how_long_its_texts_have_waited() -> None:
    c = Correspondence()
    assert c.writer.waits == (0.0, 0.0)
    c.end(FIRST, 4_000)
    c.end(SECOND, 8_000)
    c.writer.ask_partial(SECOND, heard_audio(0, 8_000), SETTINGS)
    first, second, partial = c.inference.submitted
    c.inference.waited.update({first: 2.0, second: 1.0, partial: 3.0})
    assert c.writer.waits == (3.0, 2.0)
