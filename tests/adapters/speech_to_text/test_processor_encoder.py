"""NumPy's encoder hears what MLX's hears, alone or on two threads, and behind positions that were kept."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import bare_model

from realtime_mlx_stt.adapters.speech_to_text.encoding.encoder import (
    Places,
    encode,
    encode_into,
    encoder_memory,
    entering,
)
from realtime_mlx_stt.adapters.speech_to_text.encoding.hearing_window import (
    HearingWindow,
    hearing_window,
    whole_window,
)
from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Floats
from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import WhisperModel
from realtime_mlx_stt.ports.audio_source import AudioSamples


@pytest.mark.parametrize("is_whole", [True, False])
def test_both_hear_the_same(*, is_whole: bool) -> None:
    model, audio = bare_model(), clip("lj001-0008").audio
    window = whole_window(1500) if is_whole else hearing_window(audio.size, longest=1500)
    assert model.encoder is not None

    by_numpy, by_mlx = (np.array(encode(each, audio, window)) for each in (model, replace(model, encoder=None)))

    np.testing.assert_allclose(by_numpy, by_mlx, atol=2e-3)


def test_both_remember_the_same_and_go_on_behind_it() -> None:
    model, audio = bare_model(), clip("lj001-0008").audio
    window = hearing_window(audio.size, longest=1500)

    by_numpy, by_mlx = (behind(each, audio, window, 60) for each in (model, replace(model, encoder=None)))

    np.testing.assert_allclose(by_numpy, by_mlx, atol=2e-3)
    assert by_numpy.shape[1] == window.positions.size - 60


@pytest.mark.parametrize("few", [5, 400])
def test_positions_behind_others_are_heard_as_all_at_once(few: int) -> None:
    model, audio = bare_model(), clip("jfk").audio
    window = hearing_window(audio.size, longest=1500)

    rest = behind(model, audio, window, window.positions.size - few)

    np.testing.assert_allclose(rest, np.array(encode(model, audio, window))[:, -few:], atol=1e-3)


def behind(model: WhisperModel, audio: AudioSamples, window: HearingWindow, first: int) -> Floats:
    """The features from ``first`` on, computed anew by what is remembered of those before."""
    size = window.positions.size
    memory, spectrogram = encoder_memory(model, size), model.log_mel(audio, window.convolved * 2)

    def compute(computed: slice) -> Floats:
        x = entering(model, spectrogram, window.sources[computed], window.positions[computed])
        places = Places(computed=computed, attended=slice(0, size), counts=window.counts)
        return np.array(encode_into(model, x, memory, places))

    compute(slice(0, size))
    return compute(slice(first, size))


def test_no_thread_is_left_behind() -> None:
    audio = clip("lj001-0008").audio
    before = set(threading.enumerate())

    encode(bare_model(), audio, hearing_window(audio.size, longest=1500))

    assert set(threading.enumerate()) == before
