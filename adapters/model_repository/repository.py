"""The model repository: one place to ask for a Whisper model, whatever it comes from."""

from pathlib import Path

import platformdirs

from realtime_mlx_stt.adapters.model_repository.conversion_cache import ConversionCache
from realtime_mlx_stt.adapters.model_repository.wheel_models import WHEEL_MODELS, InstalledWheels, WheelSource
from realtime_mlx_stt.ports.model_repository import PullProgress, UnknownModelError

__all__ = ["WhisperModelRepository"]


class WhisperModelRepository:
    """A ``ModelRepository`` of Whisper models. Thread-safe, also between processes.

    Converted models are kept below ``cache_folder``, by default this product's folder in the user's cache.
    """

    def __init__(self, cache_folder: Path | None = None) -> None:
        folder = cache_folder or Path(platformdirs.user_cache_dir("realtime-mlx-stt"))
        self._conversions = ConversionCache(folder / "models")
        self._wheels = InstalledWheels()

    def pull(self, name: str, progress: PullProgress | None = None) -> Path:
        """The folder with the model in MLX's layout."""
        for model in WHEEL_MODELS:
            if model.name == name and self._wheels.has(model):
                return self._conversions.provide(WheelSource(model, self._wheels), lambda _: None)
        raise UnknownModelError(f"There is no model {name}.")
