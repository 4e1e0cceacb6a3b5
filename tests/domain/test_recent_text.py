"""A session remembers its last texts for the next one, unless they would mislead the model."""

from dataclasses import replace

import pytest

from realtime_mlx_stt.domain.events import (
    RejectionRule,
    SessionEvent,
    SettingsChanged,
    TranscriptionFailed,
    UtteranceRejected,
    UtteranceTranscribed,
)
from realtime_mlx_stt.domain.evolve import evolve
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.recent_text import with_text
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings
from realtime_mlx_stt.domain.state import Listening, SessionContext
from realtime_mlx_stt.domain.transcription import TranscriptionTask

SETTINGS = SessionSettings()
REMEMBERING = Listening(context=SessionContext(settings=SETTINGS, recent_text="He left."))


def transcribed(text: str, confidence: float = 0.8) -> UtteranceTranscribed:
    return UtteranceTranscribed(
        utterance_id=UtteranceId(2),
        text=text,
        words=(),
        language="en",
        confidence=confidence,
        model="tiny.en",
        inference_seconds=0.1,
    )


def recent_text_after(event: SessionEvent) -> str:
    state = evolve(REMEMBERING, event)
    assert isinstance(state, Listening)
    return state.context.recent_text


def test_a_final_text_is_remembered_behind_those_before() -> None:
    assert recent_text_after(transcribed("She stayed.")) == "He left. She stayed."


def test_only_the_end_is_remembered() -> None:
    text = " ".join(f"word{number}" for number in range(100))
    assert with_text("", text, 0.9) == text[-300:]


def test_after_a_doubtful_text_nothing_is_remembered() -> None:
    assert recent_text_after(transcribed("She stayed.", confidence=0.39)) == ""


@pytest.mark.parametrize("text", ["no, no, no, no", "He left."])
def test_what_repeats_itself_is_not_remembered(text: str) -> None:
    before = "He left. He left." if text == "He left." else ""
    assert with_text(before, text, 0.9) == ""


def test_what_was_rejected_or_failed_is_not_remembered() -> None:
    rejected = UtteranceRejected(
        utterance_id=UtteranceId(2), rule=RejectionRule.NO_SPEECH, text="You", voiced_seconds=0.3
    )
    failed = TranscriptionFailed(utterance_id=UtteranceId(2), code="speech-to-text", message="It did not run.")
    assert recent_text_after(rejected) == recent_text_after(failed) == "He left."


@pytest.mark.parametrize(
    "transcription",
    [
        TranscriptionSettings(language="de"),
        TranscriptionSettings(model="base"),
        TranscriptionSettings(engine="openai"),
        TranscriptionSettings(task=TranscriptionTask.TRANSLATE),
    ],
)
def test_texts_of_another_kind_begin_anew(transcription: TranscriptionSettings) -> None:
    changed = SettingsChanged(settings=replace(SETTINGS, transcription=transcription), at_sample=0)
    assert recent_text_after(changed) == ""


def test_other_settings_forget_nothing() -> None:
    transcription = TranscriptionSettings(carries_context=True, glossary=("Dashwood",))
    changed = SettingsChanged(settings=replace(SETTINGS, transcription=transcription), at_sample=0)
    assert recent_text_after(changed) == "He left."
