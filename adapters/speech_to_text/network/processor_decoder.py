"""Computes the decoder's layers and the vocabulary on the processor, for one text or for several at once.

A step for one token is limited by memory: all weights are read for it. Several texts whose steps are computed
together read them once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Features, Floats, KeyValue
from realtime_mlx_stt.adapters.speech_to_text.network.fast_arithmetic import gelu_in_place
from realtime_mlx_stt.adapters.speech_to_text.network.halves import WORTH_A_THREAD_POSITIONS, Halves
from realtime_mlx_stt.adapters.speech_to_text.network.matrix_products import matrix_product, rows_by_matrix
from realtime_mlx_stt.adapters.speech_to_text.network.processor_weights import (
    DecoderLayer,
    ProcessorWeights,
    linear,
    normed,
)
from realtime_mlx_stt.adapters.speech_to_text.runtime.side_by_side import computed, rows_of_each

__all__ = ["COMMON_TOKENS", "OwnMemory", "ProcessorDecoder", "TokensOfText", "new_memory"]

COMMON_TOKENS: Final = 10_000
"""How many tokens, from the first of the vocabulary, are scored for a guess. The vocabulary is ordered by how early
byte-pair encoding merged a token, so the first are the commonest: over 130 clips of many voices 91 of 100 tokens
were among them.
"""

_WORTH_A_THREAD_LOGITS: Final = 120_000
"""How many logits are worth a second thread: those of the rarer tokens behind three states."""

OwnMemory = Floats
"""Keys and values of a text's tokens, shape ``(layers, 2, context, state)``, written in place."""


class TokensOfText(NamedTuple):
    """Tokens to be fed behind the first ``start`` of a text, which attends to itself and to its audio.

    ``audio`` has keys and values for each layer, without the leading axis of ``KeyValue``; ``audio_bias`` is added
    to the scores of its positions.
    """

    tokens: Sequence[int]
    start: int
    own: OwnMemory
    audio: Sequence[KeyValue]
    audio_bias: Floats


