"""A text that repeats itself or is improbable is decoded again, by chance that is the same each time."""

from collections.abc import Sequence

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import bare_model
from tests.adapters.speech_to_text.plain_decoding import EncodedAudio, decode_plainly, english_rules

from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import log_softmax
from realtime_mlx_stt.adapters.speech_to_text.search.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.search.temperature_fallback import (
    decode_with_fallback,
    needs_fallback,
)

LOOP = "and on " * 20


def decoded(average: float, no_speech: float = 0.0) -> DecodedText:
    return DecodedText(
        tokens=(1, 2), log_probabilities=(average, average, average), no_speech_probability=no_speech
    )


@pytest.mark.parametrize(
    ("text", "average", "no_speech", "expected"),
    [
        ("a text", -0.99, 0.0, False),
        ("a text", -1.01, 0.0, True),
        ("a text", -1.01, 0.59, True),
        ("a text", -1.01, 0.61, False),
        (LOOP, -0.1, 0.0, True),
        (LOOP, -0.1, 0.9, True),
        (LOOP, -1.1, 0.9, False),
    ],
)
def test_when_another_text_is_needed(text: str, average: float, no_speech: float, *, expected: bool) -> None:
    assert needs_fallback(decoded(average, no_speech), text) is expected


def test_a_good_text_is_that_of_greedy_decoding() -> None:
    rules, heard = english_rules(bare_model()), EncodedAudio(bare_model(), clip("cards-003").audio)

    text = decode_with_fallback(heard.decoder(), rules, longest=30)

    assert text.temperature == 0.0
    assert text.tokens == decode_plainly(heard.decoder(), rules, longest=30).tokens


@pytest.mark.parametrize("known", [0, 3, 99])
def test_a_draft_changes_nothing(known: int) -> None:
    rules, heard = english_rules(bare_model()), EncodedAudio(bare_model(), clip("cards-003").audio)
    plain = decode_with_fallback(heard.decoder(), rules, longest=30)
    draft = (*plain.tokens[:known], rules.end - 1)

    text = decode_with_fallback(heard.decoder(), rules, draft=draft, longest=30)

    assert text.tokens == plain.tokens
    assert text.log_probabilities == pytest.approx(plain.log_probabilities, abs=1e-3)


def test_an_improbable_text_is_replaced_by_the_same_one_each_time() -> None:
    """Speech at four times its pace: the model finds it hard to say anything of it."""
    rules = english_rules(bare_model())
    hurried = np.ascontiguousarray(clip("jfk").audio[::4])
    heard = EncodedAudio(bare_model(), hurried, is_whole=True)
    decoders = heard.decoder(), heard.decoder()

    first, again = (decode_with_fallback(decoder, rules, longest=24) for decoder in decoders)

    greedy = decode_plainly(heard.decoder(), rules, longest=24)
    assert needs_fallback(greedy, rules.text(greedy.tokens))
    assert first == again
    assert all(decoder.length == len(rules.prompt) + len(first.tokens) for decoder in decoders)
    assert first.temperature > 0
    assert first.tokens != greedy.tokens


@pytest.mark.parametrize("temperature", [0.2, 1.0])
def test_tokens_are_drawn_by_their_probabilities(temperature: float) -> None:
    rules, chance = english_rules(bare_model()), np.random.default_rng(0)
    logits = np.full(int(bare_model().network.dims.n_vocab), -np.inf, dtype=np.float32)
    likely = [1000, 2000, 3000]
    logits[likely] = [1.0, 0.8, 0.5]

    def share(tokens: Sequence[int]) -> list[float]:
        return [tokens.count(token) / len(tokens) for token in likely]

    drawn = [rules.drawn(logits, is_first=False, temperature=temperature, chance=chance) for _ in range(400)]

    expected = np.exp(log_softmax(logits[likely] / np.float32(temperature)))
    np.testing.assert_allclose(share([token for token, _ in drawn]), expected, atol=0.08)
    assert dict(drawn)[1000] == pytest.approx(float(log_softmax(logits[likely])[0]), abs=1e-5)
