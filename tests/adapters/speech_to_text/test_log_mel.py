"""The spectrogram is the one that Whisper was trained on."""

from functools import cache
from pathlib import Path

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.speech_to_text.clips import Clip

from realtime_mlx_stt.adapters.speech_to_text.network.log_mel import LogMel
from realtime_mlx_stt.adapters.speech_to_text.runtime.package_modules import import_module
from realtime_mlx_stt.ports.audio_source import AudioSamples

SECOND = 16_000
FRAMES = 3000


@cache
def log_mel(mels: int) -> LogMel:
    return LogMel(Path(import_module("audio").__file__).parent / "assets" / "mel_filters.npz", mels)


def reference(samples: AudioSamples, mels: int, padded_samples: int) -> np.ndarray:
    """What mlx-whisper makes of the audio and the silence after it."""
    audio = import_module("audio")
    return np.array(audio.log_mel_spectrogram(audio.pad_or_trim(mx.array(samples), padded_samples), n_mels=mels))


@pytest.mark.parametrize("mels", [80, 128])
def test_of_speech_in_a_window_of_30_seconds(short_clip: Clip, mels: int) -> None:
    spectrogram = log_mel(mels)(short_clip.audio, FRAMES)

    np.testing.assert_allclose(spectrogram, reference(short_clip.audio, mels, 30 * SECOND), atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(samples=st.integers(1, 2 * SECOND), seed=st.integers(0, 9), loudness=st.sampled_from([0.0, 1e-4, 0.1, 1.0]))
def test_of_noise_of_any_length(samples: int, seed: int, loudness: float) -> None:
    noise = np.random.default_rng(seed).uniform(-loudness, loudness, samples).astype(np.float32)

    np.testing.assert_allclose(log_mel(80)(noise, 300), reference(noise, 80, 3 * SECOND), atol=1e-4)


def test_of_audio_that_fills_the_window_but_for_its_mirrored_end(short_clip: Clip) -> None:
    """MLX-whisper mirrors a window at its end, so that two frames hear sound; here they hear silence."""
    full = np.resize(short_clip.audio, 3 * SECOND)

    spectrogram = log_mel(80)(full, 300)

    np.testing.assert_allclose(spectrogram[:-2], reference(full, 80, 3 * SECOND)[:-2], atol=1e-4)


def test_of_no_audio_is_silence() -> None:
    spectrogram = log_mel(80)(np.zeros(0, dtype=np.float32), 10)

    assert spectrogram.shape == (10, 80)
    assert np.ptp(spectrogram) == 0.0


@pytest.mark.parametrize("begin", [2, 36, 100])
def test_of_a_part_is_that_part_of_the_whole(short_clip: Clip, begin: int) -> None:
    whole = log_mel(80).heard_from(0, short_clip.audio, 400)

    part = log_mel(80).heard_from(begin, short_clip.audio, 400, loudest=whole.loudest)

    np.testing.assert_allclose(part.frames, whole.frames[begin:], atol=1e-4)
    assert part.loudest == whole.loudest


def test_of_a_part_behind_all_sound_is_silence(short_clip: Clip) -> None:
    heard = log_mel(80).heard_from(380, short_clip.audio[:SECOND], 400, loudest=3.0)

    assert np.ptp(heard.frames) == 0.0
    assert heard.frames.shape == (20, 80)
    assert heard.loudest == 3.0
