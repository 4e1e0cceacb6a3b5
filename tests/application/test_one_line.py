"""Longer texts are told in one line by how they begin."""

from dataclasses import replace

import pytest

from realtime_mlx_stt.application.one_line import one_line
from realtime_mlx_stt.application.told_settings import told_settings
from realtime_mlx_stt.domain.settings import TranscriptionSettings


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("They went\n home.\n", "They went home."),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
def test_a_text_in_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


def test_settings_tell_how_a_long_prompt_begins() -> None:
    told = told_settings(replace(TranscriptionSettings(), prompt="Ring me.\n" * 100))
    begin = "prompt 'Ring me. Ring me. "
    assert begin in told
    assert told.endswith("…'")
    assert len(told) - told.index(begin) == len("prompt ''") + 60
