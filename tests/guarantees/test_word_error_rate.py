"""No more words are wrong than in greedy decoding of the full window, over each set of speech and by each model."""

import pytest
from tests.adapters.speech_to_text.loaded_model import engines
from tests.guarantees.full_window import MODELS
from tests.guarantees.speech_sets import SETS, speech_set, window_texts, wrong_words

from realtime_mlx_stt.adapters.speech_to_text.engines import ENGINE
from realtime_mlx_stt.domain.transcription import DecodingOptions

MORE_IN_NOISE = {"tiny.en": 1, "base": 0}
"""So many words of 155 more may be wrong where pink noise is 10 dB below the speech: 13 are after the short window,
12 after the full one. The model is as sure of its one word as of the other's."""


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("model", MODELS)
def test_no_more_words_are_wrong_than_in_the_full_window(model: str, name: str) -> None:
    engine, clips = engines().open(ENGINE, model), speech_set(name)
    engine.load()
    options = DecodingOptions(language="en")

    texts = {clip.name: engine.open_utterance(options).decode(clip.audio, final=True).text for clip in clips}

    allowed = MORE_IN_NOISE[model] if name == "clips in noise" else 0
    assert wrong_words(clips, texts) <= wrong_words(clips, window_texts(model, name)) + allowed


@pytest.mark.parametrize("model", MODELS)
def test_the_full_window_has_a_text_for_every_clip(model: str) -> None:
    for name in SETS:
        assert sorted(window_texts(model, name)) == sorted(clip.name for clip in speech_set(name))
