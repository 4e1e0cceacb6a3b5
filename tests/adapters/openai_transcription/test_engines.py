"""The engine is opened without the network, and says at once what is missing."""

import sys

import pytest
from tests.adapters.openai_transcription.local_service import KEY

from realtime_mlx_stt.adapters.openai_transcription.account import OpenAiAccount
from realtime_mlx_stt.adapters.openai_transcription.engines import OpenAiEngines
from realtime_mlx_stt.domain.transcription import DecodingOptions
from realtime_mlx_stt.ports.speech_to_text import ApiKeyMissingError, SpeechToTextError, UnknownLanguageError


@pytest.fixture
def engines() -> OpenAiEngines:
    return OpenAiEngines(OpenAiAccount({"OPENAI_API_KEY": KEY}))


def test_a_model_is_opened_once(engines: OpenAiEngines) -> None:
    assert engines.open("openai", "whisper-1") is engines.open("openai", "whisper-1")
    assert engines.open("openai", "whisper-1") is not engines.open("openai", "gpt-4o-transcribe")


def test_a_missing_key_is_found_before_anything_is_loaded() -> None:
    with pytest.raises(ApiKeyMissingError):
        OpenAiEngines(OpenAiAccount({})).open("openai", "whisper-1")


def test_a_missing_client_is_told_with_what_installs_it(
    engines: OpenAiEngines, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = engines.open("openai", "whisper-1")
    monkeypatch.setitem(sys.modules, "openai", None)
    for call in (model.load, lambda: engines.open("openai", "whisper-1")):
        with pytest.raises(SpeechToTextError, match=r"pip install 'realtime-mlx-stt\[openai\]'"):
            call()


@pytest.mark.parametrize("proxy", ["socks5://user:password@127.0.0.1:9", "nonsense://user:password@127.0.0.1:9"])
def test_a_proxy_that_the_client_cannot_use_is_told_without_its_password(
    engines: OpenAiEngines, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(SpeechToTextError, match=r"cannot use the proxy .* in ALL_PROXY") as error:
        engines.open("openai", "whisper-1").load()
    assert "password" not in str(error.value)


def test_a_language_that_does_not_exist_is_answered_with_those_it_may_be(engines: OpenAiEngines) -> None:
    with pytest.raises(UnknownLanguageError, match="no language germn; did you mean german"):
        engines.language_code("openai", "whisper-1", "germn")
    with pytest.raises(UnknownLanguageError, match=r"no language 12345\. Give a code such as en"):
        engines.open("openai", "whisper-1").open_utterance(DecodingOptions(language="12345"))
