"""A model in a folder: used as it is in MLX's layout, converted from the two others."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from realtime_mlx_stt.adapters.model_repository.checksums import file_sha256
from realtime_mlx_stt.adapters.model_repository.conversion_cache import ConversionCache
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


class FolderOrigin:
    """The model in ``folder``; ``label`` is what it was asked for by."""

    def __init__(self, folder: Path, label: str, conversions: ConversionCache) -> None:
        self._folder = folder
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
        return self._conversions.provide(FolderSource(self._folder, layout, self._label), progress)

    def verify(self) -> None:
        """See that the folder is whole, and its conversion as it was made; nobody published a checksum for it."""
        layout = self._layout()
        if layout is Layout.MLX:
            check_mlx_folder(self._folder)
        else:
            self._conversions.verify(FolderSource(self._folder, layout, self._label))

    def _layout(self) -> Layout:
        layout = detect_layout(self._folder)
        if layout is None:
            raise UnknownModelError(
                f"{self._folder} holds no Whisper model: there must be a config.json with weights.safetensors or "
                "weights.npz (MLX), model.safetensors (transformers) or model.bin (CTranslate2)."
            )
        return layout


class FolderSource:
    """A folder in CTranslate2's or transformers' layout as something to convert."""

    def __init__(self, folder: Path, layout: ForeignLayout, label: str) -> None:
        self._folder = folder.resolve()
        self._layout = layout
        self._label = label

    @property
    def label(self) -> str:
        """The name by which the model was asked for."""
        return self._label

    @property
    def key(self) -> str:
        """The folder's name with a digest of its path."""
        return f"{self._folder.name}-{hashlib.sha256(str(self._folder).encode()).hexdigest()[:12]}"

    @property
    def fingerprint(self) -> str:
        """A digest of the files' names, sizes and times of change."""
        digest = hashlib.sha256()
        for file in model_files(self._folder, self._layout):
            status = file.stat()
            digest.update(f"{file.name} {status.st_size} {status.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    @property
    def size_bytes(self) -> int:
        """The size of all its files."""
        return sum(file.stat().st_size for file in model_files(self._folder, self._layout))

    def sha256(self) -> str:
        """A digest of the files' digests."""
        digest = hashlib.sha256()
        for file in model_files(self._folder, self._layout):
            digest.update(f"{file.name} {file_sha256(file)}\n".encode())
        return digest.hexdigest()

    def read(self, on_bytes: Callable[[int], None]) -> WhisperModel:
        """The model under MLX's names; large tensors stay in the file until they are written."""
        model = read_model(self._folder, self._layout)
        on_bytes(self.size_bytes)
        return model
