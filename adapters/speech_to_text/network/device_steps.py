"""Runs the decoder on MLX's device: one compiled step chooses a token, and only the choice leaves the device."""

from collections.abc import Callable, Sequence
from typing import Any, Self

import mlx.core as mx
import numpy as np
from mlx.nn.layers.activations import gelu

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Choice, Features, Floats, KeyValue
from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import TokenRules

__all__ = ["DeviceArithmetic", "DeviceSteps"]


class DeviceArithmetic:
    """A ``DecoderArithmetic`` for weights of any kind, quantised ones too.

    ``alignment_heads`` are pairs of a layer and a head. To compile for the processor takes a C++ compiler, which
    not every machine has; so only steps for the GPU need be compiled.
    """

    def __init__(self, decoder: Any, alignment_heads: Sequence[tuple[int, int]], *, is_compiled: bool) -> None:
        self.decoder = decoder
        self._alignment_heads = alignment_heads
        self.step: Callable[..., Any] = mx.compile(self._step) if is_compiled else self._step

    def audio(self, features: Features) -> list[KeyValue]:
        """The keys and values of the features."""
        heard = mx.array(features)
        made = [_audio_key_value(block.cross_attn, heard) for block in self.decoder.blocks]
        mx.eval(made)
        return made

    def steps(self, cross: Sequence[KeyValue], counts: Floats) -> "DeviceSteps":
        """Steps over the audio whose keys and values are ``cross``."""
        bias = mx.log(mx.array(counts)).astype(cross[0][0].dtype)
        return DeviceSteps(self, [*cross], bias)

    def run(
        self, tokens: mx.array, start: mx.array, own: list[KeyValue], cross: list[KeyValue], audio_bias: mx.array
    ) -> tuple[mx.array, mx.array, list[KeyValue]]:
        """Hidden states of ``tokens``, the scores of the alignment heads, and the keys and values with theirs."""
        decoder = self.decoder
        places = start + mx.arange(tokens.size)
        x = decoder.token_embedding(tokens[None]) + decoder.positional_embedding[places]
        is_later = mx.arange(own[0][0].shape[2])[None] > places[:, None]
        mask = mx.where(is_later, -mx.inf, 0.0).astype(x.dtype)
        kept, audio_scores = [], []
        for block, before, audio in zip(decoder.blocks, own, cross, strict=True):
            normed = block.attn_ln(x)
            kept.append(_with_new(block.attn, normed, before, start))
            attended, _ = _attend(block.attn, normed, (kept[-1][0].swapaxes(2, 3), kept[-1][1]), mask)
            x = x + attended
            attended, scores = _attend(block.cross_attn, block.cross_attn_ln(x), audio, audio_bias)
            audio_scores.append(scores)
            x = x + attended
            x = x + block.mlp2(gelu(block.mlp1(block.mlp_ln(x))))
        followed = mx.stack([audio_scores[layer][0, head] for layer, head in self._alignment_heads])
        return decoder.ln(x)[0], followed, kept

    def _step(
        self, token: mx.array, penalties: mx.array, *place: Any
    ) -> tuple[mx.array, mx.array, mx.array, list[KeyValue]]:
        """One step: the likeliest token after ``token``, its log-probability, and what else ``run`` returns."""
        hidden, followed, own = self.run(token, *place)
        logits = self.decoder.token_embedding.as_linear(hidden).astype(mx.float32) + penalties
        log_probability = logits.max(axis=-1) - mx.logsumexp(logits, axis=-1)
        return logits.argmax(axis=-1), log_probability, followed, own


class DeviceSteps:
    """``DecoderSteps`` computed by MLX."""

    def __init__(self, arithmetic: DeviceArithmetic, cross: list[KeyValue], audio_bias: mx.array) -> None:
        self._arithmetic = arithmetic
        self._cross = cross
        self._audio_bias = audio_bias
        key = cross[0][0]
        shape = (1, key.shape[1], arithmetic.decoder.positional_embedding.shape[0], key.shape[2])
        self._own: list[KeyValue] = [(mx.zeros(shape, key.dtype), mx.zeros(shape, key.dtype)) for _ in cross]

    def feed(self, tokens: Sequence[int], start: int) -> tuple[mx.array, list[mx.array]]:
        """The hidden states, and the scores of the alignment heads for each token."""
        place = mx.array([start]), self._own, self._cross, self._audio_bias
        hidden, followed, self._own = self._arithmetic.run(mx.array([*tokens]), *place)
        return hidden, [followed[:, index] for index in range(len(tokens))]

    def logits(self, hidden: Sequence[mx.array]) -> Floats:
        """The logits of the token that follows each hidden state."""
        rows = self._arithmetic.decoder.token_embedding.as_linear(mx.concatenate([*hidden]))
        return np.array(rows.astype(mx.float32))

    def go_on(self, token: int, start: int, rules: TokenRules, most: int) -> tuple[list[Choice], list[mx.array]]:
        """Step to the end of the text; each step begins before the token of the last one has been read back."""
        penalties = mx.array(rules.penalties(is_first=False))
        chosen = mx.array([token])
        made: list[tuple[mx.array, mx.array, mx.array]] = []
        while len(made) < most and (len(made) < 2 or made[-2][0].item() != rules.end):
            place = mx.array([start + len(made)]), self._own, self._cross, self._audio_bias
            chosen, log_probability, followed, self._own = self._arithmetic.step(chosen, penalties, *place)
            mx.async_eval(chosen, log_probability, followed)  # type: ignore[no-untyped-call]
            made.append((chosen, log_probability, followed[:, 0]))
        tokens, scores = (np.concatenate([np.array(each[part]) for each in made]) for part in (0, 1))
        choices = [*zip(tokens.tolist(), scores.tolist(), strict=True)]
        if len(choices) > 1 and choices[-2][0] == rules.end:
            choices.pop()
        return choices, [followed for _, _, followed in made[: len(choices)]]

    def fork(self, length: int) -> Self:
        """Independent steps that were fed the same tokens."""
        other = type(self)(self._arithmetic, self._cross, self._audio_bias)
        other._own = [*self._own]
        return other


def _with_new(attention: Any, x: mx.array, own: KeyValue, start: mx.array) -> KeyValue:
    keys, values = (_by_head(made(x), attention.n_head) for made in (attention.key, attention.value))
    return mx.slice_update(own[0], keys, start, axes=[2]), mx.slice_update(own[1], values, start, axes=[2])


def _attend(attention: Any, x: mx.array, audio: KeyValue, bias: mx.array) -> tuple[mx.array, mx.array]:
    keys, values = audio
    query = _by_head(attention.query(x), attention.n_head)
    scores = (query * query.shape[-1] ** -0.5) @ keys + bias
    heads = mx.softmax(scores, axis=-1, precise=True) @ values
    return attention.out(heads.transpose(0, 2, 1, 3).reshape(x.shape)), scores


def _audio_key_value(attention: Any, features: mx.array) -> KeyValue:
    """The keys of the audio, their last axes swapped for the product, and its values."""
    key = mx.contiguous(_by_head(attention.key(features), attention.n_head).swapaxes(2, 3))
    return key, mx.contiguous(_by_head(attention.value(features), attention.n_head))


def _by_head(x: mx.array, heads: int) -> mx.array:
    batch, length, _ = x.shape
    return x.reshape(batch, length, heads, -1).transpose(0, 2, 1, 3)
