"""Multiplies float32 matrices on the processor, with the BLAS that is fastest for their shape.

NumPy brings an OpenBLAS of its own. It multiplies a matrix by one vector best. All larger products go to the
OpenBLAS that was loaded for MLX, where there is one: it is built for its processor, and takes half the time where
NumPy's is told to do with less (``OPENBLAS_CORETYPE``).
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Floats
from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import (
    CBLAS_AS_IT_IS,
    CBLAS_ROW_MAJOR,
    CBLAS_TRANSPOSED,
    fast_blas,
)

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

_ITEM_BYTES: Final = 4


def rows_by_matrix(x: Floats, matrix: Floats, out: Floats | None = None) -> Floats:
    """Each row of ``x`` multiplied by the matrix ``(outputs, inputs)``, written to ``out`` if it is given."""
    return matrix_product(x, matrix.T, out)


def matrix_product(left: Floats, right: Floats, out: Floats | None = None) -> Floats:
    """``left @ right``, written to ``out`` if it is given.

    It is fastest where the elements of each row lie side by side in ``left`` and ``out``, and those of each row or
    of each column in ``right``.
    """
    if out is None:
        out = np.empty((len(left), right.shape[1]), dtype=np.float32)
    multiply = _multiplication()
    by_column = _lies_by_row(right.T)
    is_simple = len(left) > 1 and _lies_by_row(left) and _lies_by_row(out) and (by_column or _lies_by_row(right))
    if multiply is None or not is_simple:
        np.matmul(left, right, out=out)
    else:
        _multiply_in_blocks(multiply, left, right, out, by_column=by_column)
    return out


def _lies_by_row(array: Floats) -> bool:
    """Whether BLAS can take the matrix as it lies, and has something to do with it."""
    row, item = array.strides
    rows, columns = array.shape
    is_float = array.dtype == np.float32
    return is_float and min(rows, columns) > 1 and item == _ITEM_BYTES and row >= columns * item and not row % item


def _multiply_in_blocks(
    multiply: Callable[..., None], left: Floats, right: Floats, out: Floats, *, by_column: bool
) -> None:
    (rows, inner), outputs = left.shape, right.shape[1]
    leading, right_leading, out_leading = (
        array.strides[0] // _ITEM_BYTES for array in (left, right.T if by_column else right, out)
    )
    left_memory, right_memory, out_memory = (each.__array_interface__["data"][0] for each in (left, right, out))
    how = CBLAS_ROW_MAJOR, CBLAS_AS_IT_IS, CBLAS_TRANSPOSED if by_column else CBLAS_AS_IT_IS
    block = _block_outputs(rows, inner, outputs)
    for begin in range(0, outputs, block):
        sizes = rows, min(block, outputs - begin), inner
        of_right = right_memory + begin * right.strides[1], right_leading
        multiply(
            *how, *sizes, 1.0, left_memory, leading, *of_right, 0.0, out_memory + begin * _ITEM_BYTES, out_leading
        )


def _block_outputs(rows: int, inner: int, outputs: int) -> int:
    """How many outputs to compute at once."""
    small = _MOST_SMALL_OPERATIONS // (rows * inner) // _OUTPUTS_STEP * _OUTPUTS_STEP
    return outputs if rows > _FEW_ROWS or not small else small


@cache
def _multiplication() -> Callable[..., None] | None:
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
