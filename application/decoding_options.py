"""How a session's settings have its utterances written."""

from realtime_mlx_stt.domain.settings import TranscriptionSettings
from realtime_mlx_stt.domain.transcription import DecodingOptions

__all__ = ["decoding_options"]


def decoding_options(settings: TranscriptionSettings) -> DecodingOptions:
    """What the model is told of each utterance."""
    return DecodingOptions(
        language=settings.language, task=settings.task, prompt=settings.prompt, beam_size=settings.beam_size
    )
