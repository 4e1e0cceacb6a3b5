"""Each way in which a service can fail is an error of its own kind, in time, and never shows the key."""

import logging
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace

import openai
import pytest
from tests.adapters.openai_transcription.local_service import (
    KEY,
    QUICK,
    LocalService,
    Trouble,
    closed_port_url,
)
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.adapters.openai_transcription.engines import OpenAiEngines
from realtime_mlx_stt.adapters.openai_transcription.refusals import error_for, refusal_of
from realtime_mlx_stt.adapters.openai_transcription.service import Patience
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.model_repository import UnknownModelError
from realtime_mlx_stt.ports.speech_to_text import (
    ApiKeyRefusedError,
    ServiceOfflineError,
    ServiceRateLimitError,
    ServiceTimeoutError,
    SpeechToTextError,
    TranscriptionServiceError,
)

MODEL = "gpt-4o-transcribe"
IMPATIENT = replace(QUICK, answer_seconds=0.3, check_seconds=0.3)
MASKED_KEY = f"{KEY[:11]}*******{KEY[-4:]}"
BROKEN, SILENT = Trouble(status=0), Trouble(status=None)


@pytest.fixture(autouse=True)
def _nothing_logged_shows_the_key(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert KEY not in caplog.text


def decode(service: LocalService, patience: Patience = QUICK) -> Transcription:
    opened = service.engines(patience).open("openai", MODEL)
    return opened.open_utterance(DecodingOptions(language="en")).decode(spoken(1), final=True)


def load(service: LocalService, patience: Patience = QUICK) -> None:
    service.engines(patience).open("openai", MODEL).load()


def refused(service: LocalService, *troubles: Trouble, patience: Patience = QUICK) -> SpeechToTextError:
    """The error for these answers; not even its traceback shows the key."""
    service.troubles.extend(troubles)
    with pytest.raises(SpeechToTextError) as caught:
        decode(service, patience)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert KEY[-4:] not in str(caught.value)
    assert not isinstance(caught.value.__context__, openai.OpenAIError)  # which holds the request
    return caught.value


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_in_the_service_s_words_without_the_key(service: LocalService, status: int) -> None:
    error = refused(service, Trouble.of(status, f"Incorrect API key provided: {MASKED_KEY}. Or is it {KEY}?"))
    assert isinstance(error, ApiKeyRefusedError)
    assert error.code == "api-key-refused"
    assert str(error).endswith("refuses the API key. It says: Incorrect API key provided: … Or is it …")
    assert len(service.received) == 1


def test_a_key_that_may_not_use_the_model_is_not_refused_as_a_key(service: LocalService) -> None:
    error = refused(service, Trouble.of(403, "Project p does not have access to model m.", "model_not_found"))
    assert type(error) is TranscriptionServiceError
    assert "Project p does not have access to model m." in str(error)


@pytest.mark.parametrize(
    ("headers", "advice"),
    [
        ({"retry_after": "3600"}, " Wait 3600 s before the next."),
        ({"retry_after_ms": "9500"}, " Wait 10 s before the next."),
        ({"retry_after": "Wed, 21 Oct 2099 07:28:00 GMT"}, ""),
        ({"retry_after": "nan"}, ""),
        ({}, ""),
    ],
)
def test_a_rate_limit_tells_how_long_to_wait(service: LocalService, headers: dict[str, str], advice: str) -> None:
    error = refused(service, *3 * [Trouble.of(429, "Slow down.", "rate_limit_exceeded", **headers)])
    assert isinstance(error, ServiceRateLimitError)
    assert error.code == "service-rate-limit"
    assert str(error).endswith(f"takes no more requests for now.{advice} It says: Slow down.")
    assert len(service.received) == (1 if advice else 3)  # a wait that is too long is not begun


def test_where_no_credit_is_left_it_is_not_tried_again(service: LocalService) -> None:
    error = refused(service, Trouble.of(429, "You exceeded your current quota.", "insufficient_quota"))
    assert isinstance(error, ServiceRateLimitError)
    assert "You exceeded your current quota." in str(error)
    assert len(service.received) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble.of(429, "Slow down.", retry_after_ms="1"),
        Trouble.of(500, "The server had an error."),
        Trouble(status=503, body=b"<html>Busy</html>", headers={"Content-Type": "text/html"}),
        Trouble.of(408, "Too slow."),
        BROKEN,
    ],
    ids=lambda trouble: f"status {trouble.status}",
)
def test_what_passes_is_tried_again_twice(service: LocalService, trouble: Trouble) -> None:
    service.troubles.extend([trouble] * 2)
    assert decode(service).text == "word1"
    assert len(service.received) == 3
    assert isinstance(refused(service, *[trouble] * 3), TranscriptionServiceError)


def test_a_broken_connection_is_a_service_that_cannot_be_reached(service: LocalService) -> None:
    error = refused(service, *[BROKEN] * 3)
    assert isinstance(error, ServiceOfflineError)
    assert error.code == "service-offline"
    assert len(service.received) == 3


