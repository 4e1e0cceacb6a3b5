"""GELU and softmax by NumPy in MLX's own memory, for the CPU, where MLX needs 12 to 27 ns an element for them."""

from typing import Final

import mlx.core as mx
import numpy as np
import numpy.typing as npt

__all__ = ["exponentials", "gelu"]

_BLOCK_ELEMENTS: Final = 1 << 15
"""128 kB: the dozen passes over a block stay in the processor's cache."""

_ERF: Final = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
_ERF_SCALE: Final = 0.3275911
"""Abramowitz and Stegun, 7.1.26: erf to within 1.5e-7."""

_Floats = npt.NDArray[np.float32]


def gelu(array: mx.array) -> mx.array:
    """``x * (1 + erf(x / sqrt 2)) / 2`` of a float32 array that nothing else needs: it is overwritten."""
    array = mx.contiguous(array)
    elements = _memory(array).reshape(-1)
    scratch = np.empty((3, min(_BLOCK_ELEMENTS, elements.size)), dtype=np.float32)
    for start in range(0, elements.size, _BLOCK_ELEMENTS):
        block = elements[start : start + _BLOCK_ELEMENTS]
        _gelu_block(block, scratch[:, : block.size])
    return array


def exponentials(scores: mx.array) -> mx.array:
    """The numerators of a softmax over the last axis; ``scores`` is overwritten."""
    scores = mx.contiguous(scores)
    rows = _memory(scores)
    rows -= rows.max(axis=-1, keepdims=True)
    np.exp(rows, out=rows)
    return scores


def _memory(array: mx.array) -> _Floats:
    """The contiguous array's own memory, once it has been computed."""
    mx.eval(array)
    return np.array(array, copy=False)


def _gelu_block(block: _Floats, scratch: _Floats) -> None:
    root, tail, polynomial = scratch
    np.multiply(block, np.float32(np.sqrt(0.5)), out=root)
    np.multiply(root, root, out=tail)
    np.negative(tail, out=tail)
    np.exp(tail, out=tail)
    np.abs(root, out=root)
    root *= _ERF_SCALE
    root += 1
    np.reciprocal(root, out=root)
    np.multiply(root, _ERF[-1], out=polynomial)
    for coefficient in _ERF[-2::-1]:
        polynomial += coefficient
        polynomial *= root
    # tail = (1 - erf |z|) / 2, the share that GELU takes away from |x|; x * Phi(x) = max(x, 0) - |x| * tail.
    tail *= polynomial
    tail *= 0.5
    np.abs(block, out=root)
    tail *= root
    np.maximum(block, 0, out=block)
    block -= tail
