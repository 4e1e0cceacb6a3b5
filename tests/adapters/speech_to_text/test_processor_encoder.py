"""NumPy's encoder hears what MLX's hears, alone or on two threads, and behind positions that were kept."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import bare_model

from realtime_mlx_stt.adapters.speech_to_text.encoder import encode, encode_behind
from realtime_mlx_stt.adapters.speech_to_text.hearing_window import hearing_window


@pytest.mark.parametrize("stride", [1, 4, 32])
def test_both_hear_the_same(stride: int) -> None:
    model, audio = bare_model(), clip("lj001-0008").audio
    window = hearing_window(audio.size, longest=1500, stride=stride)
    assert model.encoder is not None

    by_numpy, by_mlx = (np.array(encode(each, audio, window)) for each in (model, replace(model, encoder=None)))

    np.testing.assert_allclose(by_numpy, by_mlx, atol=2e-3)


def test_both_keep_the_same_and_go_on_behind_it() -> None:
    model, audio = bare_model(), clip("lj001-0008").audio
    window = hearing_window(audio.size, longest=1500, stride=32)
    whole = encode_behind(model, audio, window, ())
    kept = [(key[:60], value[:60]) for key, value in whole.kept]

    by_numpy, by_mlx = (encode_behind(each, audio, window, kept) for each in (model, replace(model, encoder=None)))

    np.testing.assert_allclose(np.array(by_numpy.features), np.array(by_mlx.features), atol=2e-3)
    assert by_numpy.features.shape[1] == window.positions.size - 60
    assert [key.shape for key, _ in by_numpy.kept] == [key.shape for key, _ in whole.kept]


def test_few_positions_are_heard_as_many_are() -> None:
    model, audio = bare_model(), clip("lj001-0008").audio
    window = hearing_window(audio.size, longest=1500, stride=32)
    whole = encode_behind(model, audio, window, ())
    few = window.dense - 5

    rest = encode_behind(model, audio, window, [(key[:few], value[:few]) for key, value in whole.kept])

    np.testing.assert_allclose(np.array(rest.features[0]), np.array(whole.features[0, few:]), atol=1e-3)


def test_no_thread_is_left_behind() -> None:
    audio = clip("lj001-0008").audio
    before = set(threading.enumerate())

    encode(bare_model(), audio, hearing_window(audio.size, longest=1500, stride=4))

    assert set(threading.enumerate()) == before
