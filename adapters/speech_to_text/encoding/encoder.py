"""Runs the encoder over chosen positions, which attend to each other and to positions computed before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np
import numpy.typing as npt
from mlx.nn.layers.activations import gelu

from realtime_mlx_stt.adapters.speech_to_text.encoding.hearing_window import HearingWindow
from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Features, Floats
from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import WhisperModel
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = [
    "FRAMES_PER_POSITION",
    "REACH_POSITIONS",
    "Places",
    "encode",
    "encode_into",
    "encoder_memory",
    "entering",
]

FRAMES_PER_POSITION = 2
"""Spectrogram frames per encoder position: the second convolution halves the hundred frames a second."""

REACH_POSITIONS = 2
"""How many positions to the left of a position the convolutions hear."""

KeysAndValues = tuple[Any, Any]
"""Keys and values of one layer, each of shape ``(rows, state)``, written in place; NumPy's arrays on the processor,
else MLX's.
"""

Entering = Any
"""The input of the first layer, shape ``(positions, state)``; NumPy's array on the processor, else MLX's."""

_Places = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Rows of an encoder's memory: those that are computed now, and all that are attended to.

    A row that is attended to counts as often as ``counts`` says. The computed rows are among them.
    """

    computed: slice
    attended: slice
    counts: Floats


def encode(model: WhisperModel, audio: AudioSamples, window: HearingWindow) -> Features:
    """The features that the decoder attends to."""
    spectrogram = model.log_mel(audio, window.convolved * FRAMES_PER_POSITION)
    x = entering(model, spectrogram, window.sources, window.positions)
    everywhere = slice(0, window.positions.size)
    places = Places(computed=everywhere, attended=everywhere, counts=window.counts)
    return encode_into(model, x, encoder_memory(model, window.positions.size), places)


def encoder_memory(model: WhisperModel, rows: int) -> list[KeysAndValues]:
    """Make room for the keys and values of this many positions in each layer."""
    blocks, state = model.network.encoder.blocks, int(model.network.dims.n_audio_state)
    if model.encoder is None:
        return [(mx.zeros((rows, state), model.dtype), mx.zeros((rows, state), model.dtype)) for _ in blocks]
    return [(np.empty((rows, state), np.float32), np.empty((rows, state), np.float32)) for _ in blocks]


def entering(model: WhisperModel, spectrogram: Floats, sources: _Places, positions: _Places) -> Entering:
    """The input of the first layer for ``positions``.

    ``sources`` names, for each of them, the two frames of the spectrogram that are heard there.
    """
    if model.encoder is not None:
        return model.encoder.entering(spectrogram, sources, positions)
    encoder = model.network.encoder
    mel = mx.array(spectrogram).astype(model.dtype)
    x = gelu(encoder.conv2(gelu(encoder.conv1(mel[None]))))
    return x[0, mx.array(sources)] + encoder._positional_embedding[mx.array(positions)]


def encode_into(model: WhisperModel, x: Entering, memory: Sequence[KeysAndValues], places: Places) -> Features:
    """Features of the positions ``x``; also stores their keys and values."""
    if model.encoder is None:
        return _layers_on_device(model, x, memory, places)[None]
    attended = [(keys[places.attended], values[places.attended]) for keys, values in memory]
    first = places.computed.start - places.attended.start
    return model.encoder.encode(x, attended, first, places.counts)[None]


def _layers_on_device(
    model: WhisperModel, x: mx.array, memory: Sequence[KeysAndValues], places: Places
) -> mx.array:
    encoder = model.network.encoder
    mask = mx.log(mx.array(places.counts)).astype(model.dtype)
    for block, (keys, values) in zip(encoder.blocks, memory, strict=True):
        normed = block.attn_ln(x)
        keys[places.computed], values[places.computed] = block.attn.key(normed), block.attn.value(normed)
        x = x + _attend(block.attn, normed, (keys[places.attended], values[places.attended]), mask)
        x = x + block.mlp2(gelu(block.mlp1(block.mlp_ln(x))))
    features: mx.array = encoder.ln_post(x)
    mx.eval(memory, features)
    return features


def _attend(attention: Any, x: mx.array, layer: KeysAndValues, mask: mx.array) -> mx.array:
    heads = attention.n_head
    query, key, value = (_by_head(each, heads) for each in (attention.query(x), *layer))
    scale = query.shape[-1] ** -0.5
    joint = mx.fast.scaled_dot_product_attention(query, key, value, scale=scale, mask=mask)
    out: mx.array = attention.out(joint[0].transpose(1, 0, 2).reshape(x.shape))
    return out


def _by_head(x: mx.array, heads: int) -> mx.array:
    return x.reshape(1, x.shape[0], heads, -1).transpose(0, 2, 1, 3)
