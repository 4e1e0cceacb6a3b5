"""NumPy's way to GELU and attention gives what MLX gives."""

import mlx.core as mx
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from mlx.nn.layers.activations import gelu

from realtime_mlx_stt.adapters.speech_to_text.network import fast_arithmetic

arrays_of_floats = arrays.arrays(
    np.float32, st.tuples(st.integers(1, 4), st.integers(1, 33)), elements=st.floats(-30, 30, width=32)
)


@given(values=arrays_of_floats)
def test_gelu(values: npt.NDArray[np.float32]) -> None:
    expected = np.array(gelu(mx.array(values)))

    fast_arithmetic.gelu_in_place(values)

    np.testing.assert_allclose(values, expected, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("elements", [(1 << 15) - 1, 1 << 15, (1 << 16) + 7])
def test_gelu_of_more_than_one_block(elements: int) -> None:
    values = np.linspace(-8, 8, elements, dtype=np.float32)
    expected = np.array(gelu(mx.array(values)))

    fast_arithmetic.gelu_in_place(values)

    np.testing.assert_allclose(values, expected, atol=1e-6)


@pytest.mark.parametrize(("queries", "positions"), [(1, 1), (5, 9), (130, 40)])
def test_attention_counts_a_position_as_often_as_it_stands_for_others(queries: int, positions: int) -> None:
    heads, size = 2, 4
    random = np.random.default_rng(0)
    query, key, value = (
        random.normal(0, 2, (rows, heads * size)).astype(np.float32) for rows in (queries, positions, positions)
    )
    counts = random.integers(1, 9, positions).astype(np.float32)

    attended = fast_arithmetic.attend(query, key, value, counts, heads)

    repeated = [
        np.repeat(each, counts.astype(int), axis=0).reshape(-1, heads, size).swapaxes(0, 1) for each in (key, value)
    ]
    scores = query.reshape(-1, heads, size).swapaxes(0, 1) @ repeated[0].swapaxes(1, 2)
    expected = np.array(mx.softmax(mx.array(scores), axis=-1)) @ repeated[1]
    np.testing.assert_allclose(attended, expected.swapaxes(0, 1).reshape(queries, -1), atol=1e-4)
