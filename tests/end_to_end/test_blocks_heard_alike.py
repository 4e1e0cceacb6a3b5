"""However a device cuts its sound into blocks, at any rate and in one channel or two, the same is heard."""

from functools import cache

import numpy as np
import pytest
import soxr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.end_to_end.cut_source import Cut
from tests.end_to_end.hearing import Heard, Hearing
from tests.end_to_end.sound_scenes import in_a_row, plain_words, scene, silence, word_errors

from realtime_mlx_stt.adapters.audio.stream_converter import Frames, converted_samples
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_ledger import audio_ledger

RATES = (8_000, 16_000, 22_050, 44_100, 48_000)
LONGEST_BLOCK = 48_000
SAID = "Seven of clubs. Has never been surpassed."


@cache
def played(rate: int, channels: int) -> Frames:
    """Two short clips with a pause between them, as a device of this rate gives them; louder on the left."""
    audio, _ = in_a_row(["cards-003", "lj001-0008"], 0.7)
    mono = soxr.resample(scene(audio, silence(0.1)), 16_000, rate).astype(np.float32)
    return np.ascontiguousarray(np.outer(mono, np.linspace(1.0, 0.5, channels)), dtype=np.float32)


class Uncut:
    """What is heard in one block, once for each rate and number of channels."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._heard: dict[tuple[int, int], Heard] = {}

    def __call__(self, rate: int, channels: int) -> Heard:
        if (rate, channels) not in self._heard:
            frames = played(rate, channels)
            cut = Cut(frames=frames, sample_rate_hz=rate, block_frames=[len(frames)])
            self._heard[rate, channels] = self._hearing.hear_cut(cut, self._hearing.config())
        return self._heard[rate, channels]


@pytest.fixture(scope="module")
def uncut(hearing: Hearing) -> Uncut:
    return Uncut(hearing)


def assert_heard_alike(hearing: Hearing, uncut: Uncut, rate: int, channels: int, block_frames: list[int]) -> None:
    frames = played(rate, channels)
    heard = hearing.hear_cut(Cut(frames=frames, sample_rate_hz=rate, block_frames=block_frames), hearing.config())
    assert heard.outcome == uncut(rate, channels).outcome
    assert heard.events(e.SpeechEnded) == uncut(rate, channels).events(e.SpeechEnded)
    ledger = audio_ledger(stored.event for stored in heard.log)
    assert ledger.captured_samples == converted_samples(len(frames), rate)
    assert ledger.utterance_samples == sum(end - start for start, end, _ in heard.outcome)
    assert (ledger.gap_samples, ledger.rejected_samples) == (0, 0)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", RATES)
def test_every_device_is_understood(uncut: Uncut, rate: int, channels: int) -> None:
    heard = uncut(rate, channels)

    assert len(heard.utterances) == 2
    errors = word_errors(SAID, heard.text)
    assert (errors.missing, errors.added) == (0, 0)
    assert plain_words(heard.text)[-4:] == ["has", "never", "been", "surpassed"]


@given(
    rate=st.sampled_from(RATES),
    channels=st.sampled_from([1, 2]),
    block_frames=st.lists(st.integers(1, LONGEST_BLOCK) | st.integers(64, 2_048), min_size=1, max_size=5),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_cut_is_heard_alike(
    hearing: Hearing, uncut: Uncut, rate: int, channels: int, block_frames: list[int]
) -> None:
    assert_heard_alike(hearing, uncut, rate, channels, block_frames)


def test_sample_by_sample_it_is_heard_alike(hearing: Hearing, uncut: Uncut) -> None:
    assert_heard_alike(hearing, uncut, 16_000, 1, [1])
