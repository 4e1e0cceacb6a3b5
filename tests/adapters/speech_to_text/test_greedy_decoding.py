"""The tokens are those of plain greedy decoding and of mlx-whisper's own, whatever was guessed or drafted."""

from functools import cache
from typing import Any

import mlx.core as mx
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.speech_to_text.clips import clip, speech_clips
from tests.adapters.speech_to_text.loaded_model import MODEL, bare_model
from tests.adapters.speech_to_text.plain_decoding import EncodedAudio, decode_plainly, english_rules

from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.speech_to_text.network.processor_decoder import COMMON_TOKENS
from realtime_mlx_stt.adapters.speech_to_text.runtime.package_modules import import_module
from realtime_mlx_stt.adapters.speech_to_text.search.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.search.greedy_decoding import decode_greedily
from realtime_mlx_stt.adapters.speech_to_text.search.text_decoder import TextDecoder

LONGEST = 40


@cache
def encoded(name: str) -> EncodedAudio:
    return EncodedAudio(bare_model(), clip(name).audio)


@cache
def plain(name: str, longest: int) -> DecodedText:
    return decode_plainly(encoded(name).decoder(), english_rules(bare_model()), longest=longest)


@cache
def mlx_whisper_network() -> Any:
    """Loaded by mlx-whisper itself."""
    return import_module("load_models").load_model(str(WhisperModelRepository().pull(MODEL)), dtype=mx.float32)


def attention(decoder: TextDecoder, text: DecodedText) -> npt.NDArray[np.float32]:
    """Of the alignment heads, a row for each token and one for the end, over the first two seconds."""
    return decoder.attention(len(text.tokens) + 1, 100)


drafts = st.lists(st.integers(0, int(bare_model().network.dims.n_vocab) - 1), max_size=60)


@st.composite
def damaged_texts(draw: st.DrawFn) -> list[int]:
    """The right text with some of it cut off, replaced, repeated or put in."""
    tokens = list(plain("cards-003", LONGEST).tokens)
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(tokens))] * 2)))
    replacement = draw(st.one_of(drafts, st.just([english_rules(bare_model()).end]), st.just(tokens)))
    return [*tokens[:start], *replacement, *tokens[end:]]


@settings(max_examples=20, deadline=None)
@given(draft=st.one_of(drafts, damaged_texts()), longest=st.one_of(st.just(LONGEST), st.integers(1, 6)))
def test_a_draft_never_changes_the_text(draft: list[int], longest: int) -> None:
    rules, decoder = english_rules(bare_model()), encoded("cards-003").decoder()

    decoded = decode_greedily(decoder, rules, draft=draft, longest=longest)

    expected = plain("cards-003", longest)
    assert decoded.tokens == expected.tokens
    assert decoded.is_complete == expected.is_complete
    np.testing.assert_allclose(decoded.log_probabilities, expected.log_probabilities, atol=1e-3)
    assert decoded.no_speech_probability == pytest.approx(expected.no_speech_probability, rel=1e-3)
    assert decoder.length == len(rules.prompt) + len(decoded.tokens)


@pytest.mark.parametrize("name", ["lj001-0002", "cards-005", "sense-and-sensibility-0890"])
def test_guessing_gives_the_tokens_of_plain_decoding(name: str) -> None:
    decoded = decode_greedily(encoded(name).decoder(), english_rules(bare_model()), draft=(), longest=LONGEST)

    assert decoded.tokens == plain(name, LONGEST).tokens
    np.testing.assert_allclose(decoded.log_probabilities, plain(name, LONGEST).log_probabilities, atol=1e-3)


def test_a_token_that_is_not_common_is_found_although_it_cannot_be_guessed() -> None:
    """ "Dashwood" ends in a token that no guess can hold."""
    decoded = plain("sense-and-sensibility-0870", LONGEST)

    assert max(decoded.tokens) >= COMMON_TOKENS
    quick = encoded("sense-and-sensibility-0870").decoder()
    assert decode_greedily(quick, english_rules(bare_model()), draft=(), longest=LONGEST).tokens == decoded.tokens


