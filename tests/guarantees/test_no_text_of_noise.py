"""What nobody said is not written: no final text, and no hypothesis that is shown for more than a second."""

import numpy as np
import pytest
from tests.adapters.sound_clips import silence
from tests.end_to_end.sound_scenes import buzz
from tests.guarantees.live_session import LiveSession, Stage, outcome
from tests.guarantees.sounds import SOUNDS, at_level, made_sound

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import seconds_to_samples

LEVELS_DECIBELS = (-60.0, -30.0, -10.0, 0.0, 10.0)
"""Of the greatest amplitude; at 10 dB above full scale most of a sound is clipped."""

SECONDS = 8.0
STEP_SECONDS = 0.1
LONGEST_SHOWN_SAMPLES = seconds_to_samples(1.0)


def longest_shown(session: LiveSession) -> int:
    """For how many samples words stood there, from the step that brought them to the one that took them away."""
    longest, since = 0, None
    for shown in session.watch.shown:
        if isinstance(shown.event, e.HypothesisRevised):
            has_words = bool((shown.event.stable_text + shown.event.unstable_text).strip())
            since = (shown.at_sample if since is None else since) if has_words else None
        elif isinstance(shown.event, e.UtteranceRejected | e.UtteranceTranscribed | e.TranscriptionFailed):
            since = None
        if since is not None:
            longest = max(longest, shown.at_sample - since)
    return longest


@pytest.mark.parametrize("decibels", LEVELS_DECIBELS)
@pytest.mark.parametrize("name", SOUNDS)
def test_it_has_no_text(stage: Stage, name: str, decibels: float) -> None:
    session = stage.start()

    session.play(np.concatenate([at_level(made_sound(name, SECONDS), decibels), silence(1.0)]), STEP_SECONDS)

    assert outcome(session.finish()) == []
    assert longest_shown(session) <= LONGEST_SHOWN_SAMPLES


@pytest.mark.parametrize("decibels", LEVELS_DECIBELS[1:])
def test_what_sounds_like_a_voice_has_none_either(stage: Stage, decibels: float) -> None:
    """The buzz rings like a vowel, so that the voice activity detector lets it through to the model."""
    session = stage.start()

    sound = np.asarray(buzz(SECONDS), dtype=np.float64)
    session.play(np.concatenate([at_level(sound, decibels), silence(1.0)]), STEP_SECONDS)

    assert any(isinstance(shown.event, e.SpeechStarted) for shown in session.watch.shown)
    assert outcome(session.finish()) == []
    assert longest_shown(session) <= LONGEST_SHOWN_SAMPLES
