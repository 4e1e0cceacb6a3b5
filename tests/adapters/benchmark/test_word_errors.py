"""Words count as OpenAI counts them: numbers, contractions, titles and spelling are made alike before."""

import pytest

from realtime_mlx_stt.adapters.benchmark.word_errors import word_error_count
from realtime_mlx_stt.ports.benchmark import WordErrors


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("Mr. Park won't pay twenty-two dollars.", "mister park will not pay $22"),
        ("It's the colour of the theatre; um, I am sure.", "It is the color of the theater I'm sure"),
        ("On the first of May nineteen eighty-four", "on the 1st of May 1984"),
    ],
)
def test_what_sounds_alike_is_alike(said: str, heard: str) -> None:
    assert word_error_count(None)(said, heard).errors == 0


def test_other_languages_are_not_made_english() -> None:
    assert word_error_count("de")("Der Mr. Park, ja!", "der mr park ja") == WordErrors(errors=0, words=4)
    assert word_error_count("de")("won't", "will not").errors > 0
