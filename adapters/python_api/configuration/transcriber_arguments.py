"""What the older arguments of ``Transcriber`` mean in the configuration that came after them."""

from dataclasses import replace

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig, VADConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import (
    TranscriptionEngine,
    VADDetectorType,
    VADMode,
    member,
)
from realtime_mlx_stt.adapters.python_api.configuration.setting_checks import require_kind

__all__ = ["chosen_engine", "chosen_model", "chosen_vad"]


def chosen_engine(engine: TranscriptionEngine | str | None) -> TranscriptionEngine:
    """Who runs the model; None leaves it to this machine.

    Raises:
        InvalidSettingError: a ``ValueError``; there is no such engine.
    """
    return TranscriptionEngine.MLX_WHISPER if engine is None else member(TranscriptionEngine, engine, "engine")


def chosen_model(
    model: ModelConfig | None, engine: TranscriptionEngine | str | None, language: str | None
) -> ModelConfig:
    """The model, or else the usual one of the engine; in the language, unless that is None.

    Raises:
        InvalidSettingError: a ``ValueError``; something is not what it has to be.
    """
    require_kind("model", model, ModelConfig)
    if model is None:
        return ModelConfig(engine=chosen_engine(engine), language=language)
    return model if language is None else replace(model, language=language)


def chosen_vad(vad: VADConfig | None, mode: VADMode | str | None) -> VADConfig | None:
    """The configuration, or else that of the mode; None where there is neither.

    Raises:
        InvalidSettingError: a ``ValueError``; there is no such mode.
    """
    if vad is not None or mode is None:
        return vad
    wanted = member(VADMode, mode, "VAD mode")
    if wanted is VADMode.DISABLED:
        return VADConfig(enabled=False)
    return VADConfig(detector_type=VADDetectorType(wanted.value))
