"""The encoder's pass over a window of which only a part is computed."""

from typing import Any

import mlx.core as mx
from mlx.nn.layers.activations import gelu

from realtime_mlx_stt.adapters.speech_to_text import fast_arithmetic
from realtime_mlx_stt.adapters.speech_to_text.hearing_window import HearingWindow
from realtime_mlx_stt.adapters.speech_to_text.whisper_model import WhisperModel
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["encode"]

_FRAMES_PER_POSITION = 2
"""The second convolution halves the hundred frames a second."""


def encode(model: WhisperModel, audio: AudioSamples, window: HearingWindow) -> mx.array:
    """What the decoder attends to, shape ``(1, positions of the window, state)``."""
    encoder = model.network.encoder
    x = _convolved(model, audio, window)
    x = x + encoder._positional_embedding[mx.array(window.positions)]
    counts = mx.array(window.counts)[:, None].astype(model.dtype)
    for block in encoder.blocks:
        x = x + _attend(model, block.attn, block.attn_ln(x), counts)
        x = x + block.mlp2(_gelu(model, block.mlp1(block.mlp_ln(x))))
    features: mx.array = encoder.ln_post(x)
    mx.eval(features)
    return features


def _convolved(model: WhisperModel, audio: AudioSamples, window: HearingWindow) -> mx.array:
    encoder = model.network.encoder
    mel = mx.array(model.log_mel(audio, window.convolved * _FRAMES_PER_POSITION)).astype(model.dtype)
    x = _gelu(model, encoder.conv1(mel[None]))
    x = _gelu(model, encoder.conv2(x))
    return x[:, mx.array(window.sources)]


def _gelu(model: WhisperModel, x: mx.array) -> mx.array:
    return gelu(x) if model.is_on_gpu else fast_arithmetic.gelu(x)


def _attend(model: WhisperModel, attention: Any, x: mx.array, counts: mx.array) -> mx.array:
    query, key, value = (
        _by_head(projection(x), attention.n_head)
        for projection in (attention.query, attention.key, attention.value)
    )
    scale = query.shape[-1] ** -0.5
    if model.is_on_gpu:
        mask = mx.log(counts)[:, 0]
        heads = mx.fast.scaled_dot_product_attention(query, key, value, scale=scale, mask=mask)
    else:
        weights = fast_arithmetic.exponentials((query * scale) @ key.transpose(0, 1, 3, 2))
        heads = (weights @ (value * counts)) / (weights @ counts)
    out: mx.array = attention.out(heads.transpose(0, 2, 1, 3).reshape(x.shape))
    return out


def _by_head(x: mx.array, heads: int) -> mx.array:
    batch, length, _ = x.shape
    return x.reshape(batch, length, heads, -1).transpose(0, 2, 1, 3)
