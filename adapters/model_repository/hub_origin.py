"""Provides a model of the Hugging Face hub: from its local cache when it is there, else fetched."""

import logging
from pathlib import Path

from realtime_mlx_stt.adapters.model_repository.conversion_cache import ConversionCache
from realtime_mlx_stt.adapters.model_repository.folder_models import find_model_files
from realtime_mlx_stt.adapters.model_repository.folder_origin import FolderOrigin
from realtime_mlx_stt.adapters.model_repository.hub import HubUnreachable, HuggingFaceHub
from realtime_mlx_stt.ports.model_repository import (
    ModelCorruptError,
    ModelDescription,
    PullProgress,
    UnknownModelError,
)

__all__ = ["HubOrigin"]

_LOGGER = logging.getLogger(__name__)


class HubOrigin:
    """The model of a hub's ``repository``; ``label`` is what it was asked for by.

    ``is_multilingual`` is what the catalogue says; without it, the repository's name tells by its ``.en``.
    """

    def __init__(
        self,
        repository: str,
        label: str,
        hub: HuggingFaceHub,
        conversions: ConversionCache,
        *,
        is_multilingual: bool | None = None,
    ) -> None:
        self._repository = repository
        self._label = label
        self._hub = hub
        self._conversions = conversions
        self._is_multilingual = ".en" not in repository if is_multilingual is None else is_multilingual

    def describe(self) -> ModelDescription:
        """What can be said of the model without fetching it."""
        folder = self._hub.find(self._repository)
        files = find_model_files(folder) if folder else ()
        return ModelDescription(
            name=self._label,
            origin=f"Hugging Face hub {self._repository}",
            is_available=bool(files),
            is_multilingual=self._is_multilingual,
            size_bytes=sum(file.stat().st_size for file in files) if files else None,
        )

    def pull(self, progress: PullProgress | None) -> Path:
        """The snapshot, or the folder with its conversion.

        Raises:
            HubUnreachable: it is not here, or damaged here, and cannot be fetched.
        """
        found = self._hub.find(self._repository)
        folder = found if found and find_model_files(found) else self._fetch(progress)
        try:
            return self._folder_origin(folder).pull(progress)
        except (ModelCorruptError, UnknownModelError):
            if not self._discard_damaged(folder):
                raise
        return self._folder_origin(self._fetch(progress)).pull(progress)

    def verify(self) -> None:
        """Hash every file of the snapshot, and the conversion if there is one.

        Raises:
            HubUnreachable: the model is not here.
            ModelCorruptError: a file was damaged; it is deleted, so that pulling fetches it again.
        """
        folder = self._hub.find(self._repository)
        if folder is None:
            raise HubUnreachable("was never fetched")
        if damaged := self._discard_damaged(folder):
            raise ModelCorruptError(
                f"{', '.join(file.name for file in damaged)} of {self._label} did not have the published checksum "
                f"and was deleted; `stt models pull {self._label}` fetches it again."
            )
        if not find_model_files(folder):
            raise HubUnreachable("was fetched only in part")
        self._folder_origin(folder).verify()

    def _folder_origin(self, folder: Path) -> FolderOrigin:
        return FolderOrigin(folder, self._label, self._conversions)

    def _fetch(self, progress: PullProgress | None) -> Path:
        """Fetch it; if nobody is shown the progress, the program's log says why it takes so long."""
        show = progress or self._once_to_log()
        return self._hub.fetch(
            self._repository, lambda done, total: show(f"Downloading {self._label}", done, total)
        )

    @staticmethod
    def _once_to_log() -> PullProgress:
        has_told = False

        def tell(what: str, _done: int, total: int | None) -> None:
            nonlocal has_told
            if not has_told:
                _LOGGER.warning("%s, %.0f MB, once", what, (total or 0) / 1e6)
            has_told = True

        return tell

    def _discard_damaged(self, folder: Path) -> list[Path]:
        try:
            return self._hub.discard_damaged(folder)
        except OSError as error:
            raise ModelCorruptError(
                f"The model {self._label} in {folder} is damaged and cannot be deleted ({error}); delete that "
                f"folder, then `stt models pull {self._label}` fetches it again."
            ) from error
