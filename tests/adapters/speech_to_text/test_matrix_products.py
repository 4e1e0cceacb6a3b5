"""Products of every shape are those of NumPy, however the elements lie in memory."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Floats
from realtime_mlx_stt.adapters.speech_to_text.network.matrix_products import matrix_product, rows_by_matrix

SIZES = st.integers(1, 40)


def numbers(rows: int, columns: int, seed: int) -> Floats:
    return np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)


@given(rows=SIZES, inner=SIZES, outputs=st.integers(2, 60), is_by_column=st.booleans())
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
