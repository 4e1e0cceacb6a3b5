"""Finds what is no text among the parts of a form."""

from collections.abc import Iterable
from typing import Final

from werkzeug.datastructures import MultiDict

__all__ = ["WHY_UNREADABLE", "unreadable_parts"]

_NO_CHARACTER: Final = "\N{REPLACEMENT CHARACTER}"

WHY_UNREADABLE: Final = "is not valid UTF-8 text, or holds U+FFFD, which is put in the place of what was not"
"""What is wrong with such a part, to follow its name."""


def unreadable_parts(form: MultiDict[str, str]) -> Iterable[str]:
    """The names of the parts that are not valid UTF-8, or hold U+FFFD, by which a program before lost some text."""
    # Werkzeug puts this character wherever it cannot decode a part, and keeps the bytes nowhere.
    return (name for name, value in form.items(multi=True) if _NO_CHARACTER in value)
