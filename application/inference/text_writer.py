"""Has the models write texts, each by its utterance's decoder, and turns whatever goes wrong into an error."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TypeVar

from realtime_mlx_stt.application.inference.decoders import DecoderKey, KeptDecoders, in_session
from realtime_mlx_stt.application.inference.kept_models import ModelName
from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceRequest
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.transcription import Transcription
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines, SpeechToTextError, UtteranceDecoder

__all__ = ["TextWriter"]

_LOGGER = logging.getLogger(__name__)

_T = TypeVar("_T")

Outcome = Transcription | RealtimeSttError
"""A text, or why there is none."""


class TextWriter:
    """Writes the texts that are asked for. For the models' thread.

    The decoder of an utterance is kept until its final text is written, or a later utterance of its session begins.
    ``note_use`` is told of each model that is loaded for an utterance, or was.
    """

    def __init__(self, engines: SpeechToTextEngines, note_use: Callable[[ModelName], None]) -> None:
        self._engines = engines
        self._note_use = note_use
        self._decoders = KeptDecoders()

    @property
    def models(self) -> frozenset[ModelName]:
        """The models that have a decoder for an utterance that goes on."""
        return self._decoders.models

    def drop_sessions(self, ended: Collection[SessionId]) -> None:
        """Drop what is kept of sessions that are over."""
        self._decoders.drop_sessions(ended)

    def most_together(self, request: InferenceRequest) -> int:
        """Of how many hypotheses it is worth having the request's model write the texts at once."""
        try:
            return self._engines.open(request.engine, request.model).most_together
        except Exception:  # noqa: BLE001 - the request is then written alone, meets it again and is told of it
            return 1

    def write(self, requests: Sequence[InferenceRequest]) -> list[Outcome]:
        """For each request its text, the words counted from the session's start, or why there is none.

        Nothing is raised. Several requests must be hypotheses of as many sessions, by one model.
        """
        if len(requests) > 1:
            return self._write_together(requests)
        return [self._write(request) for request in requests]

    def _write(self, request: InferenceRequest) -> Outcome:
        is_final = request.kind is not InferenceKind.PARTIAL
        written = _attempt(request, lambda: self._decoder(request).decode(request.audio, final=is_final))
        if request.kind is InferenceKind.FINAL:
            self._decoders.drop(DecoderKey.of(request))
        return _placed(written, request)

    def _write_together(self, requests: Sequence[InferenceRequest]) -> list[Outcome]:
        """Make one call of those for which there is a decoder, or one can be opened."""
        written: dict[InferenceRequest, Outcome] = {}
        growing: dict[InferenceRequest, UtteranceDecoder] = {}
        for request in requests:
            decoder = _attempt(request, partial(self._decoder, request))
            if isinstance(decoder, RealtimeSttError):
                written[request] = decoder
            else:
                growing[request] = decoder
        written |= self._decode_together(growing)
        return [_placed(written[request], request) for request in requests]

    def _decode_together(
        self, growing: Mapping[InferenceRequest, UtteranceDecoder]
    ) -> Mapping[InferenceRequest, Outcome]:
        if not growing:
            return {}
        first = next(iter(growing))
        audios = [(decoder, request.audio) for request, decoder in growing.items()]

        def decode() -> dict[InferenceRequest, Outcome]:
            answers = self._engines.open(first.engine, first.model).decode_together(audios)
            return dict(zip(growing, answers, strict=True))

        answered = _attempt(first, decode)
        return dict.fromkeys(growing, answered) if isinstance(answered, RealtimeSttError) else answered

    def _decoder(self, request: InferenceRequest) -> UtteranceDecoder:
        key = DecoderKey.of(request)
        return self._decoders.find(key) or self._open(key)

    def _open(self, key: DecoderKey) -> UtteranceDecoder:
        """Open a decoder for the utterance; its model is loaded first if it is not."""
        engine = self._engines.open(key.engine, key.model)
        engine.load()
        self._note_use((key.engine, key.model))
        decoder = engine.open_utterance(key.options)
        self._decoders.keep(key, decoder)
        return decoder


def _attempt(request: InferenceRequest, call: Callable[[], _T]) -> _T | RealtimeSttError:
    """What the call returns, or the error it raises."""
    try:
        return call()
    except RealtimeSttError as error:
        return error
    except Exception as error:  # an engine's bug must cost texts, not the thread that owns the models
        _LOGGER.exception("The engine %s failed", request.engine)
        return SpeechToTextError(f"The engine {request.engine} failed: {error}")


def _placed(outcome: Outcome, request: InferenceRequest) -> Outcome:
    return outcome if isinstance(outcome, RealtimeSttError) else in_session(outcome, request)
