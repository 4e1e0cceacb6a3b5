"""Turns the configuration of a Python program into the application's, in the same way as a profile."""

from typing import Any

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig, VADConfig, WakeWordConfig
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.domain.settings import SHORTEST_SILENCE_SECONDS

__all__ = ["pipeline_config"]


def pipeline_config(
    orchestrator: SystemOrchestrator,
    model: ModelConfig,
    vad: VADConfig,
    wake_word: WakeWordConfig | None,
    device: int | str | None,
) -> PipelineConfig:
    """What ``orchestrator`` is to run: everything that is configured here goes before what a profile says.

    ``device`` is the index or a part of the name of a microphone, None the system's default.

    Raises:
        InvalidSettingError: something was changed to what it cannot be, or nothing would say when to listen.
    """
    waking = wake_word if wake_word is not None and wake_word.enabled else None
    if waking is None and not vad.enabled:
        raise InvalidSettingError(
            "VADConfig(enabled=False) needs a wake word: with neither, nothing would say when an utterance begins."
        )
    overrides: dict[str, Any] = {
        "transcription": model.to_dict(),
        "vad": _vad_section(vad),
        "wake_word": {"enabled": False} if waking is None else waking.to_dict(),
        "audio": {"device": device},
    }
    return orchestrator.configure_profile("vad-triggered" if waking is None else "wake-word", overrides)


def _vad_section(vad: VADConfig) -> dict[str, Any]:
    """The section ``vad``: after a wake word speech is always looked for, and a silence of 0 is lengthened."""
    silence = max(vad.min_silence_duration, SHORTEST_SILENCE_SECONDS)
    return {**vad.to_dict(), "enabled": True, "min_silence_duration": silence}
