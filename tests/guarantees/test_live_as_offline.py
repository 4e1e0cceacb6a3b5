"""The final texts of a live session are those of the same sound in a file, to the word and to the sample."""

import numpy as np
import pytest
from tests.adapters.sound_clips import silence
from tests.adapters.speech_to_text.clips import Clip
from tests.guarantees.live_session import Stage, outcome
from tests.guarantees.speech_sets import joined, speech_set

from realtime_mlx_stt.ports.audio_source import AudioSamples

PAUSES_SECONDS = (0.3, 0.75, 0.45, 0.9)
"""Some end an utterance, some are only a pause, at which a final text is prepared that comes to nothing."""

STEP_SECONDS = 0.4
"""The model answers at least so often."""

ROWS = {
    "clips": speech_set("clips")[5:10],
    "short clips in noise": speech_set("clips in noise")[11:],
    "another voice over a telephone": speech_set("prompts")[8:13],
}


def scene(clips: tuple[Clip, ...]) -> AudioSamples:
    """The clips in a row, silence before and behind them."""
    return np.concatenate([silence(0.4), joined("scene", clips, PAUSES_SECONDS).audio, silence(0.5)])


@pytest.mark.parametrize("name", ROWS)
def test_with_hypotheses_and_speculation_the_texts_are_those_of_the_file(stage: Stage, name: str) -> None:
    audio = scene(ROWS[name])
    offline = outcome(stage.hear_offline(audio))
    session = stage.start()

    session.play(audio, STEP_SECONDS)

    assert outcome(session.finish()) == offline
    assert len(offline) >= 3


@pytest.mark.parametrize("name", ROWS)
def test_so_they_are_in_blocks_of_any_size_that_come_faster_than_the_model_writes(stage: Stage, name: str) -> None:
    audio = scene(ROWS[name])
    sizes = np.random.default_rng(len(audio)).integers(1, 9_000, 40).tolist()
    session = stage.start()

    session.play_in_blocks(audio, sizes)

    assert outcome(session.finish()) == outcome(stage.hear_offline(audio))