@dataclass(frozen=True, slots=True)
class ProcessorDecoder:
    """The decoder for float32 weights."""

    weights: ProcessorWeights

    def audio(self, features: Features) -> list[KeyValue]:
        """The keys and values of the encoder's features in each layer."""
        return computed(self._audio, features)

    def feed(self, text: TokensOfText) -> tuple[Floats, list[Floats]]:
        """The hidden states, and the scores of the alignment heads for each token."""
        return computed(self._feed, text)

    def score(self, hidden: Floats) -> Floats:
        """The logits of all tokens behind each hidden state."""
        return computed(self._score, hidden)

    def score_common(self, hidden: Floats) -> Floats:
        """The logits of the first ``COMMON_TOKENS`` of the vocabulary."""
        return computed(self._score_common, hidden)

    def score_rarer(self, hidden: Floats) -> Floats:
        """The logits of the tokens behind the common ones."""
        return computed(self._score_rarer, hidden)

    def _audio(self, features: Sequence[Features]) -> list[list[KeyValue]]:
        rows = np.concatenate([np.asarray(each)[0] for each in features])
        layers, heads = self.weights.layers, self.weights.heads
        made: dict[int, KeyValue] = {}

        def compute(some: slice) -> None:
            for index in range(len(layers))[some]:
                made[index] = _audio_keys(rows, layers[index], heads), _audio_values(rows, layers[index], heads)

        with Halves() as halves:
            halves.do(compute, len(layers), is_worth_it=len(rows) >= WORTH_A_THREAD_POSITIONS)
        kept = [made[index] for index in range(len(layers))]
        parts = rows_of_each([each.shape[1] for each in features])
        return [[(keys[..., part], values[:, :, part]) for keys, values in kept] for part in parts]

    def _feed(self, texts: Sequence[TokensOfText]) -> list[tuple[Floats, list[Floats]]]:
        weights = self.weights
        parts = [*zip(texts, rows_of_each([len(text.tokens) for text in texts]), strict=True)]
        x = np.concatenate([self._entering(text) for text in texts])
        followed: list[list[Floats]] = [[] for _ in texts]
        for index, layer in enumerate(weights.layers):
            x += linear(self._attended_own(x, index, parts), layer.own.out)
            attended, scores = self._attended_audio(x, index, parts)
            x += linear(attended, layer.audio_out)
            inner = linear(normed(x, layer.inner_norm), layer.widen)
            gelu_in_place(inner)
            x += linear(inner, layer.narrow)
            for of_text, new in zip(followed, scores, strict=True):
                of_text.append(new)
        hidden = normed(x, weights.norm)
        return [
            (hidden[part], [*np.concatenate(scores).swapaxes(0, 1)])
            for (_, part), scores in zip(parts, followed, strict=True)
        ]

    def _score(self, hidden: Sequence[Floats]) -> list[Floats]:
        return _logits(hidden, self.weights.token_embedding)

    def _score_common(self, hidden: Sequence[Floats]) -> list[Floats]:
        return _logits(hidden, self.weights.token_embedding[:COMMON_TOKENS])

    def _score_rarer(self, hidden: Sequence[Floats]) -> list[Floats]:
        return _logits(hidden, self.weights.token_embedding[COMMON_TOKENS:])

    def _entering(self, text: TokensOfText) -> Floats:
        places = self.weights.position_embedding[text.start : text.start + len(text.tokens)]
        entering: Floats = self.weights.token_embedding[[*text.tokens]] + places
        return entering

    def _attended_own(self, x: Floats, index: int, parts: Sequence[tuple[TokensOfText, slice]]) -> Floats:
        """What the tokens hear of their own texts; their keys and values are stored."""
        layer = self.weights.layers[index]
        heard = normed(x, layer.own_norm)
        queries, keys, values = (linear(heard, each) for each in (layer.own.query, layer.own.key, layer.own.value))
        attended = []
        for text, part in parts:
            own, end = text.own[index], text.start + len(text.tokens)
            own[0, text.start : end], own[1, text.start : end] = keys[part], values[part]
            attended.append(self._attend_own(queries[part], own, text.start))
        return np.concatenate(attended)

    def _attended_audio(
        self, x: Floats, index: int, parts: Sequence[tuple[TokensOfText, slice]]
    ) -> tuple[Floats, list[Floats]]:
        """What the tokens hear of the audio, and for each text the scores of the layer's alignment heads."""
        layer = self.weights.layers[index]
        queries = linear(normed(x, layer.audio_norm), layer.audio_query)
        heard = [self._attend_audio(queries[part], text, index) for text, part in parts]
        followed = [scores[[*layer.alignment_heads]] for _, scores in heard]
        return np.concatenate([attended for attended, _ in heard]), followed

    def _attend_own(self, query: Floats, own: Floats, start: int) -> Floats:
        tokens, end = len(query), start + len(query)
        keys, values = (_by_head(rows[:end], self.weights.heads) for rows in own)
        scores = _by_head(query, self.weights.heads) @ keys.swapaxes(1, 2)
        scores *= self.weights.scale
        if tokens > 1:
            scores[:, ~np.tri(tokens, end, start, dtype=bool)] = -np.inf
        return _joined(_softmax(scores) @ values)

    def _attend_audio(self, query: Floats, text: TokensOfText, index: int) -> tuple[Floats, Floats]:
        keys, values = text.audio[index]
        scores = _by_head(query, self.weights.heads) @ keys
        scores *= self.weights.scale
        scores += text.audio_bias
        return _joined(_softmax(scores) @ values), scores


def new_memory(weights: ProcessorWeights) -> OwnMemory:
    """Room for the keys and values of a text's tokens."""
    shape = (len(weights.layers), 2, *weights.position_embedding.shape)
    return np.empty(shape, dtype=np.float32)


def _logits(hidden: Sequence[Floats], embedding: Floats) -> list[Floats]:
    rows = np.concatenate(hidden)
    logits = np.empty((len(rows), len(embedding)), dtype=np.float32)

    def compute(tokens: slice) -> None:
        rows_by_matrix(rows, embedding[tokens], out=logits[:, tokens])

    with Halves() as halves:
        halves.do(compute, len(embedding), is_worth_it=logits.size >= _WORTH_A_THREAD_LOGITS)
    return [logits[part] for part in rows_of_each([len(each) for each in hidden])]


def _audio_keys(features: Floats, layer: DecoderLayer, heads: int) -> Floats:
    weight, _ = layer.audio_key  # Whisper's keys have no bias
    return matrix_product(weight, features.T).reshape(1, heads, -1, len(features))


def _audio_values(features: Floats, layer: DecoderLayer, heads: int) -> Floats:
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
