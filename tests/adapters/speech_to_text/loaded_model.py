"""The real model ``tiny.en``, loaded once for all tests: as an engine, and bare to look inside."""

from functools import cache
from typing import TYPE_CHECKING

from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.speech_to_text.engines import ENGINE, MlxEngines
from realtime_mlx_stt.adapters.speech_to_text.mlx_whisper_engine import MlxWhisper

if TYPE_CHECKING:
    from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import WhisperModel

__all__ = ["MODEL", "bare_model", "engines", "loaded_engine"]

MODEL = "tiny.en"


@cache
def engines() -> MlxEngines:
    """Over the models that the wheels bring."""
    return MlxEngines(WhisperModelRepository())


def loaded_engine() -> MlxWhisper:
    """Loaded on the thread that asks first, the tests' own."""
    engine = engines().open(ENGINE, MODEL)
    engine.load()
    return engine


@cache
def bare_model() -> "WhisperModel":
    """The weights and all that belongs to them, without an engine around them."""
    from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import load_model  # noqa: PLC0415 - it imports MLX

    return load_model(WhisperModelRepository().pull(MODEL))
