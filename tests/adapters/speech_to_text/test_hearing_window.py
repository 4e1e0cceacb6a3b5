"""Which positions of the window are computed, and for how many each stands."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.speech_to_text.clips import Clip
from tests.adapters.speech_to_text.loaded_model import bare_model

from realtime_mlx_stt.adapters.speech_to_text.encoding.encoder import encode
from realtime_mlx_stt.adapters.speech_to_text.encoding.hearing_window import (
    SAMPLES_PER_POSITION,
    hearing_window,
    whole_window,
)

LONGEST = 1500

samples = st.integers(0, LONGEST * SAMPLES_PER_POSITION)


@given(samples=samples)
def test_the_positions_stand_for_the_whole_window(samples: int) -> None:
    window = hearing_window(samples, longest=LONGEST)

    assert window.counts.sum() == LONGEST
    assert np.all(np.diff(window.positions) > 0)
    assert window.positions[-1] == LONGEST - 1
    assert window.positions.shape == window.counts.shape == window.sources.shape
    assert set(window.counts[: window.dense]) == {1.0}
    assert window.counts.max() <= 16


@given(samples=samples)
def test_each_position_lies_in_the_middle_of_those_it_stands_for(samples: int) -> None:
    window = hearing_window(samples, longest=LONGEST)

    ends = np.cumsum(window.counts)
    middles = (ends - window.counts + ends - 1) / 2
    assert np.abs(middles - window.positions).max() <= 0.5


@given(samples=samples)
def test_all_of_the_speech_and_half_a_second_more_is_computed(samples: int) -> None:
    window = hearing_window(samples, longest=LONGEST)

    margin = min(SAMPLES_PER_POSITION * 25, LONGEST * SAMPLES_PER_POSITION - samples)
    assert window.dense * SAMPLES_PER_POSITION >= samples + margin
    assert window.sources[: window.dense].tolist() == list(range(window.dense))


@given(samples=st.integers(0, (LONGEST - 100) * SAMPLES_PER_POSITION))
def test_silent_positions_are_heard_between_the_speech_and_the_edge(samples: int) -> None:
    window = hearing_window(samples, longest=LONGEST)

    silent = window.sources[window.dense : -1]
    assert np.all(silent >= window.dense)
    assert np.all(silent < window.convolved - 1)
    assert window.sources[-1] == window.convolved - 1


def test_silence_far_from_the_speech_costs_least() -> None:
    computed = [hearing_window(seconds * 16_000, longest=LONGEST).positions.size for seconds in (1, 5, 25, 30)]

    assert computed == [226, 414, 1351, 1500]
    assert whole_window(LONGEST).positions.tolist() == list(range(LONGEST))


def test_there_are_few_sizes() -> None:
    sizes = {hearing_window(count, longest=LONGEST).positions.size for count in range(0, 480_000, 997)}

    assert len(sizes) <= 30


def test_silence_that_stands_for_its_neighbours_hardly_changes_what_is_heard(short_clip: Clip) -> None:
    whole = whole_window(LONGEST)
    condensed = hearing_window(short_clip.audio.size, longest=LONGEST)
    speech = slice(0, condensed.dense)

    expected = np.array(encode(bare_model(), short_clip.audio, whole))[0, speech]
    heard = np.array(encode(bare_model(), short_clip.audio, condensed))[0, speech]

    correlation = np.corrcoef(heard.ravel(), expected.ravel())[0, 1]
    assert correlation > 0.95
