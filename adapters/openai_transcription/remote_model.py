"""Presents a model of the service as a ``SpeechToText``: nothing is loaded, and nothing kept between decodings."""

from collections.abc import Sequence
from typing import Final

from realtime_mlx_stt.adapters.openai_transcription.answers import transcription
from realtime_mlx_stt.adapters.openai_transcription.client import Detail
from realtime_mlx_stt.adapters.openai_transcription.service import TranscriptionService
from realtime_mlx_stt.adapters.openai_transcription.wave_file import wave_file
from realtime_mlx_stt.domain.languages import code_of_language, near_languages
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription, TranscriptionTask
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.speech_to_text import (
    NoTranslationError,
    SpeechToTextError,
    UnknownLanguageError,
    UtteranceDecoder,
    decode_each,
)

__all__ = ["RemoteDecoder", "RemoteModel", "checked_language", "no_translation"]

_TELLS_TOKENS: Final = "gpt-"
"""Models whose names begin so give a log-probability for each token, and no word times."""

_ISO_CODES: Final = {"jw": "jv"}
"""ISO 639-1 codes, which the service asks for, of languages for which Whisper has another code."""


class RemoteModel:
    """A ``SpeechToText``; sends every utterance to the service. For one thread."""

    def __init__(self, model: str, service: TranscriptionService) -> None:
        self._model = model
        self._service = service

    @property
    def model(self) -> str:
        """The name the model was asked for by."""
        return self._model

    @property
    def most_together(self) -> int:
        """Always 1: the service takes one utterance in a request."""
        return 1

    def load(self) -> None:
        """Find out whether the service can be reached, takes the key and has the model; idempotent.

        Raises:
            SpeechToTextError: it cannot be used; which kind of error says why.
            UnknownModelError: the service says that it has no such model.
        """
        self._service.check(self._model)

    def unload(self) -> None:
        """Do nothing: the model is the service's."""

    def open_utterance(self, options: DecodingOptions) -> "RemoteDecoder":
        """A decoder for a new utterance; the language may be given by code or English name.

        Raises:
            UnknownLanguageError: there is no such language.
            NoTranslationError: the task is to translate.
        """
        if options.task is TranscriptionTask.TRANSLATE:
            raise no_translation(self._model)
        return RemoteDecoder(self._model, self._service, checked_language(options.language), options.prompt)

    def decode_together(
        self, growing: Sequence[tuple[UtteranceDecoder, AudioSamples]]
    ) -> list[Transcription | SpeechToTextError]:
        """The text so far of each, or its error; they are sent one after the other."""
        return decode_each(growing)


class RemoteDecoder:
    """An ``UtteranceDecoder`` that sends the whole audio for each text."""

    def __init__(self, model: str, service: TranscriptionService, language: str | None, prompt: str = "") -> None:
        self._model = model
        self._service = service
        self._language = language
        self._prompt = prompt

    def decode(self, audio: AudioSamples, *, final: bool) -> Transcription:
        """The text of the audio so far; with word places when ``final``, if the model tells them.

        Empty audio is not sent.

        Raises:
            TranscriptionServiceError: or one of its kinds; the service gave no text, or not in 30 s.
        """
        if audio.size == 0:
            return Transcription(text="", no_speech_probability=1.0)
        answer = self._service.transcribe(
            wave_file(audio),
            model=self._model,
            language=_ISO_CODES.get(self._language, self._language) if self._language else None,
            prompt=self._prompt,
            detail=self._detail(final),
        )
        return transcription(answer, samples=audio.size, language=self._language, with_words=final)

    def _detail(self, final: bool) -> Detail:
        if self._model.startswith(_TELLS_TOKENS):
            return Detail.TOKENS
        return Detail.WORDS if final else Detail.SEGMENTS


def no_translation(model: str) -> NoTranslationError:
    """The error for a translation that is asked for."""
    return NoTranslationError(
        f"The engine openai has {model} transcribe and does not translate; "
        "take the engine mlx_whisper with a multilingual model, such as base."
    )


def checked_language(language: str | None) -> str | None:
    """The code of a language given by code or English name; None, which is detected, stays None.

    Raises:
        UnknownLanguageError: there is no such language; the message names near matches.
    """
    if language is None:
        return None
    code = code_of_language(language)
    if code is None:
        near = near_languages(language)
        hint = f"; did you mean {' or '.join(near)}?" if near else "."
        example = "Give a code such as en or an English name such as german."
        raise UnknownLanguageError(f"The service writes no language {language}{hint} {example}")
    return code
