"""Computes the encoder on the processor, with NumPy in MLX's memory, on two cores if two are free.

Positions depend on each other only in attention. So one thread computes the first half of them and another the
rest, and twice per layer they wait for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Floats
from realtime_mlx_stt.adapters.speech_to_text.network.fast_arithmetic import attend, gelu_in_place
from realtime_mlx_stt.adapters.speech_to_text.network.halves import WORTH_A_THREAD_POSITIONS, Halves
from realtime_mlx_stt.adapters.speech_to_text.network.processor_weights import (
    EncoderLayer,
    EncoderWeights,
    Linear,
    linear,
    normed,
)
from realtime_mlx_stt.adapters.speech_to_text.runtime.side_by_side import computed, rows_of_each

__all__ = ["KeysAndValues", "ProcessorEncoder"]

KeysAndValues = tuple[Floats, Floats]
"""Keys and values of one layer, each of shape ``(rows, state)``; written in place."""


@dataclass(frozen=True, slots=True)
class ProcessorEncoder:
    """The encoder for float32 weights."""

    weights: EncoderWeights

    def entering(
        self, spectrogram: Floats, sources: npt.NDArray[np.int32], positions: npt.NDArray[np.int32]
    ) -> Floats:
        """The input of the first layer, shape ``(positions, state)``.

        ``sources`` names, for each of ``positions``, the two frames of the spectrogram that are heard there.
        """
        x = spectrogram
        for weights, stride in zip(self.weights.convolutions, (1, 2), strict=True):
            x = _convolved(x, weights, stride)
        return x[sources] + self.weights.position_embedding[positions]

    def encode(self, x: Floats, memory: Sequence[KeysAndValues], first: int, counts: Floats) -> Floats:
        """Features of the positions ``x``; shape ``(positions, state)``.

        They attend to all of ``memory``, each row as often as ``counts`` says; their own keys and values are
        written into it from the row ``first`` on.
        """
        return computed(self._encode, _Entered(x, memory, first, counts))

    def _encode(self, entered: Sequence["_Entered"]) -> list[Floats]:
        x = np.concatenate([each.x for each in entered])
        parts = rows_of_each([len(each.x) for each in entered])
        with Halves() as halves:
            for index, weights in enumerate(self.weights.layers):
                stretches = [
                    _Stretch(each, part, each.memory[index]) for each, part in zip(entered, parts, strict=True)
                ]
                layer = _LayerPass(weights, self.weights.heads, x, stretches)
                for step in (layer.prepare, layer.finish):
                    halves.do(step, len(x), is_worth_it=len(x) >= WORTH_A_THREAD_POSITIONS)
        features = normed(x, self.weights.norm)
        return [features[part] for part in parts]


class _Entered(NamedTuple):
    """What is to be encoded of one sound, as ``ProcessorEncoder.encode`` says."""

    x: Floats
    memory: Sequence[KeysAndValues]
    first: int
    counts: Floats


class _Stretch(NamedTuple):
    """The rows of all that are of one sound, and its keys and values in one layer."""

    sound: _Entered
    rows: slice
    memory: KeysAndValues

    def within(self, rows: slice) -> slice:
        """Those of the rows that are of this sound."""
        begin = min(max(self.rows.start, rows.start), rows.stop)
        return slice(begin, max(begin, min(self.rows.stop, rows.stop)))


class _LayerPass:
    """One layer, some rows of ``x`` at a time: first ``prepare`` for all of them, then ``finish``."""

    def __init__(self, weights: EncoderLayer, heads: int, x: Floats, stretches: Sequence[_Stretch]) -> None:
        self._weights = weights
        self._heads = heads
        self._x = x
        self._stretches = stretches
        self._queries = np.empty_like(x)

    def prepare(self, rows: slice) -> None:
        """Queries, keys and values of the rows."""
        own = self._weights.own
        heard = normed(self._x[rows], self._weights.own_norm)
        made = linear(heard, own.key), linear(heard, own.value)
        for stretch in self._stretches:
            here = stretch.within(rows)
            kept_at = _moved(here, stretch.sound.first - stretch.rows.start)
            for memory, new in zip(stretch.memory, made, strict=True):
                memory[kept_at] = new[_moved(here, -rows.start)]
        queries = linear(heard, own.query)
        queries *= np.float32((self._x.shape[1] // self._heads) ** -0.5)
        self._queries[rows] = queries

    def finish(self, rows: slice) -> None:
        """What the rows become by attending to all positions, and by what is done to each alone."""
        weights, x = self._weights, self._x[rows]
        x += linear(self._attended(rows), weights.own.out)
        inner = linear(normed(x, weights.inner_norm), weights.widen)
        gelu_in_place(inner)
        x += linear(inner, weights.narrow)

    def _attended(self, rows: slice) -> Floats:
        """What the rows hear by attending to all positions of their own sounds."""
        heard = []
        for stretch in self._stretches:
            queries = self._queries[stretch.within(rows)]
            if len(queries):
                heard.append(attend(queries, *stretch.memory, stretch.sound.counts, self._heads))
        return np.concatenate(heard)


def _moved(rows: slice, by: int) -> slice:
    return slice(rows.start + by, rows.stop + by)


def _convolved(x: Floats, weights: Linear, stride: int) -> Floats:
    """GELU of the convolution over three frames, every ``stride`` frames; behind both ends there are zeros."""
    padded = np.pad(x, ((1, 1), (0, 0)))
    frames = len(x)
    heard = np.concatenate([padded[place : place + frames : stride] for place in range(3)], axis=1)
    out = linear(heard, weights)
    gelu_in_place(out)
    return out
