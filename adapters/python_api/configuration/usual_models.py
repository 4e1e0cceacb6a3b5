"""The models that programs get where they choose none."""

from collections.abc import Mapping
from typing import Final

from realtime_mlx_stt.adapters.python_api.configuration.enumerations import TranscriptionEngine, member

__all__ = ["LOCAL_MODEL", "usual_model"]

LOCAL_MODEL: Final = "whisper-large-v3-turbo"
"""The usual model of the engine that runs on this machine, by the name that version 0.1 used."""

_USUAL_MODELS: Final[Mapping[TranscriptionEngine, str]] = {
    TranscriptionEngine.MLX_WHISPER: LOCAL_MODEL,
    TranscriptionEngine.OPENAI: "gpt-4o-transcribe",
}


def usual_model(engine: str) -> str:
    """The model that an engine takes where none is named.

    Raises:
        InvalidSettingError: there is no such engine.
    """
    return _USUAL_MODELS[member(TranscriptionEngine, engine, "engine")]
