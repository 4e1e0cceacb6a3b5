"""Chooses and loads models for later sessions."""

from concurrent.futures import Future

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import TranscriptionEngine, member
from realtime_mlx_stt.adapters.python_api.process_services import services
from realtime_mlx_stt.application.profiles.profiles import DEFAULT_PROFILE
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings

__all__ = ["load_model", "model_for_this_machine"]


def model_for_this_machine(engine: TranscriptionEngine | str = TranscriptionEngine.MLX_WHISPER) -> str:
    """The model that the engine takes where nobody chose one: the best that this machine keeps up with.

    Raises:
        InvalidSettingError: a ``ValueError``; there is no such engine.
        RealtimeSttError: it cannot be told, or the log cannot be opened.
    """
    unnamed = {"transcription": {"engine": member(TranscriptionEngine, engine, "engine").value, "model": None}}
    return services().orchestrator.configure_profile(DEFAULT_PROFILE, unnamed).settings.transcription.model


def load_model(model: ModelConfig) -> "Future[None]":
    """Load the model in the background, for good, where every session of this process will find it.

    The future ends when it can be used, or with what kept it from being loaded.
    """
    wanted = TranscriptionSettings(engine=model.engine.value, model=model.model)
    try:
        return services().orchestrator.load_model(SessionSettings(transcription=wanted), for_good=True)
    except Exception as error:  # noqa: BLE001 - whoever waits is told, as of every other failure to load
        failed: Future[None] = Future()
        failed.set_exception(error)
        return failed
