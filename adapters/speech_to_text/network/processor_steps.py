"""Runs the decoder on the processor, with NumPy in the memory of MLX's weights.

A step for one token is limited by memory: NumPy multiplies a matrix by one vector six times as fast as MLX, which
arranges the matrix anew for each product. Scoring the whole vocabulary takes longer than the rest of two steps. So
the next tokens are guessed by the scores of the commonest tokens alone, and the rest of the vocabulary is scored
for several guesses at once. The tokens chosen are those that scoring every token in every step would choose.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import (
    Choice,
    Features,
    Floats,
    KeyValue,
)
from realtime_mlx_stt.adapters.speech_to_text.network.fast_arithmetic import gelu_in_place
from realtime_mlx_stt.adapters.speech_to_text.network.halves import Halves
from realtime_mlx_stt.adapters.speech_to_text.network.matrix_products import matrix_product, rows_by_matrix
from realtime_mlx_stt.adapters.speech_to_text.network.processor_weights import (
    Layer,
    ProcessorWeights,
    linear,
    normed,
)
from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import TokenRules

__all__ = ["COMMON_TOKENS", "ProcessorArithmetic", "ProcessorSteps"]

COMMON_TOKENS: Final = 10_000
"""How many tokens, from the first of the vocabulary, are scored for a guess. The vocabulary is ordered by how early
byte-pair encoding merged a token, so the first are the commonest: over 130 clips of many voices 91 of 100 tokens
were among them.
"""

_SURE: Final = 0.5
"""A guess with a lower probability among the common tokens is checked before going on from it. Over the same clips
one in four was wrong where the probability was 0.5 to 0.6, and half where it was 0.4 to 0.5.
"""


@dataclass(frozen=True, slots=True)
class ProcessorArithmetic:
    """A ``DecoderArithmetic`` for float32 weights."""

    weights: ProcessorWeights

    def audio(self, features: Features) -> list[KeyValue]:
        """The keys and values of the features; two threads compute them."""
        rows = np.asarray(features)[0]
        heads, layers = self.weights.heads, self.weights.layers
        made: dict[int, KeyValue] = {}

        def compute(some: slice) -> None:
            for index in range(len(layers))[some]:
                made[index] = _keys(rows, layers[index], heads), _values(rows, layers[index], heads)

        with Halves() as halves:
            halves.do(compute, len(layers), positions=len(rows))
        return [made[index] for index in range(len(layers))]

    def steps(self, cross: Sequence[KeyValue], counts: Floats) -> "ProcessorSteps":
        """Steps over the audio whose keys and values are ``cross``."""
        audio = [(np.asarray(key)[0], np.asarray(value)[0]) for key, value in cross]
        return ProcessorSteps(self.weights, audio, np.log(counts))


@dataclass(frozen=True, slots=True)
class _Guess:
    """The likeliest of the common tokens, its logit, and the logarithm of the sum of all their exponentials."""

    token: int
    logit: float
    total: float


class ProcessorSteps:
    """``DecoderSteps`` computed by NumPy."""

    def __init__(self, weights: ProcessorWeights, audio: list[tuple[Floats, Floats]], audio_bias: Floats) -> None:
        self._weights = weights
        self._audio = audio
        self._audio_bias = audio_bias
        state = weights.token_embedding.shape[1]
        shape = (len(weights.layers), 2, len(weights.position_embedding), state)
        self._own: Floats = np.empty(shape, dtype=np.float32)

    def feed(self, tokens: Sequence[int], start: int) -> tuple[Floats, list[Floats]]:
        """The hidden states, and the scores of the alignment heads for each token."""
        weights, end = self._weights, start + len(tokens)
        x = weights.token_embedding[[*tokens]] + weights.position_embedding[start:end]
        followed = []
        for index, layer in enumerate(weights.layers):
            heard = normed(x, layer.own_norm)
            own = self._own[index]
            own[0, start:end] = linear(heard, layer.own.key)
            own[1, start:end] = linear(heard, layer.own.value)
            x += linear(self._attend_own(linear(heard, layer.own.query), own, start), layer.own.out)
            query = linear(normed(x, layer.audio_norm), layer.audio_query)
            attended, scores = self._attend_audio(query, index)
            x += linear(attended, layer.audio_out)
            inner = linear(normed(x, layer.inner_norm), layer.widen)
            gelu_in_place(inner)
            x += linear(inner, layer.narrow)
            if layer.alignment_heads:
                followed.append(scores[[*layer.alignment_heads]])
        return normed(x, weights.norm), [*np.concatenate(followed).swapaxes(0, 1)]

    def logits(self, hidden: Sequence[Floats]) -> Floats:
        """The logits of the token that follows each hidden state."""
        return rows_by_matrix(np.concatenate(hidden), self._weights.token_embedding)

    def go_on(self, token: int, start: int, rules: TokenRules, most: int) -> tuple[list[Choice], list[Floats]]:
        """Guess up to the end of the text, or up to a guess that is not sure, and check all guesses."""
        guesses: list[_Guess] = []
        hidden, attention = [], []
        while True:
            state, scores = self.feed([token], start + len(guesses))
            hidden.append(state)
            attention += scores
            guess = self._guess(state[0], rules)
            guesses.append(guess)
            token = guess.token
            is_sure = guess.logit - guess.total > math.log(_SURE)
            if token == rules.end or not is_sure or len(guesses) == most:
                break
        choices = self._checked(guesses, np.concatenate(hidden), rules)
        return choices, attention[: len(choices)]

    def fork(self, length: int) -> Self:
        """Independent steps that were fed the same first ``length`` tokens."""
        other = type(self)(self._weights, self._audio, self._audio_bias)
        other._own[:, :, :length] = self._own[:, :, :length]
        return other

    def _attend_own(self, query: Floats, own: Floats, start: int) -> Floats:
        tokens, end = len(query), start + len(query)
        keys, values = (_by_head(rows[:end], self._weights.heads) for rows in own)
        scores = _by_head(query, self._weights.heads) @ keys.swapaxes(1, 2)
        scores *= self._weights.scale
        if tokens > 1:
            scores[:, ~np.tri(tokens, end, start, dtype=bool)] = -np.inf
        return _joined(_softmax(scores) @ values)

    def _attend_audio(self, query: Floats, layer: int) -> tuple[Floats, Floats]:
        keys, values = self._audio[layer]
        scores = _by_head(query, self._weights.heads) @ keys
        scores *= self._weights.scale
        scores += self._audio_bias
        return _joined(_softmax(scores) @ values), scores

    def _guess(self, state: Floats, rules: TokenRules) -> _Guess:
        embedding, penalties = self._weights.token_embedding, rules.penalties(is_first=False)
        logits = embedding[:COMMON_TOKENS] @ state
        logits += penalties[:COMMON_TOKENS]
        token, end_logit = int(logits.argmax()), float(embedding[rules.end] @ state)
        logit = float(logits[token])
        total = float(np.logaddexp(_log_sum(logits, logit), end_logit))
        return _Guess(token, logit, total) if logit >= end_logit else _Guess(rules.end, end_logit, total)

    def _checked(self, guesses: list[_Guess], hidden: Floats, rules: TokenRules) -> list[Choice]:
        """The likeliest of all tokens in place of each guess, up to and including the first that was wrong."""
        rest = slice(COMMON_TOKENS, rules.end)
        rows = rows_by_matrix(hidden, self._weights.token_embedding[rest])
        rows += rules.penalties(is_first=False)[rest]
        choices: list[Choice] = []
        for guess, logits in zip(guesses, rows, strict=True):
            best = int(logits.argmax())
            logit = float(logits[best])
            total = float(np.logaddexp(_log_sum(logits, logit), guess.total))
            if guess.logit < logit:
                choices.append((COMMON_TOKENS + best, logit - total))
                break
            choices.append((guess.token, guess.logit - total))
        return choices


def _keys(features: Floats, layer: Layer, heads: int) -> Floats:
    weight, _ = layer.audio_key  # Whisper's keys have no bias
    return matrix_product(weight, features.T).reshape(1, heads, -1, len(features))


def _values(features: Floats, layer: Layer, heads: int) -> Floats:
    weight, bias = layer.audio_value
    size = len(weight) // heads
    values = np.empty((heads, len(features), size), dtype=np.float32)
    for head, rows in enumerate(values):
        matrix_product(features, weight[head * size : (head + 1) * size].T, out=rows)
    if bias is not None:
        values += bias.reshape(heads, 1, size)
    return values[None]


def _softmax(scores: Floats) -> Floats:
    weights: Floats = np.exp(scores - np.maximum.reduce(scores, axis=-1, keepdims=True))
    weights /= np.add.reduce(weights, axis=-1, keepdims=True)
    return weights


def _by_head(x: Floats, heads: int) -> Floats:
    return x.reshape(len(x), heads, -1).swapaxes(0, 1)


def _joined(heads: Floats) -> Floats:
    return heads.swapaxes(0, 1).reshape(heads.shape[1], -1)


def _log_sum(logits: Floats, most: float) -> float:
    """The logarithm of the sum of the exponentials; ``most`` is the largest logit."""
    return most + math.log(float(np.add.reduce(np.exp(logits - np.float32(most)))))
