"""Writes a transcript as plain text, JSON, SubRip (SRT) or WebVTT."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from realtime_mlx_stt.application.read_models.subtitle_cues import Cue, subtitle_cues
from realtime_mlx_stt.application.read_models.transcript import Transcript
from realtime_mlx_stt.application.read_models.utterances import RejectedUtterance, TranscribedUtterance
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ, samples_to_seconds

__all__ = ["TranscriptFormat", "render", "transcript_document"]


class TranscriptFormat(StrEnum):
    """How a transcript can be written."""

    TXT = "txt"
    JSON = "json"
    SRT = "srt"
    VTT = "vtt"


def render(transcript: Transcript, transcript_format: TranscriptFormat, file: str | None = None) -> str:
    """The transcript in this format, ending in a line feed unless it is empty.

    ``file`` is what the JSON calls the source; without it, the session's own name for it.
    """
    match transcript_format:
        case TranscriptFormat.TXT:
            return transcript.text + "\n" if transcript.utterances else ""
        case TranscriptFormat.JSON:
            return json.dumps(transcript_document(transcript, file), ensure_ascii=False, indent=2) + "\n"
        case TranscriptFormat.SRT:
            return _srt(transcript)
        case TranscriptFormat.VTT:
            return _vtt(transcript)


def transcript_document(transcript: Transcript, file: str | None = None) -> Mapping[str, Any]:
    """The transcript as JSON has it; all times in seconds from the start of the audio."""
    return {
        "file": transcript.source if file is None else file,
        "model": transcript.settings.transcription.model if transcript.settings else None,
        "language": _language(transcript),
        "duration_seconds": samples_to_seconds(transcript.captured_samples),
        "text": transcript.text,
        "utterances": [_utterance(utterance) for utterance in transcript.utterances],
        "rejected": [_rejected(utterance) for utterance in transcript.rejected],
    }


def _language(transcript: Transcript) -> str | None:
    """The language asked for, else the one that most of the utterances were heard in."""
    if transcript.settings and transcript.settings.transcription.language:
        return transcript.settings.transcription.language
    heard = [u.best.language for u in transcript.utterances if u.best.language is not None]
    return max(heard, key=heard.count) if heard else None


def _utterance(utterance: TranscribedUtterance) -> Mapping[str, Any]:
    return {
        "id": utterance.utterance_id,
        "start": samples_to_seconds(utterance.start_sample),
        "end": samples_to_seconds(utterance.end_sample),
        "text": utterance.best.text,
        "confidence": utterance.best.confidence,
        "words": [
            {
                "word": word.text.strip(),
                "start": samples_to_seconds(word.start_sample),
                "end": samples_to_seconds(word.end_sample),
                "probability": word.probability,
            }
            for word in utterance.best.words
        ],
    }


def _rejected(utterance: RejectedUtterance) -> Mapping[str, Any]:
    return {
        "id": utterance.utterance_id,
        "start": samples_to_seconds(utterance.start_sample),
        "end": samples_to_seconds(utterance.end_sample),
        "text": utterance.text,
        "rule": utterance.rule.value,
        "voiced_seconds": utterance.voiced_seconds,
        "average_log_probability": utterance.average_log_probability,
        "no_speech_probability": utterance.no_speech_probability,
        "compression_ratio": utterance.compression_ratio,
    }


def _srt(transcript: Transcript) -> str:
    """SubRip has no header and no escapes; its times have a comma before the milliseconds."""
    cues = enumerate(subtitle_cues(transcript), start=1)
    return "\n".join(f"{number}\n{_timing(cue, ',')}\n{_body(cue)}\n" for number, cue in cues)


def _vtt(transcript: Transcript) -> str:
    """WebVTT, https://www.w3.org/TR/webvtt1/: ``&``, ``<`` and ``>`` are escaped in cue text."""
    cues = (f"{_timing(cue, '.')}\n{_escaped(_body(cue))}\n" for cue in subtitle_cues(transcript))
    return "\n".join(("WEBVTT\n", *cues))


def _body(cue: Cue) -> str:
    return "\n".join(cue.lines)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _timing(cue: Cue, decimal_mark: str) -> str:
    return f"{_time(cue.start_sample, decimal_mark)} --> {_time(cue.end_sample, decimal_mark)}"


def _time(sample: int, decimal_mark: str) -> str:
    seconds, milliseconds = divmod(sample * 1000 // SAMPLE_RATE_HZ, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{decimal_mark}{milliseconds:03d}"
