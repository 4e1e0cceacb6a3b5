"""Defines where model weights come from, and how they are checked."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from realtime_mlx_stt.domain.errors import PortError

__all__ = [
    "ModelCacheError",
    "ModelCorruptError",
    "ModelDescription",
    "ModelRepository",
    "ModelRepositoryError",
    "ModelUnreachableError",
    "PullProgress",
    "UnknownModelError",
]


class ModelRepositoryError(PortError):
    """A model cannot be had."""

    code = "model-repository"


class UnknownModelError(ModelRepositoryError):
    """No model has that name; the message names near matches and those that are there."""

    code = "unknown-model"


class ModelUnreachableError(ModelRepositoryError):
    """The model is known but not here, and the hub cannot be reached; the message says which are here."""

    code = "model-unreachable"


class ModelCorruptError(ModelRepositoryError):
    """The weights are not those that were published; the message says which file."""

    code = "model-corrupt"


class ModelCacheError(ModelRepositoryError):
    """The cache folder cannot be written and the model is not in it."""

    code = "model-cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDescription:
    """One model that can be asked for by name.

    ``origin`` says where it comes from (a wheel, the hub, a folder); ``is_available`` whether it can be loaded
    without the network; ``size_bytes`` is None when it is not known before fetching.
    """

    name: str
    origin: str
    is_available: bool
    is_multilingual: bool
    size_bytes: int | None


PullProgress = Callable[[str, int, int | None], None]
"""Called with what is being done, the bytes done and, when known, the bytes in all."""


class ModelRepository(Protocol):
    """Finds, fetches, converts and checks weights. Thread-safe, also between processes."""

    def models(self) -> tuple[ModelDescription, ...]:
        """The models known by name, those at hand first."""
        ...

    def require_known(self, name: str) -> None:
        """Check, without the network, that the name can be a model's: one at hand, on the hub, or a folder.

        Raises:
            UnknownModelError: no model has it.
        """
        ...

    def pull(self, name: str, progress: PullProgress | None = None) -> Path:
        """The folder with the model in MLX's layout (``config.json``, ``weights.safetensors``).

        Fetched and converted first when it is not there yet. ``name`` may also be a path to a folder.

        Raises:
            UnknownModelError, ModelUnreachableError, ModelCorruptError, ModelCacheError.
        """
        ...

    def verify(self, name: str) -> ModelDescription:
        """Check the model's files against their published checksums.

        Raises:
            UnknownModelError, ModelUnreachableError, ModelCorruptError.
        """
        ...
