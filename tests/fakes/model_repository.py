"""A model repository whose models are a line of text each."""

import difflib
from collections.abc import Collection
from pathlib import Path
from typing import Final

from realtime_mlx_stt.ports.model_repository import (
    ModelCacheError,
    ModelCorruptError,
    ModelDescription,
    ModelRepositoryError,
    ModelUnreachableError,
    PullProgress,
    UnknownModelError,
)

__all__ = ["FakeModelRepository"]

_FILES: Final = ("config.json", "weights.safetensors")


class FakeModelRepository:
    """Keeps its models below ``folder``; those ``out_of_reach`` are known, and no network leads to them.

    ``failure`` is raised by every pull while it is set. ``pulled`` are the names that were asked for.
    """

    def __init__(
        self,
        folder: Path,
        *,
        available: Collection[str] = ("tiny.en", "base"),
        out_of_reach: Collection[str] = ("small", "large-v3-turbo"),
        failure: ModelRepositoryError | None = None,
    ) -> None:
        self._folder = folder
        self._available = available
        self._out_of_reach = out_of_reach
        self.failure = failure
        self.pulled: list[str] = []

    def models(self) -> tuple[ModelDescription, ...]:
        """The models in the order in which they were given."""
        return tuple(self._describe(name) for name in (*self._available, *self._out_of_reach))

    def pull(self, name: str, progress: PullProgress | None = None) -> Path:
        """Write the model's files unless they are there."""
        self.pulled.append(name)
        if self.failure is not None:
            raise self.failure
        self._check(name)
        if name not in self._available:
            return Path(name).resolve()
        folder = self._folder / name
        if not all((folder / file).exists() for file in _FILES):
            self._write(folder, name, progress)
        return folder

    def require_known(self, name: str) -> None:
        """Refuse a name that no model has."""
        if name not in self._out_of_reach:
            self._check(name)

    def verify(self, name: str) -> ModelDescription:
        """Compare the files with what was written; those that differ are deleted."""
        self._check(name)
        for path in (self._folder / name / file for file in _FILES if name in self._available):
            if path.exists() and path.read_text() != _content(name):
                path.unlink()
                raise ModelCorruptError(f"{path} is damaged: `stt models pull {name}` makes it anew.")
        return self._describe(name)

    def _describe(self, name: str) -> ModelDescription:
        is_here = name not in self._out_of_reach
        return ModelDescription(
            name=name,
            origin="made up",
            is_available=is_here,
            is_multilingual=not name.endswith(".en"),
            size_bytes=len(_FILES) * len(_content(name)) if is_here else None,
        )

    def _check(self, name: str) -> None:
        here = ", ".join(self._available)
        if name in self._out_of_reach:
            raise ModelUnreachableError(
                f"The model {name} is out of reach; available here: {here}; `stt models pull {name}` gets it."
            )
        if name not in self._available and not _is_model(name):
            near = difflib.get_close_matches(name, [*self._available, *self._out_of_reach])
            raise UnknownModelError(f"There is no model '{name}'; near are {near}. Known are {here}.")

    def _write(self, folder: Path, name: str, progress: PullProgress | None) -> None:
        size = len(_FILES) * len(_content(name))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for number, file in enumerate(_FILES, 1):
                (folder / file).write_text(_content(name))
                if progress:
                    progress(f"Writing {name}", number * len(_content(name)), size)
        except OSError as error:
            raise ModelCacheError(f"The model {name} cannot be stored in {self._folder} ({error}).") from error


def _is_model(path: str) -> bool:
    try:
        return {file.name for file in Path(path).iterdir()}.issuperset(_FILES)
    except (OSError, ValueError):
        return False


def _content(name: str) -> str:
    return f"the model {name}"
