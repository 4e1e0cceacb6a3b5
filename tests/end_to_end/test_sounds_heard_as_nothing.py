"""No text comes of what nobody said, and what the model made up is in the log with its scores."""

import numpy as np
import pytest
from tests.end_to_end.hearing import Hearing
from tests.end_to_end.sound_scenes import SOUNDS, buzz, scene, silence, sound, speech

from realtime_mlx_stt.domain import events as e

MINUTE = 60.0


@pytest.mark.parametrize("loudness", [0.01, 0.1, 1.0, 3.0])
@pytest.mark.parametrize("name", SOUNDS)
def test_a_minute_of_it_has_no_text(hearing: Hearing, name: str, loudness: float) -> None:
    """At three times its loudness most of it is clipped."""
    audio = np.clip(sound(name, MINUTE) * np.float32(loudness), -1.0, 1.0)

    heard = hearing.hear(audio)

    assert heard.utterances == ()
    assert heard.transcript.failed == ()
    assert len(heard.transcript.rejected) <= 10


def test_what_the_model_made_up_is_rejected_with_its_scores(hearing: Hearing) -> None:
    heard = hearing.hear(scene(buzz(10), silence(1)))

    rejected = [event for event in heard.events(e.UtteranceRejected) if event.text]
    assert heard.utterances == ()
    assert len(rejected) >= 2
    for event in rejected:
        assert event.rule is e.RejectionRule.NO_SPEECH
        assert event.no_speech_probability is not None
        assert event.average_log_probability is not None
        assert event.compression_ratio is not None
        assert 0.6 < event.no_speech_probability <= 1.0
        assert event.average_log_probability < -1.0
        assert event.voiced_seconds > 0.25


def test_speech_among_it_is_heard_all_the_same(hearing: Hearing) -> None:
    around = [sound(name, 3) for name in ("hum", "coughs", "clicks")]

    heard = hearing.hear(scene(around[0], speech("lj001-0008"), around[1], speech("lj001-0002"), around[2]))

    assert [utterance.text.lower() for utterance in heard.utterances] == [
        "has never been surpassed.",
        "in being comparatively modern.",
    ]
