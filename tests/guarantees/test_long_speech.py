"""Speech that goes on without a pause is cut for its length, and hardly a word is lost or doubled by that."""

from collections.abc import Iterator
from itertools import cycle, islice, pairwise
from typing import Final

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import Clip, speech_clips
from tests.end_to_end.sound_scenes import plain_words, word_errors
from tests.guarantees.live_session import Stage, outcome, texts
from tests.guarantees.speech_sets import speech_set

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_store import StoredEvent

SPOKEN: Final = {
    "clips": tuple(islice(cycle(speech_clips()), 23)),
    "prompts": speech_set("prompts"),
}
"""One and a half minutes of readers, and as much of the voice of telephone exchanges."""

QUIET: Final = 0.02
"""What is weaker than this part of a clip's greatest amplitude is cut off at its ends, so that no pause remains."""

MOST_WRONG: Final = 0.02

AT_CUT: Final = 3
"""So many words on either side of a cut are looked at."""

MOST_MISHEARD: Final = 2
"""Of these six; where one is missing or too many, three are wrong at least, for they stand at other places."""


def spoken(clip: Clip) -> AudioSamples:
    """The clip from its first sound to its last."""
    loud = np.flatnonzero(np.abs(clip.audio) > QUIET * np.max(np.abs(clip.audio)))
    return clip.audio[loud[0] : loud[-1] + 1]


@pytest.mark.parametrize(
    ("name", "longest_seconds", "most_harmed"), [("clips", 28.0, 0), ("clips", 10.0, 0), ("prompts", 10.0, 1)]
)
def test_what_is_cut_has_the_words_that_were_said(
    stage: Stage, name: str, longest_seconds: float, most_harmed: int
) -> None:
    """Two words in a hundred may be missing or added, as many as in uncut clips, but none at a cut of the clips.

    Without the ends of the clips the model mistakes "so, my" for "so am I" and swallows an "in", cut or not. At one
    cut of the prompts it begins with an "if" that nobody said.
    """
    clips = SPOKEN[name]
    audio = np.concatenate([spoken(clip) for clip in clips])

    log = stage.hear_offline(audio, {"vad": {"longest_utterance": longest_seconds}})

    said = written(" ".join(clip.text for clip in clips))
    errors = word_errors(" ".join(said), " ".join(written(texts(log))))
    around = list(words_around_cuts(log))
    assert len(around) >= samples_to_seconds(audio.size) / longest_seconds - 1
    assert len([words for words in around if misheard(words, said) > MOST_MISHEARD]) <= most_harmed
    assert errors.missing + errors.added <= MOST_WRONG * errors.said


def written(text: str) -> list[str]:
    """The words; "login" may be written as two."""
    return plain_words(text.lower().replace("log in", "login").replace("log-in", "login"))


def words_around_cuts(log: tuple[StoredEvent, ...]) -> Iterator[list[str]]:
    """The last words before each place where an utterance was cut for its length, and the first ones behind it."""
    ends = [stored.event for stored in log if isinstance(stored.event, e.SpeechEnded)]
    cuts = {end.end_sample for end in ends if end.reason is e.SpeechEndReason.LONGEST_UTTERANCE}
    for (_, end_sample, before), (start_sample, _, behind) in pairwise(outcome(log)):
        if end_sample in cuts and start_sample == end_sample:
            yield written(before)[-AT_CUT:] + written(behind)[:AT_CUT]


def misheard(words: list[str], said: list[str]) -> int:
    """How many of the words in a row are others than those that were said, at the place where they fit best."""
    places = range(len(said) - len(words) + 1)
    return min(sum(word != other for word, other in zip(words, said[place:], strict=False)) for place in places)
