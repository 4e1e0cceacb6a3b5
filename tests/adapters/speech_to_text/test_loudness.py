"""What can be speech by its loudness: voices in noise can, silence, hiss and hum behind them cannot."""

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import clip, speech_clips
from tests.guarantees.sounds import made_sound

from realtime_mlx_stt.adapters.speech_to_text.search.loudness import may_be_spoken
from realtime_mlx_stt.ports.audio_source import AudioSamples

SECOND = 16_000
SPEECH = clip("lj001-0008").audio
PAUSE = np.zeros(SECOND // 2, dtype=np.float32)


def behind_speech(stretch: AudioSamples) -> bool:
    audio = np.concatenate([SPEECH, stretch])
    return may_be_spoken(audio, SPEECH.size, audio.size)


@pytest.mark.parametrize("decibels", [5.0, 20.0, 60.0])
@pytest.mark.parametrize("name", ["silence", "white noise", "pink noise", "hum of 50 Hz"])
def test_what_does_not_change_is_no_speech(name: str, decibels: float) -> None:
    """The whole scene is in it, and so is what is behind the speech alone."""
    sound = made_sound(name, 2.0).astype(np.float32)
    quieter = sound * np.float32(SPEECH.std() / max(float(sound.std()), 1e-9) * 10 ** (-decibels / 20))
    audio = np.concatenate([SPEECH, np.zeros_like(quieter)])

    assert not behind_speech(quieter)
    assert not may_be_spoken(audio + np.resize(quieter, audio.size), SPEECH.size, audio.size)


@pytest.mark.parametrize("noise", [0.0, 0.5])
@pytest.mark.parametrize("name", [each.name for each in speech_clips()])
def test_every_voice_may_be_speech_also_in_noise_and_farther_off(name: str, noise: float) -> None:
    other = clip(name).audio / 4
    hiss = np.random.default_rng(3).normal(0.0, noise * float(other.std()), SPEECH.size + PAUSE.size + other.size)
    audio = (np.concatenate([SPEECH, PAUSE, other]) + hiss).astype(np.float32)

    assert may_be_spoken(audio, SPEECH.size, audio.size)
    assert may_be_spoken(audio[::-1], 0, audio.size - SPEECH.size)


def test_what_is_much_fainter_than_the_speech_is_none() -> None:
    assert behind_speech(SPEECH / np.float32(10))
    assert not behind_speech(SPEECH / np.float32(100))


def test_a_click_is_too_short_for_a_word() -> None:
    click = np.zeros(2 * SECOND, dtype=np.float32)
    click[SECOND : SECOND + 800] = SPEECH[:800] * np.float32(np.abs(SPEECH).max() / np.abs(SPEECH[:800]).max())

    assert not behind_speech(click)


def test_of_hardly_any_audio_nothing_can_be_said() -> None:
    assert behind_speech(PAUSE[:900])
    assert may_be_spoken(PAUSE, 0, PAUSE.size)
