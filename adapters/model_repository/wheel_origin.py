"""Provides a model from installed wheels, checked against its published digest and converted."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from realtime_mlx_stt.adapters.model_repository.conversion_cache import ConversionCache, ForeignModel
from realtime_mlx_stt.adapters.model_repository.ctranslate2_layout import read_model
from realtime_mlx_stt.adapters.model_repository.damage import reading
from realtime_mlx_stt.adapters.model_repository.mlx_layout import WhisperModel
from realtime_mlx_stt.adapters.model_repository.wheel_models import InstalledWheels, WheelModel
from realtime_mlx_stt.ports.model_repository import ModelDescription, PullProgress

__all__ = ["WheelOrigin"]


class WheelOrigin:
    """A model whose wheels are installed."""

    def __init__(self, model: WheelModel, wheels: InstalledWheels, conversions: ConversionCache) -> None:
        self._model = model
        self._wheels = wheels
        self._conversions = conversions
        # A wheel's contents never change, so the name is key enough; reading checks the digest.
        self._source = ForeignModel(
            label=model.name,
            key=model.name,
            fingerprint=model.sha256,
            size_bytes=model.size_bytes,
            read=self._read,
        )

    def describe(self) -> ModelDescription:
        """What can be said of the model."""
        return ModelDescription(
            name=self._model.name,
            origin=f"wheel {' + '.join(self._model.distributions)}",
            is_available=True,
            is_multilingual=self._model.is_multilingual,
            size_bytes=self._model.size_bytes,
        )

    def pull(self, progress: PullProgress | None) -> Path:
        """The folder with the conversion."""
        return self._conversions.provide(self._source, progress)

    def verify(self) -> None:
        """Hash the installed files, and the conversion if there is one."""
        self._wheels.read(self._model)
        self._conversions.verify(self._source)

    def _read(self, on_bytes: Callable[[int], None]) -> WhisperModel:
        content = np.frombuffer(self._wheels.read(self._model, on_bytes), dtype=np.uint8)
        with reading(f"The installed model {self._model.name}"):
            return read_model(content, self._wheels.config_file(self._model))
