"""When a session's texts are asked for while somebody speaks and pauses."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import numpy as np

from realtime_mlx_stt.application.hearing.audio_memory import AudioMemory
from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceRequest, InferenceResult
from realtime_mlx_stt.application.writing.partial_pace import LiveTextPace
from realtime_mlx_stt.application.writing.text_requests import TextRequests
from realtime_mlx_stt.application.writing.utterance_writer import UtteranceWriter
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain import state as s
from realtime_mlx_stt.domain.commands import SessionCommand
from realtime_mlx_stt.domain.evolve import evolve
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings
from realtime_mlx_stt.domain.transcription import Transcription
from realtime_mlx_stt.ports.audio_source import AudioBlock

BLOCK = 512
LISTENING = s.Listening(context=s.SessionContext(settings=SessionSettings()))
PARTIAL, SPECULATIVE, FINAL = InferenceKind.PARTIAL, InferenceKind.SPECULATIVE, InferenceKind.FINAL


@dataclass
class Answering:
    """Takes requests; the test answers them."""

    waiting: list[InferenceRequest] = field(default_factory=list)
    asked: list[InferenceRequest] = field(default_factory=list)

    def submit(self, request: InferenceRequest, deliver: Callable[[InferenceResult], None]) -> None:
        self.waiting.append(request)
        self.asked.append(request)

    def promote(self, request: InferenceRequest) -> None:
        assert request in self.waiting

    def prepare(self, engine: str, model: str) -> "Future[None]":
        raise AssertionError("No model is prepared here.")

    def tells_places(self, engine: str) -> bool:
        return True

    def waited_seconds(self, request: InferenceRequest) -> float:
        return 0.0

    def forget(self, session_id: SessionId) -> None:
        self.waiting.clear()


class Speaker:
    """Somebody speaks from the first sample on; what is asked of the models is answered when the test says so."""

    def __init__(self, **changes: object) -> None:
        transcription = replace(TranscriptionSettings(), **changes)  # type: ignore[arg-type]
        settings = replace(SessionSettings(), transcription=transcription)
        utterance = s.OpenUtterance(utterance_id=UtteranceId(1), start_sample=0, detected_at_sample=1_024)
        self.state: s.SessionState = s.HearingSpeech(
            context=s.SessionContext(settings=settings), utterance=utterance
        )
        self.inference, self.memory, self.at, self.voiced = Answering(), AudioMemory(), 0, 0
        self.writer = UtteranceWriter(SessionId("session-1"), self.memory, self.inference, lambda _result: None)
        self.texts = TextRequests(self.writer)

    def hear(self, blocks: int, *, voiced: bool = True) -> "Speaker":
        for _ in range(blocks):
            self.memory.append(AudioBlock(first_sample=self.at, samples=np.full(BLOCK, 0.5, dtype=np.float32)))
            self.at += BLOCK
            self.voiced += BLOCK if voiced else 0
            self.texts.after_audio(self.at, self.state, self.voiced)
        return self

    def pause(self) -> "Speaker":
        """Be silent until that is a pause."""
        self.hear(7, voiced=False)
        self.texts.at_pause(self.at, self.state, self.voiced)
        return self

    def answer(self) -> list[SessionCommand | None]:
        """Have all answered that has been asked for."""
        waiting, self.inference.waiting = self.inference.waiting, []
        said = Transcription(text="ask not")
        return [
            self.writer.receive(InferenceResult(request=request, outcome=said, inference_seconds=0.1))
            for request in waiting
        ]

    def end(self, end_sample: int) -> list[SessionCommand]:
        ended = e.SpeechEnded(
            utterance_id=UtteranceId(1),
            reason=e.SpeechEndReason.SILENCE,
            start_sample=0,
            end_sample=end_sample,
            voiced_samples=self.voiced,
            detected_at_sample=self.at,
        )
        self.state = evolve(self.state, ended)
        return list(self.texts.after_events([ended], self.state))

    @property
    def kinds(self) -> list[InferenceKind]:
        return [request.kind for request in self.inference.asked]


def test_the_first_hypothesis_is_asked_for_a_quarter_of_a_second_after_speech_began() -> None:
    assert Speaker().hear(7).kinds == []
    assert Speaker().hear(8).kinds == [PARTIAL]


def test_a_click_is_no_hypothesis() -> None:
    assert Speaker().hear(3).hear(30, voiced=False).kinds == []


def test_a_model_that_answers_at_once_is_asked_four_times_a_second() -> None:
    speaker = Speaker()
    for _ in range(8 + 8 * 12):
        speaker.hear(1)
        speaker.answer()
    assert [request.end_sample for request in speaker.inference.asked] == [BLOCK * 8 * n for n in range(1, 14)]


def test_a_slow_model_is_asked_after_a_rest_as_long_as_its_answer_took() -> None:
    speaker = Speaker().hear(8 + 20)
    speaker.answer()
    assert speaker.hear(21).kinds == [PARTIAL]
    assert speaker.hear(1).kinds == [PARTIAL, PARTIAL]


def test_nothing_is_asked_for_beside_a_text_that_is_being_prepared_or_after_it_until_speech_resumes() -> None:
    speaker = Speaker().hear(8)
    speaker.answer()
    speaker.pause().hear(9, voiced=False)
    assert speaker.kinds == [PARTIAL, SPECULATIVE]
    speaker.answer()
    assert speaker.hear(30, voiced=False).kinds == [PARTIAL, SPECULATIVE]
    assert speaker.hear(1).kinds == [PARTIAL, SPECULATIVE, PARTIAL]


def test_each_pause_prepares_its_own_text_and_the_last_one_is_the_final() -> None:
    speaker = Speaker(partial_interval_seconds=None).hear(20).pause()
    speaker.answer()
    speaker.hear(3).pause()
    end_sample = speaker.at
    speaker.answer()
    speaker.hear(12, voiced=False)
    assert speaker.kinds == [SPECULATIVE, SPECULATIVE]
    assert len(speaker.end(end_sample)) == 1
    assert speaker.kinds == [SPECULATIVE, SPECULATIVE]


def test_an_end_at_another_place_than_the_pause_is_written_anew() -> None:
    speaker = Speaker(partial_interval_seconds=None).hear(20).pause()
    speaker.answer()
    assert speaker.end(speaker.at + BLOCK) == []
    assert speaker.kinds == [SPECULATIVE, FINAL]


def test_where_the_model_does_not_keep_up_only_final_texts_are_asked_for() -> None:
    speaker = Speaker()
    speaker.texts.pace = LiveTextPace.OFF
    speaker.hear(60).pause()
    assert speaker.kinds == []
    speaker.end(speaker.at)
    assert speaker.kinds == [FINAL]


def test_nobody_speaks_and_nothing_is_asked_for() -> None:
    speaker = Speaker()
    speaker.state = LISTENING
    speaker.hear(60).pause()
    assert speaker.kinds == []
