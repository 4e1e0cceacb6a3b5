"""A model in installed wheels: checked against its published digest, and converted."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from realtime_mlx_stt.adapters.model_repository.conversion_cache import ConversionCache
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
        self._source = WheelSource(model, wheels)
        self._conversions = conversions

    def describe(self) -> ModelDescription:
        """What can be said of the model."""
        return ModelDescription(
            name=self._model.name,
            origin=f"wheel {' + '.join(dict.fromkeys(part.distribution for part in self._model.parts))}",
            is_available=True,
            is_multilingual=self._model.is_multilingual,
            size_bytes=self._model.size_bytes,
        )

    def pull(self, progress: PullProgress | None) -> Path:
        """The folder with the conversion."""
        return self._conversions.provide(self._source, progress)

    def verify(self) -> None:
        """Hash the installed files, and the conversion if there is one."""
        self._conversions.verify(self._source)


class WheelSource:
    """The model of installed wheels as something to convert."""

    def __init__(self, model: WheelModel, wheels: InstalledWheels) -> None:
        self._model = model
        self._wheels = wheels

    @property
    def label(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def key(self) -> str:
        """The model's name: a wheel's contents never change."""
        return self._model.name

    @property
    def fingerprint(self) -> str:
        """The published digest, which reading checks."""
        return self._model.sha256

    @property
    def size_bytes(self) -> int:
        """The size of ``model.bin``."""
        return self._model.size_bytes

    def sha256(self) -> str:
        """The published digest, after checking that the installed files have it."""
        self._wheels.read(self._model, lambda _: None)
        return self._model.sha256

    def read(self, on_bytes: Callable[[int], None]) -> WhisperModel:
        """The model, checked and mapped to MLX's names."""
        content = np.frombuffer(self._wheels.read(self._model, on_bytes), dtype=np.uint8)
        with reading(f"the installed model {self._model.name}"):
            return read_model(content, self._wheels.config_file(self._model))
