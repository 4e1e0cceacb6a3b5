"""Any rate and channel count becomes 16 kHz mono, to the last bit the same for every cut; every sample counts."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.audio_sink import CollectingSink

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Frames, StreamConverter, converted_samples
from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.ports.audio_source import AudioLost

RATES = (8_000, 16_000, 22_050, 44_100, 48_000)
INVALID = (np.nan, np.inf, -np.inf, 1e30)


def converted(frames: Frames, rate: int, cuts: Iterable[int] = ()) -> CollectingSink:
    converter = StreamConverter(rate)
    sink = CollectingSink()
    for part in np.split(frames, list(cuts)):
        for piece in converter.convert(part):
            sink.put(piece)
    for piece in converter.finish():
        sink.put(piece)
    assert sink.end_sample == converter.end_sample
    return sink


def noise(frames: int, channels: int = 1) -> Frames:
    return np.random.default_rng(frames).uniform(-0.9, 0.9, (frames, channels)).astype(np.float32)


def tone(rate: int, hertz: float, seconds: float = 0.5) -> Frames:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)).astype(np.float32)[:, None]


@st.composite
def cut_sounds(draw: st.DrawFn) -> tuple[Frames, int, list[int]]:
    rate = draw(st.sampled_from(RATES))
    frames = noise(draw(st.integers(1, 60_000)), draw(st.sampled_from((1, 2))))
    for _ in range(draw(st.integers(0, 3))):
        start, length = draw(st.integers(0, len(frames) - 1)), draw(st.sampled_from((1, 50, 2_000, 30_000)))
        frames[start : start + length, draw(st.integers(0, frames.shape[1] - 1))] = draw(st.sampled_from(INVALID))
    sizes = draw(st.lists(st.integers(1, 48_000), min_size=1, max_size=30))
    return frames, rate, [int(cut) for cut in np.cumsum(sizes) if cut < len(frames)]


@settings(max_examples=150, deadline=None)
@given(cut_sounds())
def test_the_cut_changes_neither_samples_nor_losses(sound: tuple[Frames, int, list[int]]) -> None:
    frames, rate, cuts = sound
    whole, cut = converted(frames, rate), converted(frames, rate, cuts)
    assert np.array_equal(whole.audio, cut.audio)
    assert whole.losses == cut.losses
    assert np.isfinite(whole.audio).all()
    assert whole.end_sample == converted_samples(len(frames), rate)


@pytest.mark.parametrize("rate", RATES)
def test_one_frame_at_a_time_is_the_same_too(rate: int) -> None:
    frames = noise(2_000, 2)
    assert np.array_equal(converted(frames, rate).audio, converted(frames, rate, range(1, 2_000)).audio)


@pytest.mark.parametrize("rate", [*RATES, 7_350, 11_025, 32_000, 44_099, 96_000, 192_000])
@pytest.mark.parametrize("frames", [1, 2, 3, 440, 12_345])
def test_as_many_samples_come_as_the_duration_holds(rate: int, frames: int) -> None:
    assert converted(noise(frames), rate).end_sample == int(np.floor(frames * 16_000 / rate + 0.5))


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_stays_where_it_was(rate: int) -> None:
    heard = converted(tone(rate, 440.0), rate).audio
    expected = tone(16_000, 440.0)[:, 0]
    inner = slice(800, -800)
    assert np.abs(heard[inner] - expected[inner]).max() < 1e-3


def test_what_16_khz_cannot_hold_is_not_heard() -> None:
    assert np.abs(converted(tone(48_000, 9_500.0), 48_000).audio[800:-800]).max() < 1e-5


def test_channels_are_heard_as_their_mean() -> None:
    left = tone(16_000, 300.0)
    assert np.allclose(converted(np.hstack((left, np.zeros_like(left))), 16_000).audio, left[:, 0] / 2)


@pytest.mark.parametrize("rate", [22_050, 24_000, 32_000, 44_100, 48_000, 96_000])
def test_the_first_samples_come_within_21_ms(rate: int) -> None:
    assert StreamConverter(rate).convert(noise(round(rate * 0.021)))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("value", INVALID)
def test_an_invalid_stretch_is_lost_and_spoils_nothing_else(rate: int, value: float) -> None:
    frames = noise(rate)
    start, end = rate // 2, rate // 2 + rate // 10
    frames[start:end] = value
    sink = converted(frames, rate)
    assert sink.losses == [
        AudioLost(first_sample=8_000, lost_samples=1_600, reason=GapReason.INVALID_SAMPLES),
    ]
    frames[start:end] = 0.0
    clean = converted(frames, rate).audio
    clean[8_000:9_600] = 0.0
    assert np.array_equal(sink.audio, clean)


def test_invalid_samples_near_each_other_are_one_loss() -> None:
    frames = noise(16_000)
    frames[1_000:3_000:300] = np.nan
    assert converted(frames, 16_000).losses == [
        AudioLost(first_sample=1_000, lost_samples=1_801, reason=GapReason.INVALID_SAMPLES)
    ]


def test_invalid_samples_for_long_are_told_of_every_second_so_that_time_goes_on() -> None:
    converter = StreamConverter(16_000)
    given = [piece for _ in range(100) for piece in converter.convert(np.full((512, 1), np.nan, dtype=np.float32))]
    assert [piece.lost_samples for piece in given if isinstance(piece, AudioLost)] == [16_000] * 3


def test_nothing_but_invalid_samples_is_nothing_but_a_loss() -> None:
    sink = converted(np.full((4_410, 2), np.nan, dtype=np.float32), 44_100)
    assert not sink.blocks
    assert sink.end_sample == 1_600
