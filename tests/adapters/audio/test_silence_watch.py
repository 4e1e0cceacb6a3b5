"""Digital silence is told of when it lasts, once, and so is the first sound after it."""

from collections.abc import Sequence

import numpy as np
import pytest
from tests.adapters.audio.listening import Listening, listening
from tests.fakes.audio_library import FakeSoundLibrary, microphone

from realtime_mlx_stt.adapters.audio.microphone.silence_watch import SilenceWatch, advice_on_silence
from realtime_mlx_stt.adapters.audio.microphone.sound_library import CapturedFrames
from realtime_mlx_stt.ports.audio_source import AudioBlock, AudioDelivery, SourceAudible, SourceSilent

RATE = 8_000
SOUND = 1e-30
"""The least that a device could hear is sound."""


def captured(seconds: float, value: float = 0.0, channels: int = 1) -> CapturedFrames:
    frames = np.zeros((round(seconds * RATE), channels), dtype=np.float32)
    frames[-1, -1] = value
    return CapturedFrames(frames=frames, captured_at=0.0, follows_overflow=False)


class Watching:
    """What is told of frames, which all begin at position 7."""

    def __init__(self) -> None:
        self.watch = SilenceWatch()
        self.watch.begin_stream()

    def told(self, seconds: float, value: float = 0.0, channels: int = 1) -> Sequence[AudioDelivery]:
        return self.watch.take(captured(seconds, value, channels), RATE, 7, "Yeti")


def is_silence(told: Sequence[AudioDelivery]) -> bool:
    return [type(part) for part in told] == [SourceSilent]


def test_zeros_from_the_beginning_are_told_of_after_three_seconds_and_once() -> None:
    watching = Watching()
    assert not watching.told(2.9)
    (silent,) = watching.told(0.1)
    assert isinstance(silent, SourceSilent)
    assert (silent.at_sample, silent.error.code) == (7, "microphone-silent")
    assert str(silent.error).startswith("The microphone Yeti gives only digital silence; ")
    assert not watching.told(600.0)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("value", [SOUND, -SOUND, float("nan")])
def test_anything_but_zero_is_sound_on_any_channel(value: float, channels: int) -> None:
    watching = Watching()
    watching.told(10.0)
    assert watching.told(0.01, value, channels) == [SourceAudible(at_sample=7)]
    assert not watching.told(0.01, value, channels)


def test_a_device_that_has_given_sound_may_give_zeros_for_a_minute() -> None:
    watching = Watching()
    watching.told(0.1, SOUND)
    assert not watching.told(59.0)
    watching.told(0.1, SOUND)
    assert not watching.told(59.9)
    assert is_silence(watching.told(0.1))


def test_a_device_that_was_opened_again_has_three_seconds_again() -> None:
    watching = Watching()
    watching.told(0.1, SOUND)
    watching.watch.begin_stream()
    assert not watching.told(2.9)
    assert is_silence(watching.told(0.2))


def test_sound_of_a_device_that_was_opened_again_ends_the_silence_of_the_one_before() -> None:
    watching = Watching()
    watching.told(10.0)
    watching.watch.begin_stream()
    assert not watching.told(10.0)
    assert watching.told(0.1, SOUND) == [SourceAudible(at_sample=7)]


@pytest.mark.parametrize(
    ("platform", "advice"),
    [("darwin", "System Settings > Privacy & Security > Microphone"), ("linux", "unmute it")],
)
def test_the_advice_is_that_of_the_system(platform: str, advice: str) -> None:
    assert advice in advice_on_silence(platform)


def told(here: Listening) -> list[str]:
    return [type(part).__name__ for part in here.sink.taken if not isinstance(part, AudioBlock)]


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_zeros_are_delivered_like_any_samples(rate: int) -> None:
    with listening(FakeSoundLibrary([microphone(sample_rate_hz=rate)])) as here:
        for _ in range(4):
            here.hear(rate)
        here.stream.play(np.full((rate, 1), 0.25, dtype=np.float32))
        here.hear(rate)
    assert told(here) == ["SourceSilent", "SourceAudible"]
    assert here.sink.end_sample == 6 * 16_000
    assert not here.sink.losses
    (silent, audible) = (part for part in here.sink.taken if isinstance(part, SourceSilent | SourceAudible))
    assert 2 * 16_000 - 16_000 < silent.at_sample <= 2 * 16_000
    assert 4 * 16_000 - 400 <= audible.at_sample <= 4 * 16_000
    assert here.sink.audio[5 * 16_000 - 1_000] == pytest.approx(0.25, abs=1e-3)


def test_after_a_loss_the_silence_that_was_told_of_goes_on() -> None:
    with listening(FakeSoundLibrary()) as here:
        here.hear(4 * 16_000)
        here.wait_for_sample(4 * 16_000)
        here.stream.end()
        here.library.wait_for_streams(2)
        here.clock.advance(1.0)
        here.hear(4 * 16_000)
        here.stream.play(np.full((160, 1), 0.25, dtype=np.float32))
        here.sink.wait_for(lambda _: "SourceAudible" in told(here))
    assert told(here) == ["SourceSilent", "SourceLost", "AudioLost", "SourceRecovered", "SourceAudible"]
