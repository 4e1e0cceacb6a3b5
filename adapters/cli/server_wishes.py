"""Describes what a user wants of the server; the composition root, which knows the server, provides it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

__all__ = ["RunServer", "ServerWishes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerWishes:
    """The options of ``stt serve``.

    ``explicit``: the fields of the server's configuration that were given on the command line.
    """

    explicit: Mapping[str, object]
    config_file: Path | None = None
    database: Path | None = None
    is_ephemeral: bool = False
    opens_browser: bool = True
    logs_access: bool = False


class RunServer(Protocol):
    """Runs the server."""

    def __call__(self, wishes: ServerWishes) -> int:
        """Serve until a signal ends it; the exit status.

        Raises:
            RealtimeSttError: the server cannot be configured so, or cannot listen there.
        """
        ...
