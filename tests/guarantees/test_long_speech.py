"""Speech that goes on without a pause is cut for its length, and hardly a word is lost or doubled by that."""

from itertools import cycle, islice
from typing import Final

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import Clip, speech_clips
from tests.end_to_end.sound_scenes import plain_words, word_errors
from tests.guarantees.live_session import Stage, outcome, texts

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_store import StoredEvent

CLIPS: Final = 23
"""One and a half minutes of speech."""

QUIET: Final = 0.02
"""What is weaker than this part of a clip's greatest amplitude is cut off at its ends, so that no pause remains."""


MOST_WRONG: Final = 0.02


def spoken(clip: Clip) -> AudioSamples:
    """The clip from its first sound to its last."""
    loud = np.flatnonzero(np.abs(clip.audio) > QUIET * np.max(np.abs(clip.audio)))
    return clip.audio[loud[0] : loud[-1] + 1]


@pytest.mark.parametrize("longest_seconds", [28.0, 10.0])
def test_what_is_cut_has_the_words_that_were_said(stage: Stage, longest_seconds: float) -> None:
    """Two words in a hundred may be missing or added, as many as in uncut clips, but none is said twice at a cut.

    Without the ends of the clips the model mistakes "so, my" for "so am I" and swallows an "in", cut or not.
    """
    clips = list(islice(cycle(speech_clips()), CLIPS))
    audio = np.concatenate([spoken(clip) for clip in clips])

    log = stage.hear_offline(audio, {"vad": {"longest_utterance": longest_seconds}})

    cuts = _forced_cuts(log)
    written = {end_sample: plain_words(text) for _, end_sample, text in outcome(log)}
    begun = {start_sample: plain_words(text) for start_sample, _, text in outcome(log)}
    errors = word_errors(" ".join(clip.text for clip in clips), texts(log))
    assert len(cuts) >= samples_to_seconds(audio.size) / longest_seconds - 1
    assert errors.missing + errors.added <= MOST_WRONG * errors.said
    assert [at for at in cuts if at in begun and written[at][-1] == begun[at][0]] == []


def _forced_cuts(log: tuple[StoredEvent, ...]) -> list[int]:
    """Where utterances ended for their length alone."""
    ends = [stored.event for stored in log if isinstance(stored.event, e.SpeechEnded)]
    return [end.end_sample for end in ends if end.reason is e.SpeechEndReason.LONGEST_UTTERANCE]
