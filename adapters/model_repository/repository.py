"""Provides every Whisper model by its name, wherever it comes from."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import platformdirs

from realtime_mlx_stt.adapters.model_repository.catalogue import HUB_MODELS, near_matches, plain_name
from realtime_mlx_stt.adapters.model_repository.conversion_cache import ConversionCache
from realtime_mlx_stt.adapters.model_repository.folder_origin import FolderOrigin
from realtime_mlx_stt.adapters.model_repository.hub import HubUnreachable, HuggingFaceHub
from realtime_mlx_stt.adapters.model_repository.hub_origin import HubOrigin
from realtime_mlx_stt.adapters.model_repository.wheel_models import InstalledWheels
from realtime_mlx_stt.adapters.model_repository.wheel_origin import WheelOrigin
from realtime_mlx_stt.ports.model_repository import (
    ModelDescription,
    ModelUnreachableError,
    PullProgress,
    UnknownModelError,
)

__all__ = ["WhisperModelRepository"]

_HUB_REPOSITORY: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+", re.ASCII)


class WhisperModelRepository:
    """A ``ModelRepository`` of Whisper models. Thread-safe, also between processes.

    A name is looked for, in this order, among the known names (a wheel that is installed, else the hub), among the
    folders, and as ``owner/name`` on the hub. ``cache_folder`` keeps converted models, by default in the user's
    cache; what comes from the hub stays in the hub's own cache.
    """

    def __init__(
        self,
        cache_folder: Path | None = None,
        *,
        wheels: InstalledWheels | None = None,
        hub: HuggingFaceHub | None = None,
    ) -> None:
        folder = cache_folder or Path(platformdirs.user_cache_dir("realtime-mlx-stt"))
        self._conversions = ConversionCache(folder / "models")
        self._wheels = wheels or InstalledWheels()
        self._hub = hub or HuggingFaceHub()

    def models(self) -> tuple[ModelDescription, ...]:
        """The models known by name, those at hand first."""
        described = [self._origin(model.name).describe() for model in HUB_MODELS]
        return tuple(sorted(described, key=lambda model: not model.is_available))

    def require_known(self, name: str) -> None:
        """Find out, without the network, whether the name can be a model's."""
        self._origin(name)

    def pull(self, name: str, progress: PullProgress | None = None) -> Path:
        """The folder with the model in MLX's layout."""
        with self._explaining(name):
            return self._origin(name).pull(progress)

    def verify(self, name: str) -> ModelDescription:
        """Check the model's files against their published checksums."""
        origin = self._origin(name)
        with self._explaining(name):
            origin.verify()
            return origin.describe()

    def _origin(self, name: str) -> WheelOrigin | HubOrigin | FolderOrigin:
        plain = plain_name(name)
        if (wheel := self._wheels.published(plain)) and self._wheels.has(wheel):
            return WheelOrigin(wheel, self._wheels, self._conversions)
        if known := next((model for model in HUB_MODELS if model.name == plain), None):
            return HubOrigin(
                known.repository, plain, self._hub, self._conversions, is_multilingual=known.is_multilingual
            )
        if folder := _folder(name):
            return FolderOrigin(folder, name, self._conversions)
        if _HUB_REPOSITORY.fullmatch(name):
            return HubOrigin(name, name, self._hub, self._conversions)
        raise _unknown(name)

    @contextmanager
    def _explaining(self, name: str) -> Iterator[None]:
        """Add to the error of a model that cannot be reached what can be done instead."""
        try:
            yield
        except HubUnreachable as error:
            here = ", ".join(model.name for model in self.models() if model.is_available) or "none"
            wheel = self._wheels.published(plain_name(name))
            install = f"`pip install {wheel.install}`, " if wheel else ""
            raise ModelUnreachableError(
                f"The model {name} is not on this machine and {error}; available here: {here}; to get it, use "
                f"{install}`stt models pull {name}` with a connection, or the path of a folder that holds it."
            ) from error


def _folder(name: str) -> Path | None:
    try:
        folder = Path(name).expanduser()
        return folder if name and folder.is_dir() else None
    except (OSError, RuntimeError):  # too long, not to be looked into, or the home of nobody
        return None


def _unknown(name: str) -> UnknownModelError:
    if "/" in name or name.startswith(("~", ".")):
        return UnknownModelError(f"There is no folder '{name}' to take a model from.")
    near = near_matches(name)
    hint = f"; did you mean {' or '.join(near)}?" if near else "."
    known = ", ".join(model.name for model in HUB_MODELS)
    return UnknownModelError(
        f"There is no model '{name}'{hint} Known are {known}, any owner/name on the Hugging Face hub, and folders."
    )
