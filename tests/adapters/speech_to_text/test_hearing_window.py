"""Which positions of the window are computed, and for how many each stands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.speech_to_text.clips import Clip
from tests.adapters.speech_to_text.loaded_model import bare_model

from realtime_mlx_stt.adapters.speech_to_text.encoding.encoder import encode
from realtime_mlx_stt.adapters.speech_to_text.encoding.hearing_window import SAMPLES_PER_POSITION, hearing_window

LONGEST = 1500

samples = st.integers(0, LONGEST * SAMPLES_PER_POSITION)
strides = st.sampled_from([1, 2, 8, 32])


@given(samples=samples, stride=strides)
def test_the_positions_stand_for_the_whole_window(samples: int, stride: int) -> None:
    window = hearing_window(samples, longest=LONGEST, stride=stride)

    assert window.counts.sum() == LONGEST
    assert np.all(np.diff(window.positions) > 0)
    assert window.positions[-1] == LONGEST - 1
    assert window.positions.shape == window.counts.shape == window.sources.shape
    assert set(window.counts[: window.dense]) == {1.0}
    assert window.counts.max() <= stride


@given(samples=samples, stride=strides)
def test_each_position_lies_in_the_middle_of_those_it_stands_for(samples: int, stride: int) -> None:
    window = hearing_window(samples, longest=LONGEST, stride=stride)

    ends = np.cumsum(window.counts)
    middles = (ends - window.counts + ends - 1) / 2
    assert np.abs(middles - window.positions).max() <= 0.5


@given(samples=samples, stride=strides)
def test_all_of_the_speech_and_half_a_second_more_is_computed(samples: int, stride: int) -> None:
    window = hearing_window(samples, longest=LONGEST, stride=stride)

    margin = min(SAMPLES_PER_POSITION * 25, LONGEST * SAMPLES_PER_POSITION - samples)
    assert window.dense * SAMPLES_PER_POSITION >= samples + margin
    assert window.sources[: window.dense].tolist() == list(range(window.dense))


@given(samples=st.integers(0, (LONGEST - 100) * SAMPLES_PER_POSITION), stride=strides)
def test_silent_positions_are_heard_between_the_speech_and_the_edge(samples: int, stride: int) -> None:
    window = hearing_window(samples, longest=LONGEST, stride=stride)

    silent = window.sources[window.dense : -1]
    assert np.all(silent >= window.dense)
    assert np.all(silent < window.convolved - 1)
    assert window.sources[-1] == window.convolved - 1


def test_a_longer_stride_computes_less() -> None:
    computed = [hearing_window(16_000, longest=LONGEST, stride=stride).positions.size for stride in (1, 8, 32)]

    assert computed == [1500, 276, 145]


def test_there_are_few_sizes() -> None:
    sizes = {hearing_window(count, longest=LONGEST, stride=8).positions.size for count in range(0, 480_000, 997)}

    assert len(sizes) <= 30


@pytest.mark.parametrize("stride", [8, 32])
def test_silence_that_stands_for_its_neighbours_hardly_changes_what_is_heard(short_clip: Clip, stride: int) -> None:
    whole = hearing_window(short_clip.audio.size, longest=LONGEST, stride=1)
    condensed = hearing_window(short_clip.audio.size, longest=LONGEST, stride=stride)
    speech = slice(0, condensed.dense)

    expected = np.array(encode(bare_model(), short_clip.audio, whole))[0, speech]
    heard = np.array(encode(bare_model(), short_clip.audio, condensed))[0, speech]

    correlation = np.corrcoef(heard.ravel(), expected.ravel())[0, 1]
    assert correlation > 0.95
