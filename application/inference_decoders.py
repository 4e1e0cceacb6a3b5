"""Which decoder answers a request, how long it is kept, and where what it answers belongs."""

from dataclasses import replace
from typing import NamedTuple

from realtime_mlx_stt.application.messages import InferenceRequest
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription

__all__ = ["DecoderKey", "in_session", "outlives"]


class DecoderKey(NamedTuple):
    """A decoder belongs to one utterance and to the model that opened it."""

    session_id: SessionId
    utterance_id: UtteranceId
    engine: str
    model: str
    options: DecodingOptions

    @classmethod
    def of(cls, request: InferenceRequest) -> "DecoderKey":
        """What is to decode the request."""
        return cls(
            session_id=request.session_id,
            utterance_id=request.utterance_id,
            engine=request.engine,
            model=request.model,
            options=request.options,
        )


def outlives(key: DecoderKey, opened: DecoderKey) -> bool:
    """Whether a decoder is still of use when another is opened: its utterance may not be over by then."""
    return key.session_id != opened.session_id or key.utterance_id > opened.utterance_id


def in_session(transcription: Transcription, request: InferenceRequest) -> Transcription:
    """The transcription with its words placed in the session instead of in the utterance."""
    words = tuple(word.shifted(request.start_sample) for word in transcription.words)
    return replace(transcription, words=words)
