"""Model backends that run real models, but make something else of what they compute."""

from collections.abc import Callable
from pathlib import Path

from realtime_mlx_stt.adapters.wake_word.model_backend import Floats, LoadedModel, ModelBackend

__all__ = ["DistortedBackend", "Distortion", "garbage"]

Distortion = Callable[[Floats], Floats]
"""What becomes of a model's output."""


class DistortedModel:
    """A loaded model with something wrong about its output."""

    def __init__(self, model: LoadedModel, distort: Distortion) -> None:
        self._model = model
        self._distort = distort

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        return self._model.input_shape

    def run(self, values: Floats) -> Floats:
        return self._distort(self._model.run(values))


class DistortedBackend:
    """Gives wrong answers for models whose file names begin with ``part``; ``loaded`` names every file."""

    def __init__(self, backend: ModelBackend, part: str, distort: Distortion) -> None:
        self._backend = backend
        self._part = part
        self._distort = distort
        self.loaded: list[str] = []

    @property
    def name(self) -> str:
        return self._backend.name

    @property
    def suffix(self) -> str:
        return self._backend.suffix

    def load(self, path: Path, input_shape: tuple[int, ...] | None = None) -> LoadedModel:
        self.loaded.append(path.name)
        model = self._backend.load(path, input_shape)
        return DistortedModel(model, self._distort) if path.name.startswith(self._part) else model


def garbage(embedding: Floats) -> Floats:
    """What has nothing to do with the sound, as macOS on Apple Silicon gave it: numbers of the usual size."""
    return (embedding * -1.0).astype(embedding.dtype)
