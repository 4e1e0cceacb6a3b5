"""MLX's steps, compiled or not, choose what NumPy's do; here on the processor, where both can be had."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from mlx.nn.layers.quantized import quantize
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import MODEL, bare_model
from tests.adapters.speech_to_text.plain_decoding import EncodedAudio, english_rules

from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.speech_to_text.network.device_steps import DeviceArithmetic
from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import WhisperModel, load_model
from realtime_mlx_stt.adapters.speech_to_text.search.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.search.greedy_decoding import decode_text
from realtime_mlx_stt.adapters.speech_to_text.search.text_decoder import TextDecoder


@cache
def model_on_device(*, is_compiled: bool) -> WhisperModel:
    model = bare_model()
    arithmetic = DeviceArithmetic(model.network.decoder, model.alignment_heads, is_compiled=is_compiled)
    return replace(model, decoder=arithmetic)


def assert_same(actual: DecodedText, expected: DecodedText) -> None:
    assert actual.tokens == expected.tokens
    assert actual.is_complete == expected.is_complete
    np.testing.assert_allclose(actual.log_probabilities, expected.log_probabilities, atol=1e-3)
    assert actual.no_speech_probability == pytest.approx(expected.no_speech_probability, rel=1e-3)


@cache
def quantised_model() -> WhisperModel:
    network = load_model(WhisperModelRepository().pull(MODEL)).network
    quantize(network, group_size=64, bits=8)
    decoder = DeviceArithmetic(network.decoder, bare_model().alignment_heads, is_compiled=False)
    return replace(bare_model(), network=network, decoder=decoder)


@pytest.mark.parametrize(
    ("draft", "longest", "beams", "is_compiled"),
    [
        ((), 40, 1, True),
        ((), 3, 1, False),
        ((), 1, 1, False),
        ((383, 995, 12), 40, 1, False),
        ((), 6, 3, False),
    ],
)
def test_they_choose_what_numpys_steps_do(
    draft: tuple[int, ...], longest: int, beams: int, *, is_compiled: bool
) -> None:
    heard = EncodedAudio(bare_model(), clip("cards-005").audio)
    elsewhere = EncodedAudio(model_on_device(is_compiled=is_compiled), clip("cards-005").audio)
    rules, here, there = english_rules(bare_model()), heard.decoder(), elsewhere.decoder()

    expected = decode_text(here, rules, draft=draft, longest=longest, beam_size=beams)
    actual = decode_text(there, rules, draft=draft, longest=longest, beam_size=beams)

    assert_same(actual, expected)
    assert there.length == here.length == len(rules.prompt) + len(expected.tokens)
    rows = len(expected.tokens) + 1
    np.testing.assert_allclose(there.attention(rows, 100), here.attention(rows, 100), atol=1e-3)


def test_tokens_that_were_taken_back_are_forgotten() -> None:
    heard = EncodedAudio(model_on_device(is_compiled=False), clip("cards-003").audio)
    rules, decoder = english_rules(bare_model()), heard.decoder()
    decoder.feed([*rules.prompt, 5, 6, 7])
    decoder.take_back(0)

    again = decode_text(decoder, rules, longest=20)

    assert_same(again, decode_text(heard.decoder(), rules, longest=20))


def test_quantised_weights_are_computed_as_they_are() -> None:
    heard, rules = EncodedAudio(bare_model(), clip("cards-003").audio), english_rules(bare_model())
    decoder = TextDecoder(quantised_model(), quantised_model().decoder.audio(heard.features), heard.window)

    text = decode_text(decoder, rules, longest=4)

    assert text.tokens == decode_text(heard.decoder(), rules, longest=4).tokens
