"""Computes the encoder's layers on the processor, with NumPy in MLX's memory, on two cores if two are free.

Positions depend on each other only in attention. So one thread computes the first half of them and another the
rest, and twice per layer they wait for each other. OpenBLAS could divide each product by itself, but its threads
spin while they wait, which costs a core and slows down everything else on the machine; these threads sleep.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Floats
from realtime_mlx_stt.adapters.speech_to_text.network.fast_arithmetic import attend, gelu_in_place
from realtime_mlx_stt.adapters.speech_to_text.network.processor_weights import (
    EncoderLayer,
    EncoderWeights,
    linear,
    normed,
)

__all__ = ["KeysAndValues", "ProcessorEncoder"]

_WORTH_A_THREAD_POSITIONS: Final = 128
"""How many positions are worth a second thread. With fewer, two halves cost too much, as both arrange all weights
anew for their products: 80 positions behind 400 others took 63 ms of processor time in halves, 46 ms at once. A
final text has more.
"""

KeysAndValues = tuple[Floats, Floats]
"""Keys and values of one layer, each of shape ``(rows, state)``; written in place."""


@dataclass(frozen=True, slots=True)
class ProcessorEncoder:
    """The encoder's layers behind the convolutions, for float32 weights."""

    weights: EncoderWeights

    def encode(self, x: Floats, memory: Sequence[KeysAndValues], first: int, counts: Floats) -> Floats:
        """Features of the positions ``x``, which is overwritten; shape ``(positions, state)``.

        They attend to all of ``memory``, each row as often as ``counts`` says; their own keys and values are
        written into it from the row ``first`` on.
        """
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="encoder") as second:
            for weights, layer_memory in zip(self.weights.layers, memory, strict=True):
                layer = _LayerPass(weights, self.weights.heads, x, layer_memory, first, counts)
                for step in (layer.prepare, layer.finish):
                    _do_by_halves(step, len(x), second)
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


def _do_by_halves(step: Callable[[slice], None], rows: int, second: ThreadPoolExecutor) -> None:
    middle = rows // 2 if rows >= _WORTH_A_THREAD_POSITIONS else rows
    rest = second.submit(step, slice(middle, rows)) if middle < rows else None
    step(slice(0, middle))
    if rest is not None:
        rest.result()
