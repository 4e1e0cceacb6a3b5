"""``WakeWordConfig``: which words may be asked for, and what is said of those that may not."""

import inspect
import math
import warnings
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from typing import Any

import pytest
from tests.adapters.python_api.idle_process import IdleProcess
from tests.adapters.python_api.refusals import refusal
from tests.adapters.python_api.signatures import defaults_of, parameter_types
from tests.fakes.wake_word import FakeWakeWords

from realtime_mlx_stt.adapters.python_api.configuration.configuration import WakeWordConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import WakeWordDetector
from realtime_mlx_stt.adapters.python_api.process_services import using_services
from realtime_mlx_stt.ports.wake_word import WakeWordError

SERVED = ("alexa", "hey_jarvis", "hey_mycroft", "hey_rhasspy")
"""The models that openWakeWord ships."""


class NoWakeWords(FakeWakeWords):
    """As where the package with the models is missing."""

    def words(self) -> tuple[str, ...]:
        raise WakeWordError("openwakeword is not installed.")


@pytest.fixture(autouse=True)
def process() -> Iterator[IdleProcess]:
    services = IdleProcess(wake_words=FakeWakeWords(SERVED))
    with using_services(services):
        yield services


def refused(**arguments: Any) -> str:
    return refusal(WakeWordConfig, **arguments)


def test_the_signature() -> None:
    assert is_dataclass(WakeWordConfig)
    assert list(defaults_of(WakeWordConfig).items()) == [
        ("enabled", True),
        ("words", ["jarvis"]),
        ("sensitivity", 0.7),
        ("timeout", 30),
        ("detector", WakeWordDetector.PORCUPINE),
        ("access_key", None),
        ("single_utterance", True),
    ]
    assert parameter_types(WakeWordConfig) == {
        "enabled": bool,
        "words": list[str],
        "sensitivity": float,
        "timeout": int,
        "detector": WakeWordDetector,
        "access_key": str | None,
        "single_utterance": bool,
    }


def test_what_is_new_is_given_by_name() -> None:
    parameters = inspect.signature(WakeWordConfig).parameters.values()
    assert [each.name for each in parameters if each.kind is each.KEYWORD_ONLY] == ["single_utterance"]


def test_no_two_share_their_words() -> None:
    WakeWordConfig().words.append("alexa")
    assert WakeWordConfig().words == ["jarvis"]


def test_it_is_a_dict_in_the_words_of_profiles() -> None:
    config = WakeWordConfig(words=["Hey Jarvis", "ALEXA"], timeout=10)
    assert config.to_dict() == {
        "enabled": True,
        "words": ["hey jarvis", "alexa"],
        "sensitivity": 0.7,
        "timeout": 10,
        "detector": "porcupine",
    }
    assert config.words == ["Hey Jarvis", "ALEXA"]


def test_a_word_that_opens_a_window_says_so_in_the_dict() -> None:
    config = WakeWordConfig(single_utterance=False)
    assert config.to_dict() == {**WakeWordConfig().to_dict(), "single_utterance": False}


@pytest.mark.parametrize(
    "word", ["jarvis", "Jarvis", "hey jarvis", "Hey Jarvis", "hey_jarvis", "hey-jarvis", "ALEXA"]
)
def test_a_word_may_be_written_in_every_way_that_people_write_it(word: str) -> None:
    assert WakeWordConfig(words=[word]).words == [word]


@pytest.mark.parametrize("word", ["computer", "hey google", "porcupine", "", "jarvi"])
def test_a_word_that_no_model_hears_is_refused_with_those_that_are_heard(word: str) -> None:
    supported = "alexa, hey jarvis, hey mycroft, hey rhasspy"
    assert refused(words=["jarvis", word]) == f"Unsupported wake word '{word}'. Supported words: {supported}"


@pytest.mark.parametrize("path", ["mine.onnx", "models/Mine.tflite", "/models/Mine.ONNX"])
def test_a_model_of_ones_own_is_named_by_its_path_which_stays_as_it_is(path: str) -> None:
    assert WakeWordConfig(words=[path]).to_dict()["words"] == [path]


def test_where_nobody_knows_what_can_be_heard_every_word_is_right_for_now(process: IdleProcess) -> None:
    process.wake_words = NoWakeWords()
    assert WakeWordConfig(words=["computer"]).words == ["computer"]


def test_a_list_of_words_may_be_empty() -> None:
    assert WakeWordConfig(words=[]).words == []


@pytest.mark.parametrize("words", ["jarvis", None, 3, [3], ["jarvis", None], {"jarvis": 1}])
def test_what_is_no_list_of_words_is_refused(words: object) -> None:
    assert refused(words=words) == f"Words must be a list of words, got {words!r}"


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, "high", True, None])
def test_the_sensitivity_is_refused(value: object) -> None:
    assert refused(sensitivity=value) == f"Sensitivity must be between 0.0 and 1.0, got {value}"


@pytest.mark.parametrize("value", [4, 4.9, 0, -1, math.nan, "30", True, None])
def test_a_timeout_that_is_too_short_is_refused(value: object) -> None:
    assert refused(timeout=value) == f"Timeout must be at least 5 seconds, got {value}"


def test_a_timeout_may_be_as_long_as_a_day() -> None:
    assert [WakeWordConfig(timeout=value).timeout for value in (5, 3600, 86_400)] == [5, 3600, 86_400]
    assert refused(timeout=86_401) == "Timeout must be at most 86400 seconds, got 86401"


def test_the_detector_may_be_a_plain_text() -> None:
    config = WakeWordConfig(detector="porcupine")  # type: ignore[arg-type]  # as many programs write it
    assert config.detector is WakeWordDetector.PORCUPINE
    assert refused(detector="snowboy") == "Unknown detector 'snowboy'. There are: porcupine"


def test_a_key_is_accepted_and_shown_nowhere() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = WakeWordConfig(access_key="secret")
    assert config.access_key == "secret"
    assert "secret" not in repr(config)
    assert "secret" not in str(config.to_dict())
    assert "secret" not in refused(access_key=["secret"])
    assert asdict(config)["access_key"] == "secret"


@pytest.mark.parametrize("value", [1, 0, None, "yes"])
def test_whether_it_is_enabled_is_true_or_false(value: object) -> None:
    assert refused(enabled=value) == f"Enabled must be True or False, got {value!r}"
    assert refused(single_utterance=value) == f"Single utterance must be True or False, got {value!r}"
