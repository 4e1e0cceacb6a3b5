"""A model on the Hugging Face hub: from its local cache when it is there, else fetched."""

from pathlib import Path

from realtime_mlx_stt.adapters.model_repository.conversion_cache import ConversionCache
from realtime_mlx_stt.adapters.model_repository.folder_models import detect_layout, model_files
from realtime_mlx_stt.adapters.model_repository.folder_origin import FolderOrigin
from realtime_mlx_stt.adapters.model_repository.hub import HubUnreachable, HuggingFaceHub
from realtime_mlx_stt.ports.model_repository import ModelCorruptError, ModelDescription, PullProgress

__all__ = ["HubOrigin"]


class HubOrigin:
    """The model of a hub's ``repository``; ``label`` is what it was asked for by."""

    def __init__(self, repository: str, label: str, hub: HuggingFaceHub, conversions: ConversionCache) -> None:
        self._repository = repository
        self._label = label
        self._hub = hub
        self._conversions = conversions

    def describe(self, *, is_multilingual: bool | None = None) -> ModelDescription:
        """What can be said of the model without fetching it.

        ``is_multilingual`` is what the catalogue says; without it, the repository's name tells by its ``.en``.
        """
        folder = self._cached_folder()
        layout = detect_layout(folder) if folder else None
        files = model_files(folder, layout) if folder and layout else []
        return ModelDescription(
            name=self._label,
            origin=f"Hugging Face hub {self._repository}",
            is_available=bool(files),
            is_multilingual=".en" not in self._repository if is_multilingual is None else is_multilingual,
            size_bytes=sum(file.stat().st_size for file in files) if files else None,
        )

    def pull(self, progress: PullProgress | None) -> Path:
        """The snapshot, or the folder with its conversion.

        Raises:
            HubUnreachable: it is not here, or damaged here, and cannot be fetched.
        """
        folder = self._cached_folder()
        if folder is not None:
            try:
                return self._folder_origin(folder).pull(progress)
            except ModelCorruptError:
                if not self._discard_damaged(folder):
                    raise
        return self._folder_origin(self._fetch(progress)).pull(progress)

    def verify(self) -> None:
        """Hash every file of the snapshot, and the conversion if there is one.

        Raises:
            HubUnreachable: the model is not here.
            ModelCorruptError: a file was damaged; it is deleted, so that pulling fetches it again.
        """
        folder = self._cached_folder()
        if folder is None:
            raise HubUnreachable("was never fetched")
        if damaged := self._discard_damaged(folder):
            raise ModelCorruptError(
                f"{', '.join(file.name for file in damaged)} of {self._label} did not have the published checksum "
                f"and was deleted; `stt models pull {self._label}` fetches it again."
            )
        self._folder_origin(folder).verify()

    def _cached_folder(self) -> Path | None:
        folder = self._hub.find(self._repository)
        return folder if folder and detect_layout(folder) else None

    def _folder_origin(self, folder: Path) -> FolderOrigin:
        return FolderOrigin(folder, self._label, self._conversions)

    def _fetch(self, progress: PullProgress | None) -> Path:
        def on_fetched(done: int, total: int) -> None:
            if progress:
                progress(f"Downloading {self._label}", done, total)

        return self._hub.fetch(self._repository, on_fetched)

    def _discard_damaged(self, folder: Path) -> list[Path]:
        layout = detect_layout(folder)
        try:
            return self._hub.discard_damaged(model_files(folder, layout) if layout else ())
        except OSError as error:
            raise ModelCorruptError(
                f"The model {self._label} in {folder} is damaged and cannot be deleted ({error}); delete that "
                f"folder, then `stt models pull {self._label}` fetches it again."
            ) from error
