"""The texts of the clips are no worse than those of mlx-whisper's own ``transcribe``."""

import json
from functools import cache
from itertools import pairwise

import pytest
from tests.adapters.speech_to_text.clips import DATA_FOLDER, speech_clips, word_error_rate
from tests.adapters.speech_to_text.loaded_model import loaded_engine

from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription

NAMES = [clip.name for clip in speech_clips()]


@cache
def heard(name: str) -> Transcription:
    audio = next(clip.audio for clip in speech_clips() if clip.name == name)
    return loaded_engine().open_utterance(DecodingOptions(language="en")).decode(audio, final=True)


def yardstick() -> dict[str, str]:
    """What mlx-whisper writes, by ``python -m benchmarks.transcription --yardstick``."""
    texts: dict[str, str] = json.loads((DATA_FOLDER / "mlx-whisper-texts.json").read_bytes())["texts"]
    return texts


def test_the_yardstick_has_a_text_for_every_clip() -> None:
    assert sorted(yardstick()) == sorted(NAMES)


def test_over_all_clips_no_more_words_are_wrong_than_those_of_mlx_whisper() -> None:
    texts = {name: heard(name).text for name in NAMES}

    assert word_error_rate(texts) <= word_error_rate(yardstick())


@pytest.mark.parametrize("name", NAMES)
def test_the_words_of_each_clip_are_its_text_in_order_inside_the_clip(name: str) -> None:
    samples = next(clip.audio.size for clip in speech_clips() if clip.name == name)
    words = heard(name).words

    assert words
    assert " ".join(word.text for word in words) == heard(name).text
    assert all(0 <= word.start_sample <= word.end_sample <= samples for word in words)
    assert all(earlier.end_sample <= later.start_sample for earlier, later in pairwise(words))
    assert all(0.0 < word.probability <= 1.0 for word in words)


def test_no_two_clips_are_heard_with_the_same_confidence() -> None:
    assert len({heard(name).confidence for name in NAMES}) == len(NAMES)
