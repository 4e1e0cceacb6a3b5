"""Sessions that speak at once over one model lose no final text, also where the model cannot keep up with them."""

import numpy as np
import pytest
from tests.adapters.sound_clips import silence
from tests.guarantees.live_session import Outcome, Stage, outcome
from tests.guarantees.speech_sets import joined, speech_set

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_source import AudioSamples

PAUSES_SECONDS = (0.8, 0.7, 0.3)
MOST_SPEAKERS = 6


def scene(number: int) -> AudioSamples:
    """What the speaker says: three clips, others than each other speaker's."""
    clips = speech_set("clips")[1:] + speech_set("prompts")
    return np.concatenate([joined("scene", clips[number * 3 : number * 3 + 3], PAUSES_SECONDS).audio, silence(0.8)])


@pytest.fixture(scope="module")
def alone(stage: Stage) -> list[Outcome]:
    return [outcome(stage.hear_offline(scene(number))) for number in range(MOST_SPEAKERS)]


@pytest.mark.parametrize("speakers", [4, MOST_SPEAKERS])
def test_each_has_the_texts_that_it_has_alone(stage: Stage, alone: list[Outcome], speakers: int) -> None:
    """The sound comes as fast as it can be heard, a second of each speaker in turn, and waits for no text."""
    scenes = [scene(number) for number in range(speakers)]
    sessions = [stage.start() for _ in scenes]

    for first in range(0, max(map(len, scenes)), SAMPLE_RATE_HZ):
        for session, audio in zip(sessions, scenes, strict=True):
            session.hear(audio[first : first + SAMPLE_RATE_HZ])
    logs = [session.finish() for session in sessions]

    assert [outcome(log) for log in logs] == alone[:speakers]
    assert not any(isinstance(stored.event, e.TranscriptionFailed) for log in logs for stored in log)
