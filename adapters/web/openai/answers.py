"""Writes what was heard in the forms of OpenAI's transcription API."""

import math
from collections.abc import Mapping
from typing import Any, Final

from flask import Response, jsonify

from realtime_mlx_stt.adapters.web.openai.upload_form import AnswerFormat, Granularity, UploadForm
from realtime_mlx_stt.application.read_models.subtitles import TranscriptFormat, render, transcript_document
from realtime_mlx_stt.application.read_models.transcript import Transcript
from realtime_mlx_stt.application.read_models.utterances import TranscribedUtterance
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.languages import LANGUAGES
from realtime_mlx_stt.domain.transcription import TranscriptionTask, compression_ratio

__all__ = ["answer", "whole_text"]

_PLAIN: Final = "text/plain; charset=utf-8"
_UNKNOWN_LANGUAGE: Final = "unknown"
_SEEKS_A_SECOND: Final = 100
"""Whisper counts its places in spectrogram frames of 10 ms."""


def answer(transcript: Transcript, form: UploadForm, task: TranscriptionTask) -> Response:
    """The answer in the form that was asked for."""
    match form.answer_format:
        case AnswerFormat.JSON:
            return jsonify(text=whole_text(transcript), usage=_usage(transcript))
        case AnswerFormat.TEXT:
            return Response(whole_text(transcript) + "\n", content_type=_PLAIN)
        case AnswerFormat.SRT:
            return Response(
                render(transcript, TranscriptFormat.SRT), content_type="application/x-subrip; charset=utf-8"
            )
        case AnswerFormat.VTT:
            return Response(render(transcript, TranscriptFormat.VTT), content_type="text/vtt; charset=utf-8")
        case AnswerFormat.VERBOSE_JSON:
            return jsonify(_verbose(transcript, form, task))


def whole_text(transcript: Transcript) -> str:
    """The texts of all utterances in one line."""
    return " ".join(utterance.text for utterance in transcript.utterances)


def _verbose(transcript: Transcript, form: UploadForm, task: TranscriptionTask) -> Mapping[str, Any]:
    document: dict[str, Any] = {
        "task": task.value,
        "language": _language(transcript, task),
        "duration": samples_to_seconds(transcript.captured_samples),
        "text": whole_text(transcript),
        "usage": _usage(transcript),
    }
    if Granularity.SEGMENT in form.granularities:
        document["segments"] = [_segment(*numbered) for numbered in enumerate(transcript.utterances)]
    if Granularity.WORD in form.granularities:
        document["words"] = [word for utterance in transcript.utterances for word in _words(utterance)]
    return document


def _segment(number: int, utterance: TranscribedUtterance) -> Mapping[str, Any]:
    """An utterance as a segment; tokens and the no-speech probability of a text are not in the log."""
    start = samples_to_seconds(utterance.start_sample)
    return {
        "id": number,
        "seek": round(start * _SEEKS_A_SECOND),
        "start": start,
        "end": samples_to_seconds(utterance.end_sample),
        "text": utterance.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": math.log(max(utterance.best.confidence, 1e-9)),
        "compression_ratio": compression_ratio(utterance.text),
        "no_speech_prob": 0.0,
    }


def _words(utterance: TranscribedUtterance) -> list[Mapping[str, Any]]:
    return [
        {
            "word": word.text.strip(),
            "start": samples_to_seconds(word.start_sample),
            "end": samples_to_seconds(word.end_sample),
        }
        for word in utterance.best.words
    ]


def _language(transcript: Transcript, task: TranscriptionTask) -> str:
    """In English words, as the API has it; of a translation it is that of the text."""
    code = "en" if task is TranscriptionTask.TRANSLATE else transcript_document(transcript)["language"]
    return LANGUAGES.get(code, _UNKNOWN_LANGUAGE) if code else _UNKNOWN_LANGUAGE


def _usage(transcript: Transcript) -> Mapping[str, Any]:
    """How much sound there was, in whole seconds, as the API counts it."""
    return {"type": "duration", "seconds": math.ceil(samples_to_seconds(transcript.captured_samples))}
