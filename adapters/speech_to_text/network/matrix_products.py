"""Multiplies float32 matrices on the processor, with the BLAS that is fastest for their shape.

NumPy brings an OpenBLAS of its own. It multiplies a matrix by one vector best. All larger products go to the
OpenBLAS that was loaded for MLX, where there is one: it is built for its processor, and takes half the time where
NumPy's is told to do with less (``OPENBLAS_CORETYPE``).
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Floats
from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import fast_blas

__all__ = ["matrix_product", "rows_by_matrix"]

_MOST_SMALL_OPERATIONS: Final = 400_000
"""OpenBLAS arranges both matrices anew for each product, unless it has fewer multiplications than about this many
and the processor has AVX-512.
"""

_FEW_ROWS: Final = 8
_OUTPUTS_STEP: Final = 16
"""For at most this many rows, a large matrix is multiplied in blocks that are small products, of a multiple of this
many outputs. The vocabulary of tiny.en by two rows takes 3.2 ms in blocks and 7.4 ms at once; by eight rows 6.9 ms
and 7.8 ms; by twelve both the same.
"""

_ROW_MAJOR, _AS_IT_IS, _TRANSPOSED = 101, 111, 112
_ITEM_BYTES: Final = 4


def rows_by_matrix(x: Floats, matrix: Floats, out: Floats | None = None) -> Floats:
    """Each row of ``x`` multiplied by the matrix ``(outputs, inputs)``, written to ``out`` if it is given."""
    return matrix_product(x, matrix.T, out)


def matrix_product(left: Floats, right: Floats, out: Floats | None = None) -> Floats:
    """``left @ right``, written to ``out`` if it is given.

    The elements of each row lie side by side in ``left`` and ``out``; in ``right``, those of each row or of each
    column.
    """
    multiply = _multiplication()
    rows, inner, outputs = *left.shape, right.shape[1]
    if multiply is None or rows == 1:
        product: Floats = np.matmul(left, right, out=out)
        return product
    if out is None:
        out = np.empty((rows, outputs), dtype=np.float32)
    by_column = right.strides[0] == _ITEM_BYTES
    leading = [array.strides[0] // _ITEM_BYTES for array in (left, out)]
    right_leading = right.strides[1 if by_column else 0] // _ITEM_BYTES
    left_memory, right_memory, out_memory = (each.__array_interface__["data"][0] for each in (left, right, out))
    block = _block_outputs(rows, inner, outputs)
    for begin in range(0, outputs, block):
        multiply(
            *(_ROW_MAJOR, _AS_IT_IS, _TRANSPOSED if by_column else _AS_IT_IS),
            *(rows, min(block, outputs - begin), inner),
            *(1.0, left_memory, leading[0], right_memory + begin * right.strides[1], right_leading),
            *(0.0, out_memory + begin * _ITEM_BYTES, leading[1]),
        )
    return out


def _block_outputs(rows: int, inner: int, outputs: int) -> int:
    """How many outputs to compute at once."""
    small = _MOST_SMALL_OPERATIONS // (rows * inner) // _OUTPUTS_STEP * _OUTPUTS_STEP
    return outputs if rows > _FEW_ROWS or not small else small


@cache
def _multiplication() -> Callable[..., Any] | None:
    """The function of C's interface to BLAS, None where NumPy shall do."""
    library = fast_blas()
    if library is None:
        return None
    number, real, memory = ctypes.c_int, ctypes.c_float, ctypes.c_void_p
    multiply = library.cblas_sgemm
    multiply.argtypes = (
        *[number] * 6,
        *(real, memory, number, memory, number),
        *(real, memory, number),
    )
    multiply.restype = None
    return multiply
