"""A final text goes to the end of its audio, also where the model itself ends it after the first sentence."""

from collections.abc import Sequence

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import loaded_engine
from tests.end_to_end.sound_scenes import plain_words
from tests.guarantees.speech_sets import speech_set

from realtime_mlx_stt.adapters.speech_to_text.text.unwritten_rest import (
    TranscribedAudio,
    is_doubtful,
    joined,
    unwritten_from,
)
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription, Word
from realtime_mlx_stt.ports.audio_source import AudioSamples

SECOND = 16_000


def written(text: str, end_sample: int, **scores: float) -> Transcription:
    word = Word(text=text, start_sample=0, end_sample=end_sample, probability=0.5)
    return Transcription(text=text, words=(word,), **scores)  # type: ignore[arg-type]  # only the scores


def spoken(names: Sequence[str], pause_seconds: float) -> AudioSamples:
    pause = np.zeros(round(pause_seconds * SECOND), dtype=np.float32)
    return np.concatenate([part for name in names for part in (clip(name).audio, pause)])


@pytest.mark.parametrize(
    "names",
    [
        ("lj001-0002", "sense-and-sensibility-0930", "sense-and-sensibility-0920"),
        ("lj001-0008", "lj001-0013", "sense-and-sensibility-0870"),
    ],
)
@pytest.mark.parametrize("pause_seconds", [0.15, 0.3])
def test_no_sentence_behind_a_short_pause_is_left_out(names: tuple[str, ...], pause_seconds: float) -> None:
    audio = spoken(names, pause_seconds)

    transcription = loaded_engine().open_utterance(DecodingOptions(language="en")).decode(audio, final=True)

    said = sum(len(clip(name).text.split()) for name in names)
    last = clip(names[-1]).text.rstrip(".:").split()[-1]
    assert len(transcription.words) == said
    assert transcription.words[-1].text.rstrip(".:") == last
    assert " ".join(word.text for word in transcription.words) == transcription.text
    starts = [word.start_sample for word in transcription.words]
    assert starts == sorted(starts)
    assert 0.0 < transcription.confidence < 1.0


@pytest.mark.parametrize("loudness", [0.0, 0.001, 0.03])
@pytest.mark.parametrize("name", ["lj001-0008", "cards-003", "sense-and-sensibility-0930"])
def test_silence_and_noise_behind_the_last_word_add_nothing(name: str, loudness: float) -> None:
    short = clip(name).audio
    noise = np.random.default_rng(2).normal(0.0, loudness, len(short) + 3 * SECOND).astype(np.float32)
    followed = np.concatenate([short, np.zeros(3 * SECOND, dtype=np.float32)]) + noise

    transcription = loaded_engine().open_utterance(DecodingOptions(language="en")).decode(followed, final=True)

    assert len(transcription.words) == len(clip(name).text.split())


def test_nobody_gives_thanks_in_the_silence_around_a_prompt() -> None:
    (prompt,) = (each for each in speech_set("prompts") if each.name == "queue-holdtime")
    before, behind = np.zeros(8_000, dtype=np.float32), np.zeros(26_000, dtype=np.float32)
    audio = np.concatenate([before, prompt.audio, behind])

    transcription = loaded_engine().open_utterance(DecodingOptions(language="en")).decode(audio, final=True)

    assert plain_words(transcription.text) == plain_words(prompt.text)


def test_a_rest_is_a_second_or_more_behind_the_last_word() -> None:
    assert unwritten_from(written("one", 5_000), 5_000 + SECOND) == 5_000
    assert unwritten_from(written("one", 5_000), 5_000 + SECOND - 1) is None
    assert unwritten_from(Transcription(text=""), 30 * SECOND) is None


def test_a_rest_without_a_likely_text_is_left_out() -> None:
    assert not is_doubtful(written("two", 10))
    assert not is_doubtful(written("two", 10, no_speech_probability=0.6, average_log_probability=-0.7))
    assert is_doubtful(written("you", 10, no_speech_probability=0.7))
    assert is_doubtful(written("best", 10, average_log_probability=-0.8))
    assert is_doubtful(written("la la la", 10, compression_ratio=2.5))
    assert is_doubtful(Transcription(text=""))
    assert is_doubtful(written("thanks", 0))


def test_both_texts_are_one_with_the_mean_of_their_scores() -> None:
    first = TranscribedAudio(
        transcription=written("one", 100, no_speech_probability=0.5, average_log_probability=-0.2), tokens=(1, 2)
    )
    rest = TranscribedAudio(
        transcription=written("two", 60, no_speech_probability=0.1, average_log_probability=-0.4), tokens=(3,)
    )

    both = joined(first, rest, 100)

    assert both.tokens == (1, 2)
    assert both.transcription.text == "one two"
    assert [(w.start_sample, w.end_sample) for w in both.transcription.words] == [(0, 100), (100, 160)]
    assert both.transcription.average_log_probability == pytest.approx(-0.3)
    assert both.transcription.confidence == pytest.approx(np.exp(-0.3))
    assert both.transcription.no_speech_probability == 0.1
