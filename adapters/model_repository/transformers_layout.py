"""Reads a Whisper model in Hugging Face transformers' layout: ``config.json`` and ``model.safetensors``.

Large models are split into several files, named in ``model.safetensors.index.json``. Transformers keeps
convolution kernels as (out, in, width) where MLX wants (out, width, in), and stores two tensors that MLX computes
or shares: the encoder's sinusoids and the output projection, which is the token embedding.
"""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from realtime_mlx_stt.adapters.model_repository.mlx_layout import (
    ALIGNMENT_HEADS,
    CONFIG_FILE,
    Dimensions,
    Tensor,
    WhisperModel,
)

__all__ = ["INDEX_FILE", "MODEL_FILE", "MODEL_TYPE", "model_files", "read_dimensions", "read_model"]

MODEL_TYPE: Final = "whisper"
"""What ``config.json`` calls it."""
MODEL_FILE: Final = "model.safetensors"
INDEX_FILE: Final = "model.safetensors.index.json"
_GENERATION_FILE: Final = "generation_config.json"

_TYPES: Final = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}
_NOT_IN_MLX: Final = frozenset({"proj_out.weight", "encoder.embed_positions.weight"})
_NAMES: Final = {
    "layers": "blocks",
    "self_attn": "attn",
    "self_attn_layer_norm": "attn_ln",
    "encoder_attn": "cross_attn",
    "encoder_attn_layer_norm": "cross_attn_ln",
    "q_proj": "query",
    "k_proj": "key",
    "v_proj": "value",
    "out_proj": "out",
    "fc1": "mlp1",
    "fc2": "mlp2",
    "final_layer_norm": "mlp_ln",
    "embed_tokens": "token_embedding",
}


def model_files(folder: Path) -> list[Path]:
    """The files of the model that count, ``config.json`` first.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: the index is damaged.
        OSError: a file cannot be read.
    """
    index = folder / INDEX_FILE
    names = sorted(set(_load_json(index)["weight_map"].values())) if index.is_file() else [MODEL_FILE]
    generation = [folder / _GENERATION_FILE] if (folder / _GENERATION_FILE).is_file() else []
    return [folder / CONFIG_FILE, *generation, *(folder / name for name in names)]


def read_model(folder: Path) -> WhisperModel:
    """The model in the folder.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: a file is damaged, or it is not a Whisper model.
        OSError: a file cannot be read.
    """
    generation = folder / _GENERATION_FILE
    heads = (_load_json(generation).get(ALIGNMENT_HEADS) if generation.is_file() else None) or []
    tensors: dict[str, Tensor] = {}
    for path in model_files(folder):
        if path.suffix == ".safetensors":
            tensors |= _read_tensors(path)
    return WhisperModel(
        dimensions=read_dimensions(folder),
        tensors=dict(_renamed(name, tensor) for name, tensor in tensors.items() if _plain(name) not in _NOT_IN_MLX),
        alignment_heads=tuple((int(layer), int(head)) for layer, head in heads),
    )


def _load_json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def read_dimensions(folder: Path) -> Dimensions:
    """The sizes in the folder's ``config.json``.

    Raises:
        ValueError, KeyError, TypeError: it is damaged.
    """
    config = _load_json(folder / CONFIG_FILE)
    return Dimensions(
        n_mels=config["num_mel_bins"],
        n_audio_ctx=config["max_source_positions"],
        n_audio_state=config["d_model"],
        n_audio_head=config["encoder_attention_heads"],
        n_audio_layer=config["encoder_layers"],
        n_vocab=config["vocab_size"],
        n_text_ctx=config["max_target_positions"],
        n_text_state=config["d_model"],
        n_text_head=config["decoder_attention_heads"],
        n_text_layer=config["decoder_layers"],
    )


def _plain(name: str) -> str:
    return name.removeprefix("model.")


def _renamed(name: str, tensor: Tensor) -> tuple[str, Tensor]:
    plain = _plain(name)
    if plain == "decoder.embed_positions.weight":
        return "decoder.positional_embedding", tensor
    side, *rest = plain.split(".")
    if rest[0] == "layer_norm":
        rest[0] = "ln_post" if side == "encoder" else "ln"
    renamed = ".".join([side, *(_NAMES.get(part, part) for part in rest)])
    return renamed, tensor.transpose(0, 2, 1) if rest[0].startswith("conv") and tensor.ndim == 3 else tensor


def _read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors as numpy's; numpy has no bfloat16, which becomes the float32 of the same value."""
    from safetensors import SafetensorError, deserialize, safe_open  # noqa: PLC0415 - only a conversion needs it

    try:
        with safe_open(path, "numpy") as file:
            names = file.keys()
            if all(file.get_slice(name).get_dtype() != "BF16" for name in names):
                return {name: file.get_tensor(name) for name in names}
        return {name: _from_bytes(stored) for name, stored in deserialize(path.read_bytes())}  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise ValueError(f"{path.name}: {error}") from error


def _from_bytes(stored: dict[str, Any]) -> Tensor:
    values = np.frombuffer(stored["data"], dtype=_TYPES[stored["dtype"]]).reshape(stored["shape"])
    return (values.astype(np.uint32) << 16).view(np.float32) if stored["dtype"] == "BF16" else values
