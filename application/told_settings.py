"""Tells in a few words who writes, and what the model is told."""

from collections.abc import Iterator

from realtime_mlx_stt.application.one_line import one_line
from realtime_mlx_stt.domain.settings import TranscriptionSettings
from realtime_mlx_stt.domain.transcription import TranscriptionTask

__all__ = ["told_settings"]


def told_settings(transcription: TranscriptionSettings) -> str:
    """What the settings say about the text, in one line.

    Settings at their usual values are left out, and of a long prompt its beginning is told.
    """
    return "; ".join(_told(transcription))


def _told(transcription: TranscriptionSettings) -> Iterator[str]:
    yield f"{transcription.model} writes"
    if transcription.language is not None:
        yield f"language {transcription.language}"
    if transcription.task is TranscriptionTask.TRANSLATE:
        yield "into English"
    if transcription.glossary:
        yield f"glossary {', '.join(transcription.glossary)}"
    if transcription.prompt:
        yield f"prompt '{one_line(transcription.prompt)}'"
    if transcription.carries_context:
        yield "context carried"
    if transcription.beam_size > 1:
        yield f"{transcription.beam_size} beams"
    if transcription.smaller_model is not None:
        yield f"{transcription.smaller_model} where that does not keep up"
