"""Reads a Whisper model in CTranslate2's layout: ``model.bin`` and ``config.json``.

CTranslate2 fuses the projections of self-attention (query, key, value) and of cross-attention (key, value) into one
matrix, stacked by rows, and keeps convolution kernels as (out, in, width) where MLX wants (out, width, in).
"""

import json
from pathlib import Path
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.model_repository.ctranslate2_file import read_variables
from realtime_mlx_stt.adapters.model_repository.mlx_layout import ALIGNMENT_HEADS, Dimensions, Tensor, WhisperModel

__all__ = ["MODEL_FILE", "read_dimensions", "read_model"]

MODEL_FILE: Final = "model.bin"

_Variables = dict[str, Tensor]


def read_model(content: Tensor, config_file: Path) -> WhisperModel:
    """The model whose ``model.bin`` has this ``content`` (uint8), with its ``config.json``.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: one of them is damaged, or it is not a Whisper model.
        OSError: ``config_file`` cannot be read.
    """
    variables = read_variables(content)
    config = json.loads(config_file.read_bytes())
    heads = config.get(ALIGNMENT_HEADS) or []
    return WhisperModel(
        dimensions=_dimensions(variables),
        tensors=_tensors(variables),
        alignment_heads=tuple((int(layer), int(head)) for layer, head in heads),
    )


def read_dimensions(content: Tensor) -> Dimensions:
    """The sizes of the model whose ``model.bin`` has this ``content`` (uint8).

    Raises:
        ValueError, KeyError, TypeError: it is damaged.
    """
    return _dimensions(read_variables(content))


def _layers(variables: _Variables, side: str) -> int:
    return len(
        {name.split("/")[1] for name in variables if name.startswith(f"{side}/layer_") and name.count("/") > 2}
    )


def _dimensions(variables: _Variables) -> Dimensions:
    audio_context, audio_state = variables["encoder/position_encodings/encodings"].shape
    text_context, text_state = variables["decoder/position_encodings/encodings"].shape
    return Dimensions(
        n_mels=variables["encoder/conv1/weight"].shape[1],
        n_audio_ctx=audio_context,
        n_audio_state=audio_state,
        n_audio_head=int(variables["encoder/num_heads"]),
        n_audio_layer=_layers(variables, "encoder"),
        n_vocab=variables["decoder/embeddings/weight"].shape[0],
        n_text_ctx=text_context,
        n_text_state=text_state,
        n_text_head=int(variables["decoder/num_heads"]),
        n_text_layer=_layers(variables, "decoder"),
    )


def _tensors(variables: _Variables) -> dict[str, Tensor]:
    tensors = {
        "decoder.token_embedding.weight": variables["decoder/embeddings/weight"],
        "decoder.positional_embedding": variables["decoder/position_encodings/encodings"],
        **_norm(variables, "encoder/layer_norm", "encoder.ln_post"),
        **_norm(variables, "decoder/layer_norm", "decoder.ln"),
    }
    for name in ("conv1", "conv2"):
        tensors[f"encoder.{name}.weight"] = variables[f"encoder/{name}/weight"].transpose(0, 2, 1)
        tensors[f"encoder.{name}.bias"] = variables[f"encoder/{name}/bias"]
    for side in ("encoder", "decoder"):
        for layer in range(_layers(variables, side)):
            tensors |= _block(variables, f"{side}/layer_{layer}", f"{side}.blocks.{layer}")
    return tensors


def _block(variables: _Variables, source: str, block: str) -> dict[str, Tensor]:
    tensors = {
        **_linear(
            variables, f"{source}/self_attention/linear_0", [f"{block}.attn.{x}" for x in ("query", "key", "value")]
        ),
        **_linear(variables, f"{source}/self_attention/linear_1", [f"{block}.attn.out"]),
        **_norm(variables, f"{source}/self_attention/layer_norm", f"{block}.attn_ln"),
        **_linear(variables, f"{source}/ffn/linear_0", [f"{block}.mlp1"]),
        **_linear(variables, f"{source}/ffn/linear_1", [f"{block}.mlp2"]),
        **_norm(variables, f"{source}/ffn/layer_norm", f"{block}.mlp_ln"),
    }
    if source.startswith("decoder"):
        tensors |= {
            **_linear(variables, f"{source}/attention/linear_0", [f"{block}.cross_attn.query"]),
            **_linear(
                variables, f"{source}/attention/linear_1", [f"{block}.cross_attn.{x}" for x in ("key", "value")]
            ),
            **_linear(variables, f"{source}/attention/linear_2", [f"{block}.cross_attn.out"]),
            **_norm(variables, f"{source}/attention/layer_norm", f"{block}.cross_attn_ln"),
        }
    return tensors


def _norm(variables: _Variables, source: str, target: str) -> dict[str, Tensor]:
    return {f"{target}.weight": variables[f"{source}/gamma"], f"{target}.bias": variables[f"{source}/beta"]}


def _linear(variables: _Variables, source: str, targets: list[str]) -> dict[str, Tensor]:
    """Split a fused projection into its parts. Whisper's keys have no bias; CTranslate2 stores zeros for it."""
    weights = np.split(variables[f"{source}/weight"], len(targets))
    biases = np.split(variables[f"{source}/bias"], len(targets))
    tensors = {f"{target}.weight": weight for target, weight in zip(targets, weights, strict=True)}
    tensors |= {
        f"{target}.bias": bias for target, bias in zip(targets, biases, strict=True) if not target.endswith(".key")
    }
    return tensors
