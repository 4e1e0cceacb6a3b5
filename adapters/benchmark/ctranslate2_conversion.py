"""Writes a Whisper model from MLX's layout into CTranslate2's, so that faster-whisper runs the very same weights.

CTranslate2 fuses the projections of self-attention (query, key, value) and of cross-attention (key, value) into one
matrix each, wants a bias for every one, and keeps convolution kernels as (out, in, width).
"""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.adapters.benchmark.whisper_vocabulary import WhisperVocabulary, read_vocabulary
from realtime_mlx_stt.ports.benchmark import ContestantError

__all__ = ["convert_to_ctranslate2"]

_LONGEST_WAVE: Final = 10_000.0
"""The longest wave of the sinusoids that encode positions (Vaswani et al., "Attention Is All You Need")."""

_Tensors = dict[str, npt.NDArray[Any]]


def convert_to_ctranslate2(source: Path, target: Path) -> None:
    """Write the model in the folder ``source`` (MLX's layout) into the existing folder ``target``.

    Raises:
        ContestantError: its weights are quantised, for which CTranslate2 has no like.
        ImportError: CTranslate2 is not installed.
        OSError: a file cannot be read or written.
    """
    from ctranslate2.specs import WhisperSpec  # noqa: PLC0415 - comes with a peer
    from safetensors.numpy import load_file  # noqa: PLC0415

    sizes: dict[str, int] = json.loads((source / "config.json").read_bytes())
    tensors: _Tensors = load_file(source / "weights.safetensors")
    if any(name.endswith(".scales") for name in tensors):
        raise ContestantError(f"The weights in {source} are quantised, and CTranslate2 quantises in another way.")
    vocabulary = read_vocabulary(sizes["n_vocab"])
    spec = WhisperSpec(sizes["n_audio_layer"], sizes["n_audio_head"], sizes["n_text_layer"], sizes["n_text_head"])
    _fill_encoder(spec.encoder, tensors, sizes)
    _fill_decoder(spec.decoder, tensors)
    _fill_vocabulary(spec, vocabulary, tensors)
    spec.validate()
    spec.optimize()
    spec.save(str(target))
    vocabulary.tokenizer().save(str(target / "tokenizer.json"))
    preprocessor = {"feature_size": sizes["n_mels"]}
    (target / "preprocessor_config.json").write_text(json.dumps(preprocessor), encoding="utf-8")


def _fill_encoder(spec: Any, tensors: _Tensors, sizes: dict[str, int]) -> None:
    for name in ("conv1", "conv2"):
        convolution = getattr(spec, name)
        convolution.weight = np.ascontiguousarray(tensors[f"encoder.{name}.weight"].transpose(0, 2, 1))
        convolution.bias = tensors[f"encoder.{name}.bias"]
    positions = _sinusoids(sizes["n_audio_ctx"], sizes["n_audio_state"])
    spec.position_encodings.encodings = positions.astype(tensors["encoder.conv1.bias"].dtype)
    _fill_norm(spec.layer_norm, tensors, "encoder.ln_post")
    for number, layer in enumerate(spec.layer):
        _fill_block(layer, tensors, f"encoder.blocks.{number}")


def _fill_decoder(spec: Any, tensors: _Tensors) -> None:
    spec.embeddings.weight = tensors["decoder.token_embedding.weight"]
    spec.projection.weight = tensors["decoder.token_embedding.weight"]
    spec.position_encodings.encodings = tensors["decoder.positional_embedding"]
    _fill_norm(spec.layer_norm, tensors, "decoder.ln")
    for number, layer in enumerate(spec.layer):
        block = f"decoder.blocks.{number}"
        _fill_block(layer, tensors, block)
        attention = layer.attention
        _fill_norm(attention.layer_norm, tensors, f"{block}.cross_attn_ln")
        _fill_linear(attention.linear[0], tensors, f"{block}.cross_attn", ("query",))
        _fill_linear(attention.linear[1], tensors, f"{block}.cross_attn", ("key", "value"))
        _fill_linear(attention.linear[2], tensors, f"{block}.cross_attn", ("out",))


def _fill_block(layer: Any, tensors: _Tensors, block: str) -> None:
    _fill_norm(layer.self_attention.layer_norm, tensors, f"{block}.attn_ln")
    _fill_linear(layer.self_attention.linear[0], tensors, f"{block}.attn", ("query", "key", "value"))
    _fill_linear(layer.self_attention.linear[1], tensors, f"{block}.attn", ("out",))
    _fill_norm(layer.ffn.layer_norm, tensors, f"{block}.mlp_ln")
    _fill_linear(layer.ffn.linear_0, tensors, block, ("mlp1",))
    _fill_linear(layer.ffn.linear_1, tensors, block, ("mlp2",))


def _fill_norm(spec: Any, tensors: _Tensors, name: str) -> None:
    spec.gamma, spec.beta = tensors[f"{name}.weight"], tensors[f"{name}.bias"]


def _fill_linear(spec: Any, tensors: _Tensors, owner: str, parts: tuple[str, ...]) -> None:
    """Stack the parts by rows; Whisper's keys have no bias, so zeros stand for it."""
    weights = [tensors[f"{owner}.{part}.weight"] for part in parts]
    biases = [
        tensors.get(f"{owner}.{part}.bias", np.zeros(len(weight), dtype=weight.dtype))
        for part, weight in zip(parts, weights, strict=True)
    ]
    spec.weight, spec.bias = np.concatenate(weights), np.concatenate(biases)


def _fill_vocabulary(spec: Any, vocabulary: WhisperVocabulary, tensors: _Tensors) -> None:
    """Write the tokens; those that may not be written are left to faster-whisper, which names them in each call."""
    spec.register_vocabulary(vocabulary.tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = vocabulary.first_suppressed
    spec.config.lang_ids = vocabulary.language_tokens
    spec.config.alignment_heads = tensors["alignment_heads"].tolist() if "alignment_heads" in tensors else []


def _sinusoids(length: int, channels: int) -> npt.NDArray[np.float32]:
    """Shape ``(length, channels)``: sines, then cosines, as OpenAI's reference implementation has them."""
    speeds = np.exp(-np.log(_LONGEST_WAVE) / (channels // 2 - 1) * np.arange(channels // 2))
    phases = np.arange(length)[:, np.newaxis] * speeds
    return np.concatenate((np.sin(phases), np.cos(phases)), axis=1).astype(np.float32)
