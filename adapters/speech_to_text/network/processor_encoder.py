"""Computes the encoder on the processor, with NumPy in MLX's memory, on two cores if two are free.

Positions depend on each other only in attention. So one thread computes the first half of them and another the
rest, and twice per layer they wait for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Floats
from realtime_mlx_stt.adapters.speech_to_text.network.fast_arithmetic import attend, gelu_in_place
from realtime_mlx_stt.adapters.speech_to_text.network.halves import Halves
from realtime_mlx_stt.adapters.speech_to_text.network.processor_weights import (
    EncoderLayer,
    EncoderWeights,
    Linear,
    linear,
    normed,
)

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
        """Features of the positions ``x``, which is overwritten; shape ``(positions, state)``.

        They attend to all of ``memory``, each row as often as ``counts`` says; their own keys and values are
        written into it from the row ``first`` on.
        """
        with Halves() as halves:
            for weights, layer_memory in zip(self.weights.layers, memory, strict=True):
                layer = _LayerPass(weights, self.weights.heads, x, layer_memory, first, counts)
                for step in (layer.prepare, layer.finish):
                    halves.do(step, len(x), positions=len(x))
        return normed(x, self.weights.norm)


class _LayerPass:
    """One layer, some rows of ``x`` at a time: first ``prepare`` for all of them, then ``finish``."""

    def __init__(
        self, weights: EncoderLayer, heads: int, x: Floats, memory: KeysAndValues, first: int, counts: Floats
    ) -> None:
        self._weights = weights
        self._heads = heads
        self._x = x
        self._keys, self._values = memory
        self._first = first
        self._counts = counts
        self._queries = np.empty_like(x)

    def prepare(self, rows: slice) -> None:
        """Queries, keys and values of the rows."""
        own = self._weights.own
        heard = normed(self._x[rows], self._weights.own_norm)
        everywhere = slice(self._first + rows.start, self._first + rows.stop)
        self._keys[everywhere] = linear(heard, own.key)
        self._values[everywhere] = linear(heard, own.value)
        queries = linear(heard, own.query)
        queries *= np.float32((self._x.shape[1] // self._heads) ** -0.5)
        self._queries[rows] = queries

    def finish(self, rows: slice) -> None:
        """What the rows become by attending to all positions, and by what is done to each alone."""
        weights, x = self._weights, self._x[rows]
        attended = attend(self._queries[rows], self._keys, self._values, self._counts, self._heads)
        x += linear(attended, weights.own.out)
        inner = linear(normed(x, weights.inner_norm), weights.widen)
        gelu_in_place(inner)
        x += linear(inner, weights.narrow)


def _convolved(x: Floats, weights: Linear, stride: int) -> Floats:
    """GELU of the convolution over three frames, every ``stride`` frames; behind both ends there are zeros."""
    padded = np.pad(x, ((1, 1), (0, 0)))
    frames = len(x)
    heard = np.concatenate([padded[place : place + frames : stride] for place in range(3)], axis=1)
    out = linear(heard, weights)
    gelu_in_place(out)
    return out
