"""Makes a transcriber for this machine."""

from typing import Any

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import TranscriptionEngine
from realtime_mlx_stt.adapters.python_api.configuration.transcriber_arguments import chosen_engine
from realtime_mlx_stt.adapters.python_api.model_loading import model_for_this_machine
from realtime_mlx_stt.adapters.python_api.transcriber.transcriber import Transcriber

__all__ = ["create_transcriber"]


def create_transcriber(
    model: ModelConfig | str | None = None,
    *,
    engine: TranscriptionEngine | str | None = None,
    language: str | None = None,
    **kwargs: Any,
) -> Transcriber:
    """A transcriber; where no ``model`` is named, it takes the best that this machine keeps up with.

    ``model``: its name will do.
    ``engine``, ``language``, and everything else by its name: as ``Transcriber`` has it.

    Raises:
        InvalidSettingError: a ``ValueError``; something is not what it has to be.
        RealtimeSttError: it cannot be told which model that is, or the log cannot be opened.
    """
    if not isinstance(model, ModelConfig):
        wanted = chosen_engine(engine)
        model = ModelConfig(engine=wanted, model=model_for_this_machine(wanted) if model is None else model)
    return Transcriber(model=model, language=language, **kwargs)
