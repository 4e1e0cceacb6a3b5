"""A transcription tells what the service told, and nothing more."""

import json
import math
from typing import Any

import pytest

from realtime_mlx_stt.adapters.openai_transcription.answers import read_answer, transcription
from realtime_mlx_stt.domain.rejection import rejection_rule
from realtime_mlx_stt.domain.settings import RejectionSettings
from realtime_mlx_stt.domain.transcription import Transcription
from realtime_mlx_stt.ports.speech_to_text import TranscriptionServiceError


def told(answer: dict[str, Any], language: str | None = None) -> Transcription:
    """What becomes of an answer for one second."""
    content = json.dumps({"text": "Hello there.", **answer}).encode()
    return transcription(read_answer(content, "speech.example"), samples=16_000, language=language, with_words=True)


def test_a_bare_text_has_no_scores_that_could_count_against_it() -> None:
    heard = told({})
    assert (heard.text, heard.words, heard.language) == ("Hello there.", (), None)
    assert (heard.average_log_probability, heard.confidence, heard.no_speech_probability) == (0.0, 1.0, 0.0)
    assert heard.compression_ratio == pytest.approx(12 / 20)
    for settings in (
        RejectionSettings(),
        RejectionSettings(no_speech_probability=0.0, average_log_probability=0.0),
    ):
        assert rejection_rule(heard, duration_samples=16_000, peak_amplitude=0.5, settings=settings) is None


def test_token_scores_become_the_confidence() -> None:
    heard = told({"logprobs": [{"token": "Hello", "logprob": -0.1}, {"logprob": -0.3}, {"token": "."}]})
    assert heard.average_log_probability == pytest.approx(-0.2)
    assert heard.confidence == pytest.approx(math.exp(-0.2))


def test_segments_count_by_their_tokens_and_the_likeliest_speech_stands() -> None:
    segments = [
        {"avg_logprob": -0.1, "no_speech_prob": 0.9, "tokens": [1, 2, 3]},
        {"avg_logprob": -0.5, "no_speech_prob": 0.2, "tokens": [4]},
    ]
    heard = told({"segments": segments})
    assert heard.average_log_probability == pytest.approx(-0.2)
    assert heard.no_speech_probability == 0.2


def test_scores_that_cannot_be_are_brought_into_their_range() -> None:
    heard = told({"segments": [{"avg_logprob": 3.0, "no_speech_prob": 7.0}]})
    assert (heard.average_log_probability, heard.confidence, heard.no_speech_probability) == (0.0, 1.0, 1.0)
    assert told({"logprobs": [{"logprob": -9999.0}]}).average_log_probability == -100.0


@pytest.mark.parametrize(
    ("answer", "asked", "expected"),
    [
        ({"language": "english"}, None, "en"),
        ({"language": "de"}, None, "de"),
        ({"language": "german"}, "en", "de"),
        ({"language": "klingon"}, "en", "en"),
        ({"languages": [{"code": "fr"}, {"code": "en"}]}, None, "fr"),
        ({"languages": []}, "sv", "sv"),
        ({}, "sv", "sv"),
    ],
)
def test_the_language_is_the_one_that_was_heard_or_else_the_one_asked_for(
    answer: dict[str, Any], asked: str | None, expected: str
) -> None:
    assert told(answer, asked).language == expected


@pytest.mark.parametrize(
    "details",
    [
        {"segments": "none"},
        {"segments": [{"avg_logprob": "low"}]},
        {"words": [{"text": "Hello"}]},
        {"words": {"Hello": 1}},
        {"logprobs": [0.5]},
        {"language": 5},
    ],
)
def test_details_in_a_form_of_a_server_s_own_cost_the_details_and_not_the_text(details: dict[str, Any]) -> None:
    assert told(details) == told({})


@pytest.mark.parametrize(
    "content",
    [b"", b"Hello there.", b"{", b"[]", b"null", b'"Hello"', b"{}", b'{"text": null}', b'{"text": 5}', b"\xff\xfe"],
)
def test_where_no_text_is_in_the_answer_it_is_an_error(content: bytes) -> None:
    with pytest.raises(
        TranscriptionServiceError, match=r"speech\.example gave an answer that holds no transcription"
    ):
        read_answer(content, "speech.example")
