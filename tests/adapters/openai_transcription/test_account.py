"""The key and the address come from the program or the environment, may change, and show nowhere."""

import os

import pytest
from tests.adapters.openai_transcription.local_service import KEY

from realtime_mlx_stt.adapters.openai_transcription.account import OpenAiAccount
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.ports.speech_to_text import ApiKeyMissingError

OTHER_KEY = "sk-proj-another0123456789"


def test_the_environment_is_asked_each_time() -> None:
    environment = {"OPENAI_API_KEY": KEY}
    account = OpenAiAccount(environment)
    assert (account.access().api_key, account.access().base_url) == (KEY, "https://api.openai.com/v1")
    environment |= {"OPENAI_API_KEY": OTHER_KEY, "OPENAI_BASE_URL": "http://localhost:8000/v1"}
    assert (account.access().api_key, account.access().host) == (OTHER_KEY, "localhost:8000")


def test_what_the_program_gives_goes_before_the_environment() -> None:
    account = OpenAiAccount({"OPENAI_API_KEY": OTHER_KEY, "OPENAI_BASE_URL": "http://localhost:8000/v1"})
    account.use(api_key=KEY)
    account.use(base_url="https://speech.example/v1")
    assert (account.access().api_key, account.access().base_url) == (KEY, "https://speech.example/v1")


def test_white_space_around_a_key_is_not_a_part_of_it() -> None:
    account = OpenAiAccount({})
    account.use(api_key=f" {KEY}\n")
    assert account.access().api_key == KEY


@pytest.mark.parametrize("environment", [{}, {"OPENAI_API_KEY": ""}, {"OPENAI_API_KEY": " \n"}])
def test_without_a_key_it_says_where_one_is_looked_for(environment: dict[str, str]) -> None:
    account = OpenAiAccount(environment)
    account.use(api_key="")
    with pytest.raises(ApiKeyMissingError, match="set OPENAI_API_KEY") as caught:
        account.access()
    assert caught.value.code == "api-key-missing"


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel", "a\x00b"])
def test_what_no_key_holds_is_refused_before_it_can_end_up_in_an_error(key: str) -> None:
    account = OpenAiAccount({"OPENAI_API_KEY": key})
    with pytest.raises(InvalidSettingError, match="holds characters that no API key has") as given:
        account.use(api_key=key)
    with pytest.raises(InvalidSettingError, match="OPENAI_API_KEY holds") as found:
        account.access()
    assert key not in str(given.value) + str(found.value)


@pytest.mark.parametrize(
    "url",
    [
        "speech.example",
        "ftp://speech.example",
        "http://",
        "http://[::1",
        "http://a..b/v1",
        "http://a:port/",
        "http://a b",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    account = OpenAiAccount({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url})
    with pytest.raises(InvalidSettingError, match="must be an address such as https:"):
        account.use(base_url=url)
    with pytest.raises(InvalidSettingError, match="OPENAI_BASE_URL must be"):
        account.access()


def test_a_setting_that_is_refused_changes_nothing() -> None:
    account = OpenAiAccount({})
    account.use(api_key=KEY, base_url="https://speech.example/v1")
    with pytest.raises(InvalidSettingError):
        account.use(api_key=OTHER_KEY, base_url="nonsense")
    assert (account.access().api_key, account.access().host) == (KEY, "speech.example")


def test_neither_the_key_nor_a_password_in_the_address_shows() -> None:
    account = OpenAiAccount({})
    account.use(api_key=KEY, base_url="https://user:password@speech.example:8443/v1")
    assert account.access().host == "speech.example:8443"
    assert KEY not in repr(account) + repr(account.access()) + str(account.access())


def test_the_key_is_not_written_into_the_environment() -> None:
    before = dict(os.environ)
    OpenAiAccount(os.environ).use(api_key=KEY)
    assert dict(os.environ) == before
