"""The model repository: one place to ask for a Whisper model, whatever it comes from."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import platformdirs

from realtime_mlx_stt.adapters.model_repository.catalogue import HUB_MODELS, HubModel, near_matches, plain_name
from realtime_mlx_stt.adapters.model_repository.conversion_cache import ConversionCache
from realtime_mlx_stt.adapters.model_repository.folder_origin import FolderOrigin
from realtime_mlx_stt.adapters.model_repository.hub import HubUnreachable, HuggingFaceHub
from realtime_mlx_stt.adapters.model_repository.hub_origin import HubOrigin
from realtime_mlx_stt.adapters.model_repository.wheel_models import WHEEL_MODELS, InstalledWheels
from realtime_mlx_stt.adapters.model_repository.wheel_origin import WheelOrigin
from realtime_mlx_stt.ports.model_repository import (
    ModelDescription,
    ModelUnreachableError,
    PullProgress,
    UnknownModelError,
)

__all__ = ["WhisperModelRepository"]

_HUB_REPOSITORY: Final = re.compile(r"[\w.-]+/[\w.-]+")


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
        described = [self._describe(model) for model in HUB_MODELS]
        return tuple(sorted(described, key=lambda model: not model.is_available))

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

    def _describe(self, model: HubModel) -> ModelDescription:
        if wheel := self._wheel_origin(model.name):
            return wheel.describe()
        return self._hub_origin(model.repository, model.name).describe(is_multilingual=model.is_multilingual)

    def _origin(self, name: str) -> WheelOrigin | HubOrigin | FolderOrigin:
        plain = plain_name(name)
        if wheel := self._wheel_origin(plain):
            return wheel
        if repository := next((model.repository for model in HUB_MODELS if model.name == plain), None):
            return self._hub_origin(repository, plain)
        folder = Path(name).expanduser()
        if folder.is_dir():
            return FolderOrigin(folder, name, self._conversions)
        if _HUB_REPOSITORY.fullmatch(name) and not name.startswith("."):
            return self._hub_origin(name, name)
        raise _unknown(name)

    def _wheel_origin(self, name: str) -> WheelOrigin | None:
        for model in WHEEL_MODELS:
            if model.name == name and self._wheels.has(model):
                return WheelOrigin(model, self._wheels, self._conversions)
        return None

    def _hub_origin(self, repository: str, label: str) -> HubOrigin:
        return HubOrigin(repository, label, self._hub, self._conversions)

    @contextmanager
    def _explaining(self, name: str) -> Iterator[None]:
        """Say of a model that is out of reach what can be done instead."""
        try:
            yield
        except HubUnreachable as error:
            here = ", ".join(model.name for model in self.models() if model.is_available) or "none"
            wheel = next((model for model in WHEEL_MODELS if model.name == plain_name(name)), None)
            install = f"`pip install '{wheel.install}'`, " if wheel else ""
            raise ModelUnreachableError(
                f"The model {name} is not on this machine and {error}; available here: {here}; to get it, use "
                f"{install}`stt models pull {name}` with a connection, or the path of a folder that holds it."
            ) from error


def _unknown(name: str) -> UnknownModelError:
    if "/" in name or name.startswith(("~", ".")):
        return UnknownModelError(f"There is no folder {name} to take a model from.")
    near = near_matches(name)
    hint = f"; did you mean {' or '.join(near)}?" if near else ";"
    known = ", ".join(model.name for model in HUB_MODELS)
    return UnknownModelError(
        f"There is no model {name}{hint} Known are {known}, any owner/name on the Hugging Face hub, and folders."
    )
