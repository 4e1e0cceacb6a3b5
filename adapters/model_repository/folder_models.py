"""Finds out which of the three layouts a folder's model has, which files belong to it, and whether it is whole."""

import json
import zipfile
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from realtime_mlx_stt.adapters.model_repository import ctranslate2_layout, mlx_layout, transformers_layout
from realtime_mlx_stt.adapters.model_repository.damage import reading
from realtime_mlx_stt.adapters.model_repository.mlx_layout import (
    CONFIG_FILE,
    WEIGHTS_FILE,
    Dimensions,
    Tensor,
    WhisperModel,
    check_names,
)
from realtime_mlx_stt.ports.model_repository import ModelCorruptError

__all__ = [
    "ForeignLayout",
    "Layout",
    "check_mlx_folder",
    "detect_layout",
    "find_model_files",
    "model_files",
    "read_dimensions",
    "read_model",
]

_NPZ_WEIGHTS_FILE: Final = "weights.npz"


class Layout(StrEnum):
    """How the files of a model are named and arranged."""

    MLX = "MLX"
    CTRANSLATE2 = "CTranslate2"
    TRANSFORMERS = "Hugging Face transformers"


ForeignLayout = Literal[Layout.CTRANSLATE2, Layout.TRANSFORMERS]
"""The layouts that must be converted."""


def detect_layout(folder: Path) -> Layout | None:
    """The layout of the weights in the folder, or None when there are none of a Whisper model."""
    config = _config(folder)
    if "n_audio_state" in config and _weights_file(folder).is_file():
        return Layout.MLX
    if (folder / ctranslate2_layout.MODEL_FILE).is_file():
        return Layout.CTRANSLATE2
    has_weights = any(
        (folder / name).is_file() for name in (transformers_layout.MODEL_FILE, transformers_layout.INDEX_FILE)
    )
    if has_weights and config.get("model_type") == transformers_layout.MODEL_TYPE:
        return Layout.TRANSFORMERS
    return None


def find_model_files(folder: Path) -> list[Path]:
    """The files that make up the model; nothing when there is no model, or not all of it."""
    layout = detect_layout(folder)
    try:
        return model_files(folder, layout) if layout else []
    except ModelCorruptError:
        return []


def model_files(folder: Path, layout: Layout) -> list[Path]:
    """The files that make up the model.

    Raises:
        ModelCorruptError: one of them is missing, or the list of them is damaged.
    """
    with reading(f"The model in {folder}"):
        files = _named_files(folder, layout)
        if missing := [file.name for file in files if not file.is_file()]:
            raise ValueError(f"there is no {', '.join(missing)}")
        return files


def read_dimensions(folder: Path, layout: Layout) -> Dimensions:
    """The sizes of the model, without reading its weights.

    Raises:
        ModelCorruptError: the file that says them is damaged.
    """
    with reading(f"The model in {folder}"):
        match layout:
            case Layout.MLX:
                return mlx_layout.read_dimensions(folder)
            case Layout.CTRANSLATE2:
                return ctranslate2_layout.read_dimensions(_ctranslate2_content(folder))
            case Layout.TRANSFORMERS:
                return transformers_layout.read_dimensions(folder)


def read_model(folder: Path, layout: ForeignLayout) -> WhisperModel:
    """The model under MLX's names.

    Raises:
        ModelCorruptError: a file is damaged.
    """
    with reading(f"The model in {folder}"):
        if layout is Layout.TRANSFORMERS:
            return transformers_layout.read_model(folder)
        return ctranslate2_layout.read_model(_ctranslate2_content(folder), folder / CONFIG_FILE)


def check_mlx_folder(folder: Path) -> None:
    """Check in a few milliseconds that a model in MLX's layout has all its tensors and no file is cut short.

    Raises:
        ModelCorruptError: it is not so; the message names the file.
    """
    dimensions = read_dimensions(folder, Layout.MLX)
    weights = _weights_file(folder)
    with reading(str(weights)):
        check_names(dimensions, _tensor_names(weights))


def _named_files(folder: Path, layout: Layout) -> list[Path]:
    match layout:
        case Layout.MLX:
            return [folder / CONFIG_FILE, _weights_file(folder)]
        case Layout.CTRANSLATE2:
            return [folder / ctranslate2_layout.MODEL_FILE, folder / CONFIG_FILE]
        case Layout.TRANSFORMERS:
            return transformers_layout.model_files(folder)


def _ctranslate2_content(folder: Path) -> Tensor:
    return np.memmap(folder / ctranslate2_layout.MODEL_FILE, dtype=np.uint8, mode="r")


def _weights_file(folder: Path) -> Path:
    safetensors = folder / WEIGHTS_FILE
    return safetensors if safetensors.is_file() else folder / _NPZ_WEIGHTS_FILE


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG_FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def _tensor_names(weights: Path) -> set[str]:
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415 - kept off the import path

    try:
        if weights.name == WEIGHTS_FILE:
            with safe_open(weights, "numpy") as file:
                return set(file.keys())
        with zipfile.ZipFile(weights) as archive:
            return {name.removesuffix(".npy") for name in archive.namelist()}
    except (SafetensorError, zipfile.BadZipFile) as error:
        raise ValueError(str(error)) from error
