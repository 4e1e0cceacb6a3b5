"""Keeps the decoders of unfinished utterances, finds the one for a request, and places its words in the session."""

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from realtime_mlx_stt.application.inference.kept_models import ModelName
from realtime_mlx_stt.application.inference.requests import InferenceRequest
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.speech_to_text import UtteranceDecoder

__all__ = ["DecoderKey", "KeptDecoders", "in_session"]


class DecoderKey(NamedTuple):
    """A decoder belongs to one utterance and to the model that opened it."""

    session_id: SessionId
    utterance_id: UtteranceId
    engine: str
    model: str
    options: DecodingOptions

    @classmethod
    def of(cls, request: InferenceRequest) -> "DecoderKey":
        """The key of the decoder that answers this request."""
        return cls(
            session_id=request.session_id,
            utterance_id=request.utterance_id,
            engine=request.engine,
            model=request.model,
            options=request.options,
        )


class KeptDecoders:
    """The decoders of the utterances that go on. For the thread that uses them."""

    def __init__(self) -> None:
        self._decoders: dict[DecoderKey, UtteranceDecoder] = {}

    @property
    def models(self) -> frozenset[ModelName]:
        """The models of the decoders that are kept."""
        return frozenset((key.engine, key.model) for key in self._decoders)

    def find(self, key: DecoderKey) -> UtteranceDecoder | None:
        """The decoder, if it is kept."""
        return self._decoders.get(key)

    def keep(self, key: DecoderKey, decoder: UtteranceDecoder) -> None:
        """Keep the decoder, and drop those of the session's earlier utterances, which are no longer needed."""
        self._decoders = {other: kept for other, kept in self._decoders.items() if _outlives(other, key)}
        self._decoders[key] = decoder

    def drop(self, key: DecoderKey) -> None:
        """Drop the decoder: its utterance has its final text."""
        self._decoders.pop(key, None)

    def drop_sessions(self, ended: Collection[SessionId]) -> None:
        """Drop the decoders of sessions that are over."""
        self._decoders = {key: kept for key, kept in self._decoders.items() if key.session_id not in ended}


def _outlives(key: DecoderKey, opened: DecoderKey) -> bool:
    """Whether the decoder is still needed when ``opened`` is opened: its utterance may not be over by then."""
    return key.session_id != opened.session_id or key.utterance_id > opened.utterance_id


def in_session(transcription: Transcription, request: InferenceRequest) -> Transcription:
    """The transcription with its words counted from the session's start instead of from the utterance's."""
    words = tuple(word.shifted(request.start_sample) for word in transcription.words)
    return replace(transcription, words=words)
