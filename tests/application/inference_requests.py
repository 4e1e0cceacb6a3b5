"""Requests for texts, as sessions make them."""

from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceRequest
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["request"]


def request(
    kind: InferenceKind,
    utterance: int = 1,
    session: str = "session-1",
    *,
    model: str = "tiny.en",
    audio: AudioSamples | None = None,
    start_sample: int = 0,
) -> InferenceRequest:
    """A text of this kind, of one word unless other audio is given."""
    audio = spoken(1) if audio is None else audio
    return InferenceRequest(
        session_id=SessionId(session),
        utterance_id=UtteranceId(utterance),
        kind=kind,
        engine="mlx_whisper",
        model=model,
        audio=audio,
        start_sample=start_sample,
        end_sample=start_sample + len(audio),
    )
