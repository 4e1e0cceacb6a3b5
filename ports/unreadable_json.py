"""Says in plain words why a JSON file could not be read, for the errors of what is kept in files."""

import json
from collections.abc import Mapping
from typing import Final

__all__ = ["why_unreadable"]

_REASONS: Final[Mapping[type[Exception], str]] = {
    FileNotFoundError: "there is no such file",
    NotADirectoryError: "there is no such file",
    IsADirectoryError: "it is a folder",
    PermissionError: "its permissions forbid it",
    UnicodeDecodeError: "it is not text in UTF-8",
    RecursionError: "it is nested too deeply",
}


def why_unreadable(error: Exception) -> str:
    """The reason behind what reading or parsing a JSON file raised, to follow "it cannot be read: "."""
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON from line {error.lineno}, column {error.colno} on ({error.msg})"
    known = next((reason for kind, reason in _REASONS.items() if isinstance(error, kind)), None)
    return known or getattr(error, "strerror", None) or str(error)
