"""Describes what one call of a client asks for instead of the client's defaults."""

import os
from dataclasses import dataclass
from typing import Final

from realtime_mlx_stt.adapters.python_api.configuration.client_configuration import STTConfig
from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig, VADConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import TranscriptionEngine, member
from realtime_mlx_stt.adapters.python_api.configuration.setting_checks import is_number, require
from realtime_mlx_stt.adapters.python_api.configuration.usual_models import usual_model
from realtime_mlx_stt.adapters.python_api.process_services import services
from realtime_mlx_stt.domain.errors import InvalidSettingError

__all__ = ["OPENAI_KEY_VARIABLE", "ListeningWishes", "time_limit"]

OPENAI_KEY_VARIABLE: Final = "OPENAI_API_KEY"

_KEY_REQUIRED: Final = (
    "OpenAI API key required. Pass openai_api_key to STTClient or set OPENAI_API_KEY environment variable."
)


def time_limit(name: str, value: float | None) -> float | None:
    """A limit in seconds; None and 0 set none.

    Raises:
        InvalidSettingError: it is no number, or negative.
    """
    is_limit = value is None or (is_number(value) and value >= 0)
    require(is_limit, f"{name} must be a number of seconds that is not negative, got {value!r}")
    return value or None


@dataclass(frozen=True, slots=True)
class ListeningWishes:
    """None leaves each to the client. A model belongs to its engine: another engine takes its own usual one."""

    engine: str | None = None
    model: str | None = None
    language: str | None = None
    vad_sensitivity: float | None = None

    def model_config(self, usual: STTConfig) -> ModelConfig:
        """Which model is to write, and in which language; the account of ``openai`` gets the client's key.

        Raises:
            InvalidSettingError: a ``ValueError``; there is no such engine, its key is missing, or a text is none.
        """
        engine = member(TranscriptionEngine, self.engine or usual.default_engine, "engine")
        if engine is TranscriptionEngine.OPENAI:
            _use_key(usual.openai_api_key)
        model = usual.default_model if engine == usual.default_engine else usual_model(engine)
        language = self.language or usual.default_language
        return ModelConfig(engine=engine, model=self.model or model, language=language)

    def vad_config(self, usual: STTConfig) -> VADConfig:
        """When to listen.

        Raises:
            InvalidSettingError: a ``ValueError``; a value is of the wrong type or out of its range.
        """
        return VADConfig(
            sensitivity=usual.vad_sensitivity if self.vad_sensitivity is None else self.vad_sensitivity,
            min_speech_duration=usual.vad_min_speech_duration,
            min_silence_duration=usual.vad_min_silence_duration,
        )


def _use_key(api_key: str | None) -> None:
    """Use this key for OpenAI's API; the environment's key is found anyway, unless the program gave another."""
    if api_key and api_key != os.environ.get(OPENAI_KEY_VARIABLE):
        services().use_openai_account(api_key=api_key)
    elif not api_key and not services().has_openai_key:
        raise InvalidSettingError(_KEY_REQUIRED)
