"""Sessions that speak at once over one model lose no final text, also where the model cannot keep up with them."""

import numpy as np
import pytest
from tests.adapters.sound_clips import silence
from tests.adapters.speech_to_text.loaded_model import engines
from tests.application.many_speakers import ManySpeakers
from tests.guarantees.live_session import Outcome, Stage, outcome
from tests.guarantees.speech_sets import joined, speech_set

from realtime_mlx_stt.adapters.voice_activity.silero import SileroVoiceActivity
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


def slow(_model: str, seconds: float, final: bool) -> float:
    """A model that keeps up with one speaker, and not with six."""
    return (0.8 if final else 0.25) + 0.01 * seconds


def test_hypotheses_come_back_while_somebody_goes_on_speaking_once_the_others_are_silent(stage: Stage) -> None:
    """The real model over real speech; what it takes is made up, and so is the time that passes."""
    clips = speech_set("clips")
    going_on = joined("going on", clips[1:8], (0.8,)).audio
    others = [joined("other", clips[number : number + 2], (0.8,)).audio for number in range(4, 9)]
    settings, silero = stage.live().settings, SileroVoiceActivity()

    log, *_ = ManySpeakers([going_on, *others], slow, settings, engines(), silero).run()

    said = [
        (stored.event.code if isinstance(stored.event, e.ServiceDegraded) else "restored", stored.seq)
        for stored in log
        if isinstance(stored.event, e.ServiceDegraded | e.ServiceRestored)
    ]
    assert [code for code, _ in said] == ["hypotheses-slower", "hypotheses-off", "hypotheses-slower", "restored"]
    later = [stored.event for stored in log[said[-1][1] :]]
    assert sum(isinstance(event, e.SpeechStarted) for event in later) >= 2
    assert sum(isinstance(event, e.HypothesisRevised) for event in later) >= 4
    assert outcome(log) == outcome(stage.hear_offline(going_on))
