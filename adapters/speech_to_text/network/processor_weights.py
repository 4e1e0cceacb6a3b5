"""Gives NumPy the weights of encoder and decoder in MLX's memory, and the arithmetic of each kind of weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Floats
from realtime_mlx_stt.adapters.speech_to_text.network.matrix_products import rows_by_matrix

__all__ = [
    "DecoderLayer",
    "EncoderLayer",
    "EncoderWeights",
    "Linear",
    "Norm",
    "ProcessorWeights",
    "encoder_weights",
    "linear",
    "normed",
    "processor_weights",
]

Linear = tuple[Floats, Floats | None]
"""A matrix ``(outputs, inputs)`` and the bias."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """The weights of a layer normalisation."""

    weight: Floats
    bias: Floats
    epsilon: np.float32


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAttention:
    """The weights of self-attention: of tokens, or of positions, to each other."""

    query: Linear
    key: Linear
    value: Linear
    out: Linear


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderLayer:
    """The weights of one decoder layer: self-attention, attention to the audio, and the MLP."""

    own_norm: Norm
    own: OwnAttention
    audio_norm: Norm
    audio_query: Linear
    audio_key: Linear
    audio_value: Linear
    audio_out: Linear
    inner_norm: Norm
    widen: Linear
    narrow: Linear
    alignment_heads: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorWeights:
    """All weights of a decoder; ``scale`` is the factor for the queries."""

    token_embedding: Floats
    position_embedding: Floats
    layers: tuple[DecoderLayer, ...]
    norm: Norm
    heads: int
    scale: np.float32


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderLayer:
    """The weights of one encoder layer: self-attention and the MLP."""

    own_norm: Norm
    own: OwnAttention
    inner_norm: Norm
    widen: Linear
    narrow: Linear


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderWeights:
    """All weights of an encoder; a convolution's matrix has the inputs of its three frames one after the other."""

    convolutions: tuple[Linear, Linear]
    position_embedding: Floats
    layers: tuple[EncoderLayer, ...]
    norm: Norm
    heads: int


def linear(x: Floats, weights: Linear) -> Floats:
    """Each row of ``x`` multiplied by the matrix, plus the bias."""
    matrix, bias = weights
    out = rows_by_matrix(x, matrix)
    if bias is not None:
        out += bias
    return out


def normed(x: Floats, norm: Norm) -> Floats:
    """Each row of ``x`` normalised, in a new array."""
    size = x.shape[1]
    mean: Floats = np.add.reduce(x, axis=1, keepdims=True)
    mean /= size
    centred: Floats = x - mean
    variance = np.einsum("ij,ij->i", centred, centred)[:, None] / np.float32(size)
    centred /= np.sqrt(variance + norm.epsilon)
    centred *= norm.weight
    centred += norm.bias
    return centred


def encoder_weights(encoder: Any) -> EncoderWeights:
    """The weights of an mlx-whisper encoder, which must be float32 and computed; none is copied."""
    return EncoderWeights(
        convolutions=(_convolution(encoder.conv1), _convolution(encoder.conv2)),
        position_embedding=_memory(encoder._positional_embedding),
        layers=tuple(
            EncoderLayer(
                own_norm=_norm(block.attn_ln),
                own=_attention(block.attn),
                inner_norm=_norm(block.mlp_ln),
                widen=_linear(block.mlp1),
                narrow=_linear(block.mlp2),
            )
            for block in encoder.blocks
        ),
        norm=_norm(encoder.ln_post),
        heads=int(encoder.blocks[0].attn.n_head),
    )


def processor_weights(decoder: Any, alignment_heads: Sequence[tuple[int, int]]) -> ProcessorWeights:
    """The weights of an mlx-whisper decoder, which must be float32 and computed; none is copied.

    ``alignment_heads`` are pairs of a layer and a head, in the order of the layers.
    """
    heads = int(decoder.blocks[0].attn.n_head)
    embedding = _memory(decoder.token_embedding.weight)
    return ProcessorWeights(
        token_embedding=embedding,
        position_embedding=_memory(decoder.positional_embedding),
        layers=tuple(
            _layer(block, tuple(head for layer, head in alignment_heads if layer == index))
            for index, block in enumerate(decoder.blocks)
        ),
        norm=_norm(decoder.ln),
        heads=heads,
        scale=np.float32((embedding.shape[1] // heads) ** -0.5),
    )


def _layer(block: Any, alignment_heads: tuple[int, ...]) -> DecoderLayer:
    audio = block.cross_attn
    return DecoderLayer(
        own_norm=_norm(block.attn_ln),
        own=_attention(block.attn),
        audio_norm=_norm(block.cross_attn_ln),
        audio_query=_linear(audio.query),
        audio_key=_linear(audio.key),
        audio_value=_linear(audio.value),
        audio_out=_linear(audio.out),
        inner_norm=_norm(block.mlp_ln),
        widen=_linear(block.mlp1),
        narrow=_linear(block.mlp2),
        alignment_heads=alignment_heads,
    )


def _attention(attention: Any) -> OwnAttention:
    return OwnAttention(
        query=_linear(attention.query),
        key=_linear(attention.key),
        value=_linear(attention.value),
        out=_linear(attention.out),
    )


def _norm(norm: Any) -> Norm:
    return Norm(weight=_memory(norm.weight), bias=_memory(norm.bias), epsilon=np.float32(norm.eps))


def _linear(linear: Any) -> Linear:
    return _memory(linear.weight), _memory(linear.bias) if "bias" in linear else None


def _convolution(convolution: Any) -> Linear:
    weight, bias = _linear(convolution)
    return weight.reshape(len(weight), -1), bias


def _memory(array: mx.array) -> Floats:
    return np.array(array, copy=False)
