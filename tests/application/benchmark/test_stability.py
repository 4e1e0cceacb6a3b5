"""Words that were shown as stable and that the final text has otherwise are counted, each once."""

import pytest

from realtime_mlx_stt.application.benchmark.stability import taken_back_words


@pytest.mark.parametrize(
    ("stable", "final", "taken_back"),
    [
        ("", "anything at all", 0),
        ("And so, my", "and so my fellow Americans.", 0),
        ("the predecessors of", "The predecessor of the book", 1),
        ("had married a more", "Had he married a more amiable woman", 1),
        ("that that was", "that was all", 1),
        ("one two three", "", 3),
        ("one two", "three four five six", 2),
        ("it's", "its", 0),
        ("あいう", "あえうお", 1),
    ],
)
def test_taken_back_words(stable: str, final: str, taken_back: int) -> None:
    assert taken_back_words(stable, final) == taken_back
