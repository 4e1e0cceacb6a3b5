"""Provides a model in a folder: as it is in MLX's layout, converted from the two others."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from realtime_mlx_stt.adapters.model_repository.conversion_cache import ConversionCache, ForeignModel
from realtime_mlx_stt.adapters.model_repository.folder_models import (
    ForeignLayout,
    Layout,
    check_mlx_folder,
    detect_layout,
    model_files,
    read_dimensions,
    read_model,
)
from realtime_mlx_stt.adapters.model_repository.mlx_layout import WhisperModel
from realtime_mlx_stt.ports.model_repository import ModelDescription, PullProgress, UnknownModelError

__all__ = ["FolderOrigin"]

_MULTILINGUAL_VOCABULARY: Final = 51_865
"""The fewest tokens of a multilingual Whisper; English-only ones have 51 864."""
_LONGEST_KEY_NAME: Final = 40
"""How much of a folder's name goes into its key; file systems allow 255 bytes."""


class FolderOrigin:
    """The model in ``folder``; ``label`` is what it was asked for by."""

    def __init__(self, folder: Path, label: str, conversions: ConversionCache) -> None:
        self._folder = folder.resolve()
        self._label = label
        self._conversions = conversions

    def describe(self) -> ModelDescription:
        """What can be said of the model."""
        layout = self._layout()
        return ModelDescription(
            name=self._label,
            origin=f"folder {self._folder}",
            is_available=True,
            is_multilingual=read_dimensions(self._folder, layout).n_vocab >= _MULTILINGUAL_VOCABULARY,
            size_bytes=sum(file.stat().st_size for file in model_files(self._folder, layout)),
        )

    def pull(self, progress: PullProgress | None) -> Path:
        """The folder itself or the one with its conversion."""
        layout = self._layout()
        if layout is Layout.MLX:
            check_mlx_folder(self._folder)
            return self._folder
        return self._conversions.provide(self._source(layout), progress)

    def verify(self) -> None:
        """Check that the folder is whole, and its conversion unchanged; there is no published checksum."""
        layout = self._layout()
        if layout is Layout.MLX:
            check_mlx_folder(self._folder)
        else:
            source = self._source(layout)
            read_model(self._folder, layout)
            self._conversions.verify(source)

    def _layout(self) -> Layout:
        layout = detect_layout(self._folder)
        if layout is None:
            raise UnknownModelError(
                f"{self._folder} holds no Whisper model: there must be a config.json with weights.safetensors or "
                "weights.npz (MLX), model.safetensors (transformers) or model.bin (CTranslate2)."
            )
        return layout

    def _source(self, layout: ForeignLayout) -> ForeignModel:
        """The source, named by the folder's path; another one once a file's name, size or time changes."""
        files = [(file.name, file.stat()) for file in model_files(self._folder, layout)]
        size_bytes = sum(status.st_size for _, status in files)
        state = "".join(f"{name} {status.st_size} {status.st_mtime_ns}\n" for name, status in files)

        def read(on_bytes: Callable[[int], None]) -> WhisperModel:
            # This is quick: large tensors stay in the files until they are written.
            model = read_model(self._folder, layout)
            on_bytes(size_bytes)
            return model

        return ForeignModel(
            label=self._label,
            key=f"{self._folder.name[:_LONGEST_KEY_NAME]}-{_digest(str(self._folder))[:12]}",
            fingerprint=_digest(state),
            size_bytes=size_bytes,
            read=read,
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
