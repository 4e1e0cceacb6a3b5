"""Small made-up Whisper models, written in each of the layouts by hand, apart from the code that reads them."""

import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

__all__ = [
    "ALIGNMENT_HEADS",
    "DIMENSIONS",
    "Tensors",
    "ctranslate2_content",
    "made_up_tensors",
    "read_weights",
    "write_ctranslate2",
    "write_mlx",
    "write_npz",
    "write_transformers",
]

Tensors = dict[str, npt.NDArray[Any]]

MELS, CONTEXT, STATE, HEADS, VOCABULARY, TEXT_CONTEXT = 5, 6, 8, 2, 11, 7
LAYERS: Final = 2
DIMENSIONS: Final = {
    "n_mels": MELS,
    "n_audio_ctx": CONTEXT,
    "n_audio_state": STATE,
    "n_audio_head": HEADS,
    "n_audio_layer": LAYERS,
    "n_vocab": VOCABULARY,
    "n_text_ctx": TEXT_CONTEXT,
    "n_text_state": STATE,
    "n_text_head": HEADS,
    "n_text_layer": LAYERS,
}
ALIGNMENT_HEADS: Final = [[1, 0], [1, 1]]


def made_up_tensors(seed: int = 0, dtype: npt.DTypeLike = np.float16) -> Tensors:
    """Every tensor of a model of ``DIMENSIONS`` under MLX's names, each value another one."""
    random = np.random.default_rng(seed)
    return {name: random.standard_normal(shape).astype(dtype) for name, shape in _shapes()}


def _shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "encoder.conv1.weight", (STATE, 3, MELS)
    yield "encoder.conv1.bias", (STATE,)
    yield "encoder.conv2.weight", (STATE, 3, STATE)
    yield "encoder.conv2.bias", (STATE,)
    yield "decoder.token_embedding.weight", (VOCABULARY, STATE)
    yield "decoder.positional_embedding", (TEXT_CONTEXT, STATE)
    for name in ("encoder.ln_post", "decoder.ln"):
        yield from _norm(name)
    for layer in range(LAYERS):
        yield from _block(f"encoder.blocks.{layer}", ["attn"])
        yield from _block(f"decoder.blocks.{layer}", ["attn", "cross_attn"])