@pytest.mark.parametrize("kind", ["no draft", "too long", "too short", "wrong", "cut off inside the draft"])
def test_each_token_has_its_own_row_of_attention_whatever_the_draft(kind: str) -> None:
    tokens = list(plain("cards-005", LONGEST).tokens)
    draft, longest = {
        "no draft": ([], LONGEST),
        "too long": ([*tokens, *tokens], LONGEST),
        "too short": (tokens[:3], LONGEST),
        "wrong": (tokens[::-1], LONGEST),
        "cut off inside the draft": (tokens, 5),
    }[kind]

    rules, quick, fed = english_rules(bare_model()), encoded("cards-005").decoder(), encoded("cards-005").decoder()

    text = decode_greedily(quick, rules, draft=draft, longest=longest)

    fed.feed([*rules.prompt, *text.tokens])
    np.testing.assert_allclose(attention(quick, text), attention(fed, text), atol=1e-3)


def test_a_text_that_is_cut_off_is_not_complete() -> None:
    assert plain("cards-005", LONGEST).is_complete
    cut = decode_greedily(encoded("cards-005").decoder(), english_rules(bare_model()), draft=(), longest=4)

    assert cut.tokens == plain("cards-005", LONGEST).tokens[:4]
    assert not cut.is_complete


@pytest.mark.parametrize("name", [each.name for each in speech_clips()])
def test_with_every_position_it_writes_what_mlx_whisper_does(name: str) -> None:
    """The scores differ a little: mlx-whisper holds time stamps possible, though it is told to write none."""
    whole = EncodedAudio(bare_model(), clip(name).audio, is_whole=True)
    decoding = import_module("decoding")
    options = decoding.DecodingOptions(language="en", temperature=0.0, without_timestamps=True, fp16=False)
    theirs = decoding.decode(mlx_whisper_network(), mx.array(whole.features), options)[0]

    ours = decode_greedily(whole.decoder(), english_rules(bare_model()), longest=LONGEST)

    assert list(ours.tokens) == theirs.tokens
    assert ours.average_log_probability == pytest.approx(theirs.avg_logprob, abs=0.02)
    assert ours.no_speech_probability == pytest.approx(theirs.no_speech_prob, rel=1e-2)


def test_with_every_position_it_hears_what_mlx_whisper_does() -> None:
    audio = import_module("audio")
    padded = audio.pad_or_trim(mx.array(clip("cards-005").audio), audio.N_SAMPLES)
    theirs = mlx_whisper_network().encoder(audio.log_mel_spectrogram(padded)[None])

    ours = EncodedAudio(bare_model(), clip("cards-005").audio, is_whole=True).features

    np.testing.assert_allclose(np.array(ours), np.array(theirs), atol=2e-3)


def test_a_prompt_stands_before_the_text_as_in_mlx_whisper() -> None:
    prompt = "Colours and cards, Mr. Dashwood. " * 30
    whole = EncodedAudio(bare_model(), clip("cards-003").audio, is_whole=True)
    decoding = import_module("decoding")
    options = decoding.DecodingOptions(language="en", without_timestamps=True, fp16=False, prompt=prompt)
    theirs = decoding.decode(mlx_whisper_network(), mx.array(whole.features), options)[0]
    rules, decoder = english_rules(bare_model()).after(prompt), whole.decoder()

    ours = decode_greedily(decoder, rules, draft=plain("cards-003", LONGEST).tokens, longest=LONGEST)

    assert len(rules.prompt) == 1 + 223 + 2
    assert list(ours.tokens) == theirs.tokens
    assert ours.average_log_probability == pytest.approx(theirs.avg_logprob, abs=0.02)
    assert ours.no_speech_probability == pytest.approx(theirs.no_speech_prob, rel=1e-2)
    assert english_rules(bare_model()).after("  ").prompt == english_rules(bare_model()).prompt


def test_prompt_and_text_end_where_the_models_context_does() -> None:
    decoder, rules = encoded("jfk").decoder(), english_rules(bare_model())
    rules = rules.going_on([1000] * 440)

    decoded = decode_greedily(decoder, rules, draft=range(1000, 1100), longest=LONGEST)

    assert len(decoded.tokens) <= 448 - 442
    assert decoder.length == 442 + len(decoded.tokens)
