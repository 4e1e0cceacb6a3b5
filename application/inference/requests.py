"""Describes what the models are asked to write, and the result."""

from dataclasses import dataclass, field
from enum import StrEnum

from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["InferenceKind", "InferenceRequest", "InferenceResult"]


class InferenceKind(StrEnum):
    """What a text is wanted for, the most urgent first."""

    FINAL = "final"
    SPECULATIVE = "speculative"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InferenceRequest:
    """The audio of one utterance from ``start_sample`` to before ``end_sample``, to be written by a model.

    ``is_beyond_cut`` says that some of the audio lies behind the cut at which the utterance ends. ``is_live`` says
    that somebody is speaking now; it is false for a file that is heard as fast as possible and for a text that is
    written again.
    """

    session_id: SessionId
    utterance_id: UtteranceId
    kind: InferenceKind
    engine: str
    model: str
    audio: AudioSamples
    start_sample: int
    end_sample: int
    options: DecodingOptions = field(default_factory=DecodingOptions)
    is_live: bool = True
    is_beyond_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InferenceResult:
    """The result of a request: a transcription whose words count from the session's start, or an error.

    ``inference_seconds`` is how long the model took, for this text and those that it wrote with it;
    ``waited_seconds`` how long it wrote other texts before.
    """

    request: InferenceRequest
    outcome: Transcription | RealtimeSttError
    inference_seconds: float
    waited_seconds: float = 0.0
