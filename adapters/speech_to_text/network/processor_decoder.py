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
from realtime_mlx_stt.adapters.speech_to_text.network.halves import Halves
from realtime_mlx_stt.adapters.speech_to_text.network.matrix_products import matrix_product, rows_by_matrix
from realtime_mlx_stt.adapters.speech_to_text.network.processor_weights import (
    DecoderLayer,
    ProcessorWeights,
    linear,
    normed,
)
from realtime_mlx_stt.adapters.speech_to_text.runtime.side_by_side import computed

__all__ = ["OwnMemory", "ProcessorDecoder", "TokensOfText", "new_memory"]

_WORTH_A_THREAD_POSITIONS: Final = 128
_WORTH_A_THREAD_PRODUCTS: Final = 120_000
"""How many scores of tokens are worth a second thread."""

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

    @property
    def end(self) -> int:
        """How many tokens the text has then."""
        return self.start + len(self.tokens)


class _Scored(NamedTuple):
    """Hidden states for which the logits of some tokens of the vocabulary are wanted."""

    hidden: Floats
    vocabulary: slice


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

    def score(self, hidden: Floats, vocabulary: slice) -> Floats:
        """The logits of these tokens of the vocabulary behind each hidden state."""
        return computed(self._score, _Scored(hidden, vocabulary))

    def _audio(self, features: Sequence[Features]) -> list[list[KeyValue]]:
        rows = np.concatenate([np.asarray(each)[0] for each in features])
        ends = np.cumsum([each.shape[1] for each in features]).tolist()
        layers, heads = self.weights.layers, self.weights.heads
        made: dict[int, KeyValue] = {}

        def compute(some: slice) -> None:
            for index in range(len(layers))[some]:
                made[index] = _audio_keys(rows, layers[index], heads), _audio_values(rows, layers[index], heads)

        with Halves() as halves:
            halves.do(compute, len(layers), is_worth_it=len(rows) >= _WORTH_A_THREAD_POSITIONS)
        parts = [slice(begin, end) for begin, end in zip([0, *ends], ends, strict=False)]
        kept = [made[index] for index in range(len(layers))]
        return [[(keys[..., part], values[:, :, part]) for keys, values in kept] for part in parts]

    def _feed(self, texts: Sequence[TokensOfText]) -> list[tuple[Floats, list[Floats]]]:
        weights = self.weights
        entering = [
            weights.token_embedding[[*text.tokens]] + weights.position_embedding[text.start : text.end]
            for text in texts
        ]
        x = np.concatenate(entering)
        ends = np.cumsum([len(each) for each in entering]).tolist()
        parts = [slice(begin, end) for begin, end in zip([0, *ends], ends, strict=False)]
        followed: list[list[Floats]] = [[] for _ in texts]
        for index, layer in enumerate(weights.layers):
            x += linear(self._attended_own(x, index, texts, parts), layer.own.out)
            query = linear(normed(x, layer.audio_norm), layer.audio_query)
            attended = []
            for text, part, scores_of_text in zip(texts, parts, followed, strict=True):
                heard, scores = self._attend_audio(query[part], text, index)
                attended.append(heard)
                if layer.alignment_heads:
                    scores_of_text.append(scores[[*layer.alignment_heads]])
            x += linear(np.concatenate(attended), layer.audio_out)
            inner = linear(normed(x, layer.inner_norm), layer.widen)
            gelu_in_place(inner)
            x += linear(inner, layer.narrow)
        hidden = np.split(normed(x, weights.norm), ends[:-1])
        return [
            (state, [*np.concatenate(scores).swapaxes(0, 1)])
            for state, scores in zip(hidden, followed, strict=True)
        ]

    def _score(self, scored: Sequence[_Scored]) -> list[Floats]:
        made: dict[int, Floats] = {}
        for vocabulary in {
            (each.vocabulary.start, each.vocabulary.stop): each.vocabulary for each in scored
        }.values():
            members = [index for index, each in enumerate(scored) if each.vocabulary == vocabulary]
            logits = self._logits(np.concatenate([scored[index].hidden for index in members]), vocabulary)
            ends = np.cumsum([len(scored[index].hidden) for index in members])
            made.update(zip(members, np.split(logits, ends[:-1]), strict=True))
        return [made[index] for index in range(len(scored))]

    def _logits(self, hidden: Floats, vocabulary: slice) -> Floats:
        embedding = self.weights.token_embedding[vocabulary]
        logits = np.empty((len(hidden), len(embedding)), dtype=np.float32)

        def compute(tokens: slice) -> None:
            rows_by_matrix(hidden, embedding[tokens], out=logits[:, tokens])

        with Halves() as halves:
            halves.do(compute, len(embedding), is_worth_it=logits.size >= _WORTH_A_THREAD_PRODUCTS)
        return logits

    def _attended_own(self, x: Floats, index: int, texts: Sequence[TokensOfText], parts: Sequence[slice]) -> Floats:
        """What the tokens hear of their own texts; their keys and values are stored."""
        layer = self.weights.layers[index]
        heard = normed(x, layer.own_norm)
        queries, keys, values = (linear(heard, each) for each in (layer.own.query, layer.own.key, layer.own.value))
        attended = []
        for text, part in zip(texts, parts, strict=True):
            own = text.own[index]
            own[0, text.start : text.end], own[1, text.start : text.end] = keys[part], values[part]
            attended.append(self._attend_own(queries[part], own, text.start))
        return np.concatenate(attended)

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