def test_where_nobody_listens_the_service_cannot_be_reached(service: LocalService) -> None:
    service.base_url = closed_port_url()
    for call in (decode, load):
        with pytest.raises(ServiceOfflineError, match=r"^127\.0\.0\.1:\d+ cannot be reached: .*refused"):
            call(service)


def test_an_answer_that_does_not_come_is_given_up_in_time_and_not_asked_for_again(service: LocalService) -> None:
    began = time.monotonic()
    error = refused(service, SILENT, patience=IMPATIENT)
    assert isinstance(error, ServiceTimeoutError)
    assert error.code == "service-timeout"
    assert str(error).endswith("did not answer within 0.3 s.")
    assert time.monotonic() - began >= 0.3
    assert len(service.received) == 1


def test_all_attempts_and_pauses_together_keep_to_the_time(service: LocalService) -> None:
    began = time.monotonic()
    error = refused(
        service,
        Trouble.of(500, "No."),
        SILENT,
        patience=replace(QUICK, answer_seconds=1.5, pauses_seconds=(0.1, 0.1)),
    )
    assert isinstance(error, ServiceTimeoutError)
    assert time.monotonic() - began < 3.0
    assert len(service.received) == 2


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (
            Trouble.of(400, "Audio file is too short."),
            "answered with status 400. It says: Audio file is too short.",
        ),
        (Trouble.of(404, "The model `m` does not exist."), "answered with status 404. It says: The model `m` does"),
        (Trouble.of(500, "Something broke."), "answered with status 500. It says: Something broke."),
        (Trouble(status=500, body=b"<html>No</html>", headers={"Content-Type": "text/html"}), "with status 500."),
        (Trouble(status=400, body=b'{"detail": "No such option."}'), "It says: No such option."),
        (Trouble(status=400, body=b'{"detail": [{"loc": 1}]}'), "answered with status 400."),
        (Trouble(status=418, body=b"[]"), "answered with status 418."),
        (Trouble.of(400, "very " * 1000), "very very"),
    ],
)
def test_any_other_refusal_is_told_with_its_message(service: LocalService, trouble: Trouble, words: str) -> None:
    error = refused(service, *[trouble] * 3)
    assert type(error) is TranscriptionServiceError
    assert error.code == "transcription-service"
    assert words in str(error)
    assert len(str(error)) < 400


@pytest.mark.parametrize("body", [b"{", b"<html>Welcome</html>", b'{"text": null}', b"[]", b""])
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
def test_an_answer_without_a_text_is_an_error(service: LocalService, body: bytes, content_type: str) -> None:
    error = refused(service, Trouble(status=200, body=body, headers={"Content-Type": content_type}))
    assert type(error) is TranscriptionServiceError
    assert "gave an answer that holds no transcription" in str(error)
    assert len(service.received) == 1


def test_loading_finds_out_that_the_key_is_refused(service: LocalService) -> None:
    account = service.account(key="sk-somebody-elses-key")
    with pytest.raises(ApiKeyRefusedError):
        OpenAiEngines(account, QUICK).open("openai", MODEL).load()


def test_loading_finds_out_that_there_is_no_such_model(service: LocalService) -> None:
    with pytest.raises(UnknownModelError, match="has no model tiny"):
        service.engines().open("openai", "tiny.en").load()


def test_loading_finds_out_that_nobody_answers(service: LocalService) -> None:
    service.lookup_troubles.append(SILENT)
    with pytest.raises(ServiceTimeoutError):
        load(service, IMPATIENT)


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(status=404, body=b'{"detail": "Not Found"}'),
        Trouble(status=405, body=b""),
        Trouble(status=200, body=b"<html>Welcome</html>"),
        Trouble.of(403, "You have insufficient permissions for this operation. Missing scopes: api.model.read."),
        Trouble.of(401, "You have insufficient permissions for this operation. Missing scopes: api.model.read."),
    ],
)
def test_a_server_or_a_key_that_cannot_tell_of_models_may_be_used_all_the_same(
    service: LocalService, trouble: Trouble
) -> None:
    service.lookup_troubles.append(trouble)
    load(service)
    assert decode(service).text == "word1"


def test_a_connection_that_is_not_made_in_time_is_no_slow_answer() -> None:
    class ConnectTimeout(Exception):  # noqa: N818 - as the client's library calls it
        """What is below the client's timeout then."""

    error = openai.APITimeoutError(request=None)  # type: ignore[arg-type]  # nobody asks for it
    error.__cause__ = ConnectTimeout("timed out")
    assert isinstance(error_for(refusal_of(error, KEY), "speech.example", 30.0), ServiceOfflineError)
    error.__cause__ = None
    assert isinstance(error_for(refusal_of(error, KEY), "speech.example", 30.0), ServiceTimeoutError)
