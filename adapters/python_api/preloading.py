"""Loads the default model before anything needs it, where the environment asks for that."""

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Final

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig
from realtime_mlx_stt.adapters.python_api.model_loading import load_model

__all__ = ["PRELOAD_VARIABLE", "preload_if_asked"]

PRELOAD_VARIABLE: Final = "PRELOAD_STT_MODELS"
"""Where this is ``true``, the model that programs get where they choose none is loaded at the first use."""

_LOGGER = logging.getLogger(__name__)


def preload_if_asked(environment: Mapping[str, str]) -> None:
    """Begin to load the model, on a thread since the log is opened as well; a failure is only logged."""
    if environment.get(PRELOAD_VARIABLE, "").strip().lower() == "true":
        threading.Thread(target=_preload, name="preload", daemon=True).start()


def _preload() -> None:
    load_model(ModelConfig()).add_done_callback(_complain)


def _complain(loaded: "Future[None]") -> None:
    error = loaded.exception()
    if error is not None:
        _LOGGER.warning("The model could not be loaded beforehand: %s", error)
