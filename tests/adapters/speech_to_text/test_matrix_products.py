"""Products of every shape are right, however the elements lie in memory."""

import platform

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Floats
from realtime_mlx_stt.adapters.speech_to_text.network.matrix_products import matrix_product, rows_by_matrix
from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import fast_blas, load_fast_blas

SIZES = st.integers(0, 40)


def numbers(rows: int, columns: int, seed: int) -> Floats:
    return np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)


@given(rows=SIZES, inner=SIZES, outputs=st.integers(0, 60), is_by_column=st.booleans())
def test_small_products(rows: int, inner: int, outputs: int, *, is_by_column: bool) -> None:
    left = numbers(rows, inner, seed=1)
    right = numbers(outputs, inner, seed=2).T if is_by_column else numbers(inner, outputs, seed=2)

    np.testing.assert_allclose(matrix_product(left, right), left @ right, atol=1e-4)


@given(rows=st.sampled_from([1, 2, 3, 5, 8, 9, 50]), outputs=st.sampled_from([700, 2_049, 10_000]))
def test_products_by_a_large_matrix(rows: int, outputs: int) -> None:
    x, matrix = numbers(rows, 64, seed=3), numbers(outputs, 64, seed=4)

    np.testing.assert_allclose(rows_by_matrix(x, matrix), x @ matrix.T, atol=1e-4)


@given(rows=st.sampled_from([2, 7, 40]))
def test_products_of_parts_of_matrices_written_into_a_part_of_another(rows: int) -> None:
    left, right, whole = numbers(rows, 96, seed=5), numbers(3_000, 96, seed=6), numbers(rows, 3_010, seed=7)
    before = whole.copy()

    matrix_product(left[:, 32:64], right[:, 32:64].T, out=whole[:, 5:3_005])

    np.testing.assert_allclose(whole[:, 5:3_005], left[:, 32:64] @ right[:, 32:64].T, atol=1e-4)
    np.testing.assert_array_equal(whole[:, :5], before[:, :5])
    np.testing.assert_array_equal(whole[:, 3_005:], before[:, 3_005:])


@pytest.mark.parametrize("columns", [1, 2, 33])
def test_operands_that_blas_cannot_take_as_they_lie(columns: int) -> None:
    whole = numbers(80, 2 * columns, seed=8)
    scattered, reversed_rows, by_column = whole[::2, ::2], whole[::-1, :columns], numbers(columns, 80, seed=9).T
    right = numbers(columns, 50, seed=10)

    for left in (scattered, reversed_rows, by_column, whole[:, :columns].astype(np.float64)):
        np.testing.assert_allclose(matrix_product(left, right), left @ right, atol=1e-4)  # type: ignore[arg-type]


def test_the_blas_of_its_own_is_used_where_it_works() -> None:
    said = load_fast_blas()

    assert (fast_blas() is not None) is said.startswith("OpenBLAS")
    assert fast_blas() is not None or platform.system() == "Darwin" or "does not work on this processor" in said
