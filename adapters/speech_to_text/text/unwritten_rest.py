"""Finds out when a text covers only the beginning of its audio, and joins the text of the rest to it.

Whisper was trained on subtitles. When it writes without their times, it often ends its text after the first of
several sentences. The places of the words tell whether more than a pause or a tail lies behind the last word.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

from realtime_mlx_stt.adapters.speech_to_text.search.reference_thresholds import (
    MOST_COMPRESSION,
    MOST_NO_SPEECH_PROBABILITY,
)
from realtime_mlx_stt.adapters.speech_to_text.search.text_guards import are_piled_up
from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.transcription import Transcription, compression_ratio

__all__ = ["TranscribedAudio", "is_doubtful", "joined", "unwritten_from"]

_LONGEST_REST_SAMPLES: Final = seconds_to_samples(1.0)
"""The longest stretch behind the last word that is no rest: longer than the silence that ends an utterance, shorter
than a sentence.
"""

_AVERAGE_LOG_PROBABILITY: Final = -0.7
"""The lowest average log-probability of a rest. Of the texts that the model invented for silence and noise behind
speech nearly all were less likely or had a no-speech probability above 0.6, and the others had words of no length.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscribedAudio:
    """A transcription, and its tokens as a draft for the next one of the same utterance."""

    transcription: Transcription
    tokens: tuple[int, ...]


def unwritten_from(transcription: Transcription, samples: int) -> int | None:
    """Where the rest begins that the text does not cover; None when the text goes to the end of the audio."""
    if not transcription.words:
        return None
    end_sample = transcription.words[-1].end_sample
    return end_sample if samples - end_sample >= _LONGEST_REST_SAMPLES else None


def is_doubtful(transcription: Transcription) -> bool:
    """Whether the text of a rest is empty or may be invented, since perhaps nobody spoke there."""
    return (
        not transcription.words
        or transcription.no_speech_probability > MOST_NO_SPEECH_PROBABILITY
        or transcription.average_log_probability < _AVERAGE_LOG_PROBABILITY
        or transcription.compression_ratio > MOST_COMPRESSION
        or are_piled_up(transcription.words)
    )


def joined(first: TranscribedAudio, rest: TranscribedAudio, at_sample: int) -> TranscribedAudio:
    """Both texts as one: ``rest`` is that of the audio from ``at_sample`` on. The draft is that of the first."""
    before, after = first.transcription, rest.transcription
    text = f"{before.text} {after.text}"
    weight, more = len(before.words), len(after.words)
    average = (before.average_log_probability * weight + after.average_log_probability * more) / (weight + more)
    transcription = replace(
        before,
        text=text,
        words=before.words + tuple(word.shifted(at_sample) for word in after.words),
        average_log_probability=average,
        no_speech_probability=min(before.no_speech_probability, after.no_speech_probability),
        compression_ratio=compression_ratio(text),
        confidence=math.exp(average),
        needed_full_window=before.needed_full_window or after.needed_full_window,
    )
    return replace(first, transcription=transcription)
