"""Reads the service's answers, and makes transcriptions of them."""

import math
from typing import Final

import msgspec

from realtime_mlx_stt.adapters.openai_transcription.word_places import SpokenWord, placed_words
from realtime_mlx_stt.domain.languages import code_of_language
from realtime_mlx_stt.domain.transcription import Transcription, compression_ratio
from realtime_mlx_stt.ports.speech_to_text import TranscriptionServiceError

__all__ = ["Answer", "read_answer", "transcription"]

_LEAST_LOG_PROBABILITY: Final = -100.0
"""The log-probability that stands for a probability of zero, as rounding makes it."""


class _Segment(msgspec.Struct, kw_only=True):
    """A sentence or so; told by models that give places."""

    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    tokens: list[int] | None = None


class _Token(msgspec.Struct, kw_only=True):
    """A piece of the text; told by models that give a probability for each."""

    logprob: float | None = None


class _Language(msgspec.Struct, kw_only=True):
    """A language that was heard; told by models that hear several."""

    code: str


class _Text(msgspec.Struct, kw_only=True):
    """The part that every answer has."""

    text: str


class Answer(_Text, kw_only=True):
    """An answer in any of its forms; a field that the model or server does not tell is None."""

    language: str | None = None
    languages: list[_Language] | None = None
    words: list[SpokenWord] | None = None
    segments: list[_Segment] | None = None
    logprobs: list[_Token] | None = None


def read_answer(content: bytes, host: str) -> Answer:
    """The answer; details in a server's own form are left out, as only the text is needed.

    Raises:
        TranscriptionServiceError: there is no text in it.
    """
    try:
        return msgspec.json.decode(content, type=Answer)
    except ValueError:
        pass
    try:
        return Answer(text=msgspec.json.decode(content, type=_Text).text)
    except ValueError:
        raise TranscriptionServiceError(f"{host} gave an answer that holds no transcription.") from None


def transcription(answer: Answer, *, samples: int, language: str | None, with_words: bool) -> Transcription:
    """The answer for an utterance of this many samples, asked for in ``language``.

    A score that the service does not tell has the value that ``Transcription`` defines for that case, so that no
    rule counts it against the text: an average log-probability of 0, a confidence of 1, a no-speech probability of
    0. Words get the confidence of the whole text, as the service gives none of theirs.
    """
    text = answer.text.strip()
    average = _average_log_probability(answer)
    confidence = math.exp(average)
    spoken = answer.words if with_words and answer.words else ()
    return Transcription(
        text=text,
        words=placed_words(text, spoken, samples=samples, probability=confidence),
        language=_heard_language(answer) or language,
        average_log_probability=average,
        no_speech_probability=_no_speech_probability(answer),
        compression_ratio=compression_ratio(text),
        confidence=confidence,
    )


def _average_log_probability(answer: Answer) -> float:
    """The mean over the tokens; 0 when none is given."""
    told = [(token.logprob, 1) for token in answer.logprobs or []]
    told += [(segment.avg_logprob, len(segment.tokens or ()) or 1) for segment in answer.segments or []]
    known = [(value, tokens) for value, tokens in told if value is not None]
    if not known:
        return 0.0
    average = sum(value * tokens for value, tokens in known) / sum(tokens for _, tokens in known)
    return min(0.0, max(_LEAST_LOG_PROBABILITY, average))


def _no_speech_probability(answer: Answer) -> float:
    """The no-speech probability of the segment that is most likely speech; 0 when none is given."""
    told = [segment.no_speech_prob for segment in answer.segments or [] if segment.no_speech_prob is not None]
    return min(1.0, max(0.0, min(told, default=0.0)))


def _heard_language(answer: Answer) -> str | None:
    """The code of the language that was heard, which some models name in English; None when it is not given."""
    heard = answer.languages[0].code if answer.languages else answer.language
    return code_of_language(heard) if heard else None
