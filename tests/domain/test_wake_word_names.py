"""However a person writes a wake word, the same model is meant."""

import pytest

from realtime_mlx_stt.domain.wake_word_names import is_model_file, meant_word, spoken

WORDS = ("alexa", "hey_jarvis", "hey_mycroft", "jarvis_two")


@pytest.mark.parametrize(
    "wanted", ["jarvis", "Jarvis", "hey jarvis", "Hey Jarvis", "hey_jarvis", "HEY-JARVIS", "  hey  jarvis "]
)
def test_the_greeting_case_and_what_is_between_the_words_do_not_matter(wanted: str) -> None:
    assert meant_word(wanted, WORDS) == "hey_jarvis"


@pytest.mark.parametrize("wanted", ["", " ", "hey", "jarvi", "jarvis two three", "computer", "hey_alexa", "hey_"])
def test_another_word_means_none_of_them(wanted: str) -> None:
    assert meant_word(wanted, WORDS) is None


def test_a_word_that_is_there_as_it_was_written_comes_before_one_with_a_greeting() -> None:
    assert meant_word("jarvis", ("hey_jarvis", "jarvis")) == "jarvis"


@pytest.mark.parametrize(
    ("wanted", "is_file"),
    [
        ("mine.onnx", True),
        ("/models/Mine.TFLITE", True),
        ("onnx", False),
        ("jarvis", False),
        ("mine.onnx.txt", False),
    ],
)
def test_a_model_of_ones_own_is_told_from_a_name(wanted: str, *, is_file: bool) -> None:
    assert is_model_file(wanted) is is_file


def test_a_word_is_shown_as_it_is_said() -> None:
    assert spoken("hey_jarvis") == "hey jarvis"
