"""The encoder's pass over a window of which only a part is computed, and of that only what is new."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np
from mlx.nn.layers.activations import gelu

from realtime_mlx_stt.adapters.speech_to_text import fast_arithmetic
from realtime_mlx_stt.adapters.speech_to_text.hearing_window import HearingWindow
from realtime_mlx_stt.adapters.speech_to_text.whisper_model import WhisperModel
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["EncoderPass", "KeysAndValues", "encode", "encode_behind"]

_FRAMES_PER_POSITION = 2
"""The second convolution halves the hundred frames a second."""

_REACH_POSITIONS = 2
"""So far the convolutions hear to the left of a position."""

KeysAndValues = tuple[mx.array, mx.array]
"""Of one layer, each of shape ``(positions, state)``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderPass:
    """``features`` of what was computed, shape ``(1, computed, state)``; ``kept`` of all positions, by layer."""

    features: mx.array
    kept: tuple[KeysAndValues, ...]


def encode(model: WhisperModel, audio: AudioSamples, window: HearingWindow) -> mx.array:
    """What the decoder attends to, shape ``(1, positions of the window, state)``."""
    return encode_behind(model, audio, window, ()).features


def encode_behind(
    model: WhisperModel, audio: AudioSamples, window: HearingWindow, kept: Sequence[KeysAndValues]
) -> EncoderPass:
    """Compute the positions of the window behind those whose keys and values are ``kept`` from an earlier pass."""
    encoder = model.network.encoder
    first = kept[0][0].shape[0] if kept else 0
    x = _convolved(model, audio, window, first) + encoder._positional_embedding[mx.array(window.positions[first:])]
    compute = _layers_on_device if model.encoder is None else _layers_on_processor
    features, layers = compute(model, x, kept, window)
    mx.eval(features, layers)
    return EncoderPass(features=features[None], kept=tuple(layers))


def _layers_on_processor(
    model: WhisperModel, x: mx.array, kept: Sequence[KeysAndValues], window: HearingWindow
) -> tuple[mx.array, list[KeysAndValues]]:
    assert model.encoder is not None
    before = [(np.array(key, copy=False), np.array(value, copy=False)) for key, value in kept]
    features, layers = model.encoder.encode(np.array(x), before, window.counts)
    return mx.array(features), [(mx.array(key), mx.array(value)) for key, value in layers]


def _layers_on_device(
    model: WhisperModel, x: mx.array, kept: Sequence[KeysAndValues], window: HearingWindow
) -> tuple[mx.array, list[KeysAndValues]]:
    encoder, layers = model.network.encoder, []
    mask = mx.log(mx.array(window.counts)).astype(model.dtype)
    for index, block in enumerate(encoder.blocks):
        normed = block.attn_ln(x)
        layer = _keys_and_values(block.attn, normed, kept[index] if kept else None)
        x = x + _attend(block.attn, normed, layer, mask)
        x = x + block.mlp2(gelu(block.mlp1(block.mlp_ln(x))))
        layers.append(layer)
    return encoder.ln_post(x), layers


def _convolved(model: WhisperModel, audio: AudioSamples, window: HearingWindow, first: int) -> mx.array:
    """The positions from ``first`` on, shape ``(computed, state)``."""
    encoder = model.network.encoder
    begin = max(0, first - _REACH_POSITIONS)
    spectrogram = model.log_mel(audio, window.convolved * _FRAMES_PER_POSITION)
    mel = mx.array(spectrogram[begin * _FRAMES_PER_POSITION :]).astype(model.dtype)
    activation = gelu if model.encoder is None else fast_arithmetic.gelu
    x = activation(encoder.conv2(activation(encoder.conv1(mel[None]))))
    return x[0, mx.array(window.sources[first:] - begin)]


def _keys_and_values(attention: Any, x: mx.array, kept: KeysAndValues | None) -> KeysAndValues:
    new = attention.key(x), attention.value(x)
    if kept is None:
        return new
    return mx.concatenate([kept[0], new[0]]), mx.concatenate([kept[1], new[1]])


def _attend(attention: Any, x: mx.array, layer: KeysAndValues, mask: mx.array) -> mx.array:
    heads = attention.n_head
    query, key, value = (_by_head(each, heads) for each in (attention.query(x), *layer))
    scale = query.shape[-1] ** -0.5
    joint = mx.fast.scaled_dot_product_attention(query, key, value, scale=scale, mask=mask)
    out: mx.array = attention.out(joint[0].transpose(1, 0, 2).reshape(x.shape))
    return out


def _by_head(x: mx.array, heads: int) -> mx.array:
    return x.reshape(1, x.shape[0], heads, -1).transpose(0, 2, 1, 3)
