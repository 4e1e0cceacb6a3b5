"""Warns once that a key for wake words is no longer needed."""

import warnings
from typing import Final

__all__ = ["UnusedKeyWarning", "warn_of_unused_key"]

_MESSAGE: Final = (
    "Wake words are heard on this machine and need no key: porcupine_api_key and access_key are accepted, not used."
)
_SAID: Final[set[str]] = set()


class UnusedKeyWarning(UserWarning):
    """A key was given that nothing uses."""


def warn_of_unused_key(stacklevel: int) -> None:
    """Warn the first time in this process; ``stacklevel`` counts from the caller, as for ``warnings.warn``."""
    if _MESSAGE not in _SAID:
        _SAID.add(_MESSAGE)
        warnings.warn(_MESSAGE, UnusedKeyWarning, stacklevel=stacklevel + 1)
