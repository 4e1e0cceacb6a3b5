"""NumPy's way to GELU and softmax gives what MLX gives."""

import mlx.core as mx
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from mlx.nn.layers.activations import gelu

from realtime_mlx_stt.adapters.speech_to_text import fast_arithmetic

arrays_of_floats = arrays.arrays(
    np.float32, st.tuples(st.integers(1, 4), st.integers(1, 33)), elements=st.floats(-30, 30, width=32)
)


@given(values=arrays_of_floats)
def test_gelu(values: npt.NDArray[np.float32]) -> None:
    expected = np.array(gelu(mx.array(values)))

    np.testing.assert_allclose(np.array(fast_arithmetic.gelu(mx.array(values))), expected, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("elements", [(1 << 15) - 1, 1 << 15, (1 << 16) + 7])
def test_gelu_of_more_than_one_block(elements: int) -> None:
    values = np.linspace(-8, 8, elements, dtype=np.float32)

    result = np.array(fast_arithmetic.gelu(mx.array(values)))

    np.testing.assert_allclose(result, np.array(gelu(mx.array(values))), atol=1e-6)


def test_gelu_of_an_array_that_is_not_contiguous() -> None:
    values = mx.array(np.linspace(-3, 3, 60, dtype=np.float32).reshape(6, 10))

    result = fast_arithmetic.gelu(values.T)

    np.testing.assert_allclose(np.array(result), np.array(gelu(values.T)), atol=1e-6)


@given(values=arrays_of_floats)
def test_exponentials_over_their_sum_are_the_softmax(values: npt.NDArray[np.float32]) -> None:
    numerators = np.array(fast_arithmetic.exponentials(mx.array(values)))

    softmax = numerators / numerators.sum(axis=-1, keepdims=True)
    rounding = (values.shape[1] + 16) * 2.0**-24  # half a unit in the last place for each step
    expected = np.array(mx.softmax(mx.array(values), axis=-1, precise=True))
    np.testing.assert_allclose(softmax, expected, rtol=0.0, atol=rounding)
