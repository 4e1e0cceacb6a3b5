"""Reads and writes MLX's layout of a Whisper model: ``config.json`` with ten sizes and one file of tensors.

The tensors are named as ``mlx_whisper.whisper.Whisper`` names its parameters. That includes ``alignment_heads``,
shape ``(heads, 2)`` of (decoder layer, head): mlx_whisper loads it with the weights and uses the cross-attention of
those heads for word times; without it, it falls back to all heads of the upper half of the decoder.
"""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "ALIGNMENT_HEADS",
    "CONFIG_FILE",
    "WEIGHTS_FILE",
    "Dimensions",
    "Tensor",
    "WhisperModel",
    "check_names",
    "read_dimensions",
    "write_durably",
    "write_model",
]

CONFIG_FILE: Final = "config.json"
WEIGHTS_FILE: Final = "weights.safetensors"
ALIGNMENT_HEADS: Final = "alignment_heads"

Tensor = npt.NDArray[Any]
"""Weights of any shape, in any of the types that the layouts have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensions:
    """The sizes of one Whisper model, named as in ``mlx_whisper.whisper.ModelDimensions``."""

    n_mels: int
    n_audio_ctx: int
    n_audio_state: int
    n_audio_head: int
    n_audio_layer: int
    n_vocab: int
    n_text_ctx: int
    n_text_state: int
    n_text_head: int
    n_text_layer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WhisperModel:
    """A model under MLX's names; ``alignment_heads`` is empty when nobody measured them.

    Raises:
        ValueError: a tensor is missing, left over or of the wrong shape.
    """

    dimensions: Dimensions
    tensors: dict[str, Tensor]
    alignment_heads: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        _check_shapes(self)


def read_dimensions(folder: Path) -> Dimensions:
    """The sizes in the folder's ``config.json``.

    Raises:
        ValueError, KeyError, TypeError: it is damaged.
    """
    config = json.loads((folder / CONFIG_FILE).read_bytes())
    return Dimensions(**{field.name: int(config[field.name]) for field in fields(Dimensions)})


def check_names(dimensions: Dimensions, names: set[str]) -> None:
    """Raise ``ValueError`` if a tensor is missing: mlx_whisper would keep random weights for it.

    Those of quantised weights are there by the same names, their scales beside them.
    """
    if missing := sorted(_expected_shapes(dimensions).keys() - names):
        raise ValueError(f"{len(missing)} tensors are missing, {missing[0]} among them")


def write_model(folder: Path, model: WhisperModel) -> None:
    """Write the model's files into the existing ``folder``, safe against a crash on return.

    Raises:
        OSError: they cannot be written.
    """
    from safetensors import SafetensorError  # noqa: PLC0415 - only a conversion needs it
    from safetensors.numpy import save_file  # noqa: PLC0415

    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in model.tensors.items()}
    if model.alignment_heads:
        tensors[ALIGNMENT_HEADS] = np.array(model.alignment_heads, dtype=np.int32)
    try:
        save_file(tensors, folder / WEIGHTS_FILE, metadata={"format": "mlx"})
    except SafetensorError as error:
        raise OSError(str(error)) from error
    write_durably(folder / CONFIG_FILE, json.dumps(asdict(model.dimensions), indent=2).encode())
    with (folder / WEIGHTS_FILE).open("rb") as weights:
        os.fsync(weights.fileno())
    # safetensors makes the file for its owner alone, whatever the umask says.
    (folder / WEIGHTS_FILE).chmod((folder / CONFIG_FILE).stat().st_mode)


def write_durably(path: Path, content: bytes) -> None:
    """Write a file that is on the disk on return, and not only on its way there."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _check_shapes(model: WhisperModel) -> None:
    """Check that no tensor is left over or misshapen: outside MLX's own layout it means that a file was misread."""
    expected = _expected_shapes(model.dimensions)
    found = {name: tensor.shape for name, tensor in model.tensors.items()}
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        name = wrong[0]
        raise ValueError(
            f"{len(wrong)} tensors are not Whisper's: {name} has the shape {found.get(name, 'of nothing')}, "
            f"expected {expected.get(name, 'no such tensor')}"
        )


def _expected_shapes(size: Dimensions) -> dict[str, tuple[int, ...]]:
    audio, text = size.n_audio_state, size.n_text_state
    shapes: dict[str, tuple[int, ...]] = {
        "encoder.conv1.weight": (audio, 3, size.n_mels),
        "encoder.conv1.bias": (audio,),
        "encoder.conv2.weight": (audio, 3, audio),
        "encoder.conv2.bias": (audio,),
        "decoder.token_embedding.weight": (size.n_vocab, text),
        "decoder.positional_embedding": (size.n_text_ctx, text),
        **_norm_shapes("encoder.ln_post", audio),
        **_norm_shapes("decoder.ln", text),
    }
    for layer in range(size.n_audio_layer):
        shapes |= _block_shapes(f"encoder.blocks.{layer}", audio, ("attn",))
    for layer in range(size.n_text_layer):
        shapes |= _block_shapes(f"decoder.blocks.{layer}", text, ("attn", "cross_attn"))
    return shapes


def _norm_shapes(name: str, state: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (state,), f"{name}.bias": (state,)}


def _block_shapes(block: str, state: int, attentions: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        f"{block}.mlp1.weight": (4 * state, state),
        f"{block}.mlp1.bias": (4 * state,),
        f"{block}.mlp2.weight": (state, 4 * state),
        f"{block}.mlp2.bias": (state,),
        **_norm_shapes(f"{block}.mlp_ln", state),
    }
    for attention in attentions:
        shapes |= _norm_shapes(f"{block}.{attention}_ln", state)
        shapes[f"{block}.{attention}.key.weight"] = (state, state)
        for part in ("query", "value", "out"):
            shapes[f"{block}.{attention}.{part}.weight"] = (state, state)
            shapes[f"{block}.{attention}.{part}.bias"] = (state,)
    return shapes