def _norm(name: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (STATE,)
    yield f"{name}.bias", (STATE,)


def _block(block: str, attentions: list[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    for attention in attentions:
        for part in ("query", "key", "value", "out"):
            yield f"{block}.{attention}.{part}.weight", (STATE, STATE)
            if part != "key":
                yield f"{block}.{attention}.{part}.bias", (STATE,)
        yield from _norm(f"{block}.{attention}_ln")
    yield f"{block}.mlp1.weight", (4 * STATE, STATE)
    yield f"{block}.mlp1.bias", (4 * STATE,)
    yield f"{block}.mlp2.weight", (STATE, 4 * STATE)
    yield f"{block}.mlp2.bias", (STATE,)
    yield from _norm(f"{block}.mlp_ln")


def read_weights(folder: Path) -> Tensors:
    """The tensors of a folder in MLX's layout."""
    from safetensors.numpy import load_file  # noqa: PLC0415 - a stub without types

    loaded: Tensors = load_file(folder / "weights.safetensors")
    return loaded


def write_mlx(folder: Path, tensors: Tensors, **extra_config: Any) -> Path:
    """MLX's layout."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(DIMENSIONS | extra_config))
    save_file(tensors, folder / "weights.safetensors")
    return folder


def write_npz(folder: Path, tensors: Tensors) -> Path:
    """MLX's layout as it was at first, with an archive of numpy files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(DIMENSIONS))
    np.savez(folder / "weights.npz", **tensors)  # type: ignore[arg-type]  # names that are no options
    return folder


# Transformers

_TRANSFORMERS_CONFIG: Final = {
    "model_type": "whisper",
    "architectures": ["WhisperForConditionalGeneration"],
    "num_mel_bins": MELS,
    "max_source_positions": CONTEXT,
    "d_model": STATE,
    "encoder_attention_heads": HEADS,
    "encoder_layers": LAYERS,
    "vocab_size": VOCABULARY,
    "max_target_positions": TEXT_CONTEXT,
    "decoder_attention_heads": HEADS,
    "decoder_layers": LAYERS,
}
_TRANSFORMERS_NAMES: Final = (
    ("decoder.positional_embedding", "decoder.embed_positions.weight"),
    ("token_embedding", "embed_tokens"),
    ("cross_attn_ln", "encoder_attn_layer_norm"),
    ("cross_attn", "encoder_attn"),
    ("blocks", "layers"),
    ("mlp_ln", "final_layer_norm"),
    ("mlp1", "fc1"),
    ("mlp2", "fc2"),
    (".attn_ln", ".self_attn_layer_norm"),
    (".attn.", ".self_attn."),
    ("query", "q_proj"),
    ("key", "k_proj"),
    ("value", "v_proj"),
    (".out.", ".out_proj."),
    ("ln_post", "layer_norm"),
    ("decoder.ln.", "decoder.layer_norm."),
)


def write_transformers(folder: Path, tensors: Tensors, *, shards: int = 1, prefix: str = "model.") -> Path:
    """Hugging Face transformers' layout, in one file or several."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(_TRANSFORMERS_CONFIG))
    (folder / "generation_config.json").write_text(json.dumps({"alignment_heads": ALIGNMENT_HEADS}))
    renamed: Tensors = {"proj_out.weight": tensors["decoder.token_embedding.weight"]}
    renamed[f"{prefix}encoder.embed_positions.weight"] = np.zeros((CONTEXT, STATE), dtype=np.float32)
    for name, tensor in tensors.items():
        transformers_name = prefix + name
        for mlx, transformers in _TRANSFORMERS_NAMES:
            transformers_name = transformers_name.replace(mlx, transformers)
        is_kernel = ".conv" in name and tensor.ndim == 3
        renamed[transformers_name] = np.ascontiguousarray(tensor.transpose(0, 2, 1)) if is_kernel else tensor
    if shards == 1:
        save_file(renamed, folder / "model.safetensors")
        return folder
    weight_map = {name: f"model-{i % shards + 1:05}-of-{shards:05}.safetensors" for i, name in enumerate(renamed)}
    for file in sorted(set(weight_map.values())):
        save_file({name: renamed[name] for name in renamed if weight_map[name] == file}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    return folder


# CTranslate2

_TYPE_CODES: Final = {"float32": 0, "int8": 1, "int16": 2, "float16": 4}
_Quantise = Callable[[npt.NDArray[Any]], tuple[npt.NDArray[Any], npt.NDArray[Any]]]


def write_ctranslate2(folder: Path, tensors: Tensors, quantise: _Quantise | None = None) -> Path:
    """CTranslate2's layout; ``quantise`` gives the integers and the scale of each matrix."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.bin").write_bytes(ctranslate2_content(tensors, quantise))
    (folder / "config.json").write_text(json.dumps({"alignment_heads": ALIGNMENT_HEADS, "suppress_ids": []}))
    return folder


def ctranslate2_content(tensors: Tensors, quantise: _Quantise | None = None) -> bytes:
    """A ``model.bin``."""
    stored: Tensors = {}
    for name, value in _ctranslate2_variables(tensors).items():
        stored[name] = value
        if quantise and value.ndim == 2 and name.endswith("/weight"):
            stored[name], stored[f"{name}_scale"] = quantise(value)
    content = struct.pack("<I", 6) + _text("WhisperSpec") + struct.pack("<II", 3, len(stored))
    for name, value in stored.items():
        content += _text(name) + struct.pack("<B", value.ndim) + struct.pack(f"<{value.ndim}I", *value.shape)
        content += struct.pack("<BI", _TYPE_CODES[value.dtype.name], value.nbytes) + value.tobytes()
    return content + struct.pack("<I", 1) + _text("decoder/projection/weight") + _text("decoder/embeddings/weight")


def _text(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


def _ctranslate2_variables(tensors: Tensors) -> Tensors:
    variables: Tensors = {
        "encoder/position_encodings/encodings": np.zeros((CONTEXT, STATE), dtype=np.float32),
        "encoder/num_heads": np.array(HEADS, dtype=np.int16),
        "decoder/num_heads": np.array(HEADS, dtype=np.int16),
        "decoder/position_encodings/encodings": tensors["decoder.positional_embedding"],
        "decoder/embeddings/weight": tensors["decoder.token_embedding.weight"],
    }
    for name in ("conv1", "conv2"):
        variables[f"encoder/{name}/weight"] = tensors[f"encoder.{name}.weight"].transpose(0, 2, 1)
        variables[f"encoder/{name}/bias"] = tensors[f"encoder.{name}.bias"]
    norms = {"encoder/layer_norm": "encoder.ln_post", "decoder/layer_norm": "decoder.ln"}
    linears: dict[str, list[str]] = {}
    for side in ("encoder", "decoder"):
        for layer in range(LAYERS):
            to, of = f"{side}/layer_{layer}", f"{side}.blocks.{layer}"
            norms |= {f"{to}/self_attention/layer_norm": f"{of}.attn_ln", f"{to}/ffn/layer_norm": f"{of}.mlp_ln"}
            linears |= {
                f"{to}/self_attention/linear_0": [f"{of}.attn.{part}" for part in ("query", "key", "value")],
                f"{to}/self_attention/linear_1": [f"{of}.attn.out"],
                f"{to}/ffn/linear_0": [f"{of}.mlp1"],
                f"{to}/ffn/linear_1": [f"{of}.mlp2"],
            }
            if side == "decoder":
                norms[f"{to}/attention/layer_norm"] = f"{of}.cross_attn_ln"
                linears |= {
                    f"{to}/attention/linear_0": [f"{of}.cross_attn.query"],
                    f"{to}/attention/linear_1": [f"{of}.cross_attn.key", f"{of}.cross_attn.value"],
                    f"{to}/attention/linear_2": [f"{of}.cross_attn.out"],
                }
    for to, of in norms.items():
        variables |= {f"{to}/gamma": tensors[f"{of}.weight"], f"{to}/beta": tensors[f"{of}.bias"]}
    for to, parts in linears.items():
        biases = [tensors.get(f"{of}.bias", np.zeros(STATE, dtype=np.float16)) for of in parts]
        variables[f"{to}/weight"] = np.concatenate([tensors[f"{of}.weight"] for of in parts])
        variables[f"{to}/bias"] = np.concatenate(biases)
    return variables
