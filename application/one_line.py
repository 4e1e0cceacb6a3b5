"""Tells a longer text in one line."""

from typing import Final

__all__ = ["one_line"]

_LETTERS: Final = 60


def one_line(text: str) -> str:
    """The beginning of the text, at most 60 characters, with blanks for line ends; "…" ends one that goes on."""
    line = " ".join(text.split())
    return line if len(line) <= _LETTERS else line[: _LETTERS - 1] + "…"
