"""Languages by code and by name, and what is said of those that are not known."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.speech_to_text.loaded_model import MODEL, engines

from realtime_mlx_stt.adapters.speech_to_text.engines import ENGINE
from realtime_mlx_stt.adapters.speech_to_text.runtime.package_modules import import_module
from realtime_mlx_stt.adapters.speech_to_text.text.languages import language_code, likeliest_language
from realtime_mlx_stt.domain.languages import LANGUAGES
from realtime_mlx_stt.ports.speech_to_text import UnknownEngineError, UnknownLanguageError


def code(language: str) -> str:
    return language_code(language, model="base", is_multilingual=True)


def test_they_are_those_of_whisper_in_the_order_of_its_tokens() -> None:
    assert list(LANGUAGES.items()) == list(import_module("tokenizer").LANGUAGES.items())


@given(language=st.sampled_from(list(LANGUAGES)), shape=st.sampled_from([str, str.upper, str.title, " {} ".format]))
def test_a_language_has_a_code_and_a_name_in_any_case(language: str, shape: Callable[[str], str]) -> None:
    assert code(shape(language)) == code(shape(LANGUAGES[language])) == language


@pytest.mark.parametrize(("name", "expected"), [("Mandarin", "zh"), ("jv", "jw"), ("flemish", "nl")])
def test_other_names_are_known_too(name: str, expected: str) -> None:
    assert code(name) == expected


@pytest.mark.parametrize(
    ("language", "matches"), [("germn", ["german"]), ("Englisch", ["english"]), ("portugese", ["portuguese"])]
)
def test_what_is_nearly_a_language_is_answered_with_those_it_may_be(language: str, matches: list[str]) -> None:
    with pytest.raises(UnknownLanguageError) as caught:
        code(language)

    assert language in str(caught.value)
    assert all(match in str(caught.value) for match in matches)
    assert caught.value.code == "unknown-language"


def test_what_is_nothing_like_a_language_is_answered_with_how_to_name_one() -> None:
    with pytest.raises(UnknownLanguageError, match="Give a code such as en or an English name such as german"):
        code("qqqqqq")


def test_a_model_for_english_only_names_the_one_to_take_instead() -> None:
    with pytest.raises(UnknownLanguageError, match=r"tiny\.en writes only English, not German.* such as tiny\."):
        engines().language_code(ENGINE, MODEL, "german")


@pytest.mark.parametrize("language", [None, "en", "English", "EN"])
def test_a_model_for_english_only_takes_english(language: str | None) -> None:
    assert engines().language_code(ENGINE, MODEL, language) in (None, "en")


def test_a_multilingual_model_takes_every_language() -> None:
    for language in LANGUAGES:
        assert engines().language_code(ENGINE, "large-v3-turbo", language) == language


def test_an_unknown_engine_is_answered_with_the_one_there_is() -> None:
    with pytest.raises(UnknownEngineError, match="There is no engine openai; there is mlx_whisper"):
        engines().language_code("openai", MODEL, None)


@pytest.mark.parametrize("languages", [99, 100])
def test_the_likeliest_language_is_the_one_of_the_likeliest_token(languages: int) -> None:
    """mlx-whisper lists its language tokens in the order of a set, which says nothing."""
    tokenizer = import_module("tokenizer").get_tokenizer(True, num_languages=languages, language=None)
    for language in list(LANGUAGES)[:languages]:
        logits = np.zeros(51_866, dtype=np.float32)
        logits[tokenizer.to_language_token(language)] = 1.0
        logits[[tokenizer.sot, tokenizer.transcribe, tokenizer.translate]] = 2.0

        assert likeliest_language(logits, tokenizer) == language
