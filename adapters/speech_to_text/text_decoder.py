"""The decoder over one stretch of audio: fed tokens, it tells the scores of what may follow each of them."""

from collections.abc import Sequence
from typing import Any

import mlx.core as mx
import numpy as np
import numpy.typing as npt
from mlx.nn.layers.activations import gelu

from realtime_mlx_stt.adapters.speech_to_text.hearing_window import HearingWindow
from realtime_mlx_stt.adapters.speech_to_text.whisper_model import WhisperModel

__all__ = ["KeyValue", "TextDecoder", "cross_keys_and_values"]

KeyValue = tuple[mx.array, mx.array]
"""Of the audio, for one layer: keys ``(1, heads, size, positions)`` and values ``(1, heads, positions, size)``."""


class TextDecoder:
    """Remembers the tokens it was fed, so that each is computed once, and can take the last ones back."""

    def __init__(self, model: WhisperModel, cross: Sequence[KeyValue], window: HearingWindow) -> None:
        self._decoder = model.network.decoder
        self._cross = cross
        self._audio_bias = mx.log(mx.array(window.counts)).astype(model.dtype)
        self._own: list[KeyValue | None] = [None] * len(self._cross)
        self._common_embedding = model.common_embedding
        self._heads = model.alignment_heads
        self._attention: list[mx.array] = []
        self._length = 0

    @property
    def length(self) -> int:
        """How many tokens it has been fed and not taken back."""
        return self._length

    def take_back(self, length: int) -> None:
        """Forget all tokens but the first ``length``."""
        if length >= self._length:
            return
        self._attention = [mx.concatenate(self._attention, axis=1)[:, :length]]
        self._length = length
        self._own = [own and (own[0][:, :, :length], own[1][:, :, :length]) for own in self._own]

    def feed(self, tokens: list[int]) -> mx.array:
        """What the decoder makes of each of ``tokens``: hidden states, shape ``(tokens, state)``."""
        hidden, scores = self._pass(tokens)
        self._attention.append(mx.stack([scores[layer][0, head] for layer, head in self._heads]))
        return hidden[0]

    def logits(self, hidden: mx.array) -> npt.NDArray[np.float32]:
        """The logits of what follows, shape ``(tokens, vocabulary)``."""
        return np.array(self._decoder.token_embedding.as_linear(hidden).astype(mx.float32))

    def common_logits(self, hidden: mx.array) -> npt.NDArray[np.float32]:
        """The logits of the common tokens only, and after them that of the end of the text."""
        return np.array((hidden @ self._common_embedding.T).astype(mx.float32))

    def attention(self, tokens: int, positions: int) -> npt.NDArray[np.float32]:
        """Scores of the alignment heads for the last ``tokens`` tokens, shape ``(heads, tokens, positions)``."""
        scores = mx.concatenate(self._attention, axis=1)[:, -tokens:, :positions]
        return np.array(scores.astype(mx.float32))

    def _pass(self, tokens: list[int]) -> tuple[mx.array, list[mx.array]]:
        decoder, start, end = self._decoder, self._length, self._length + len(tokens)
        x = decoder.token_embedding(mx.array([tokens])) + decoder.positional_embedding[start:end]
        mask = decoder._mask[start:end, :end] if len(tokens) > 1 else None
        attention_scores = []
        for layer, block in enumerate(decoder.blocks):
            x = x + self._attend_own(layer, block.attn, block.attn_ln(x), mask)
            attended, scores = self._attend_audio(layer, block.cross_attn, block.cross_attn_ln(x))
            attention_scores.append(scores)
            x = x + attended
            x = x + block.mlp2(gelu(block.mlp1(block.mlp_ln(x))))
        self._length = end
        return decoder.ln(x), attention_scores

    def _attend_own(self, layer: int, attention: Any, x: mx.array, mask: mx.array | None) -> mx.array:
        key, value = _by_head(attention.key(x), attention.n_head), _by_head(attention.value(x), attention.n_head)
        own = self._own[layer]
        if own is not None:
            key, value = mx.concatenate([own[0], key], axis=2), mx.concatenate([own[1], value], axis=2)
        self._own[layer] = key, value
        scores = _scaled_query(attention, x) @ key.transpose(0, 1, 3, 2)
        if mask is not None:
            scores = scores + mask
        return _joined(attention, mx.softmax(scores, axis=-1, precise=True) @ value, x)

    def _attend_audio(self, layer: int, attention: Any, x: mx.array) -> tuple[mx.array, mx.array]:
        key, value = self._cross[layer]
        scores = _scaled_query(attention, x) @ key + self._audio_bias
        return _joined(attention, mx.softmax(scores, axis=-1, precise=True) @ value, x), scores


def cross_keys_and_values(model: WhisperModel, features: mx.array) -> list[KeyValue]:
    """What each layer of the decoder has of the encoder's ``features``, shape ``(1, positions, state)``."""
    return [_cross_key_value(block.cross_attn, features) for block in model.network.decoder.blocks]


def _cross_key_value(attention: Any, features: mx.array) -> KeyValue:
    """Keys of the audio with their last axes swapped, ready to be multiplied, and its values."""
    key = mx.contiguous(_by_head(attention.key(features), attention.n_head).transpose(0, 1, 3, 2))
    value = mx.contiguous(_by_head(attention.value(features), attention.n_head))
    mx.eval(key, value)
    return key, value


def _scaled_query(attention: Any, x: mx.array) -> mx.array:
    query = _by_head(attention.query(x), attention.n_head)
    scale: float = query.shape[-1] ** -0.5
    return query * scale


def _joined(attention: Any, heads: mx.array, x: mx.array) -> mx.array:
    out: mx.array = attention.out(heads.transpose(0, 2, 1, 3).reshape(x.shape))
    return out


def _by_head(x: mx.array, heads: int) -> mx.array:
    batch, length, _ = x.shape
    return x.reshape(batch, length, heads, -1).transpose(0, 2, 1, 3)
