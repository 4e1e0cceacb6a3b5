"""The root of the error tree; every layer hangs its own errors below it.

::

    RealtimeSttError            code                   raised when
    ├── DomainError
    │   ├── InvalidSettingError invalid-setting        a setting is outside its range
    │   └── IllegalCommandError illegal-command        a session cannot do this in its present state
    └── PortError                                      see the modules of ``ports``

A code is stable: programs may branch on it. The message is a sentence for a person and may change.
"""

from typing import ClassVar

__all__ = ["DomainError", "IllegalCommandError", "InvalidSettingError", "PortError", "RealtimeSttError"]


class RealtimeSttError(Exception):
    """Anything this package raises on purpose; ``code`` names the kind, the message says what to do."""

    code: ClassVar[str] = "error"


class DomainError(RealtimeSttError):
    """A rule of the domain was broken by the caller."""


class InvalidSettingError(DomainError):
    """A setting is outside its range or contradicts another; the message names it and its range."""

    code = "invalid-setting"


class IllegalCommandError(DomainError):
    """The session cannot do this in its present state."""

    code = "illegal-command"


class PortError(RealtimeSttError):
    """Something outside the application failed: a device, a model, a file, a store."""
