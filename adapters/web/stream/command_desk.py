"""Runs the commands of a stream one after the other, on a thread that exists only while there are any."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from realtime_mlx_stt.adapters.web.stream.stream_errors import TooManyCommandsError
from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["CommandDesk", "Outcome"]

_LOGGER = logging.getLogger(__name__)

_MOST_WAITING: Final = 32

_C = TypeVar("_C")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[_C]):
    """The result of a command: nothing, or the error."""

    command: _C
    error: RealtimeSttError | None


class CommandDesk(Generic[_C]):
    """Keeps commands that may wait, for example for a model, away from the thread that serves the connection.

    ``submit``, ``outcomes`` and ``close`` are for that thread. ``begin`` is called on it as well: it does what must
    be done at once, and returns the rest. That and ``wake`` are called on the desk's thread.
    """

    def __init__(self, begin: Callable[[_C], Callable[[], None]], wake: Callable[[], None]) -> None:
        self._begin = begin
        self._wake = wake
        self._lock = threading.Lock()
        self._waiting: deque[tuple[_C, Callable[[], None]]] = deque()
        self._outcomes: deque[Outcome[_C]] = deque()
        self._is_busy = False

    @property
    def is_busy(self) -> bool:
        """Whether a command is being done, or waits."""
        with self._lock:
            return self._is_busy

    def submit(self, command: _C) -> None:
        """Begin the command, and queue it behind those before it.

        Raises:
            TooManyCommandsError: too many wait.
            RealtimeSttError: as of ``begin``.
        """
        with self._lock:
            if len(self._waiting) >= _MOST_WAITING:
                raise TooManyCommandsError("Too many commands wait to be done; wait for the answers to those.")
        finish = self._begin(command)
        with self._lock:
            self._waiting.append((command, finish))
            if self._is_busy:
                return
            self._is_busy = True
        threading.Thread(target=self._work, name="stream-commands", daemon=True).start()

    def outcomes(self) -> list[Outcome[_C]]:
        """The commands that were done since the last call, in order, with their outcomes."""
        with self._lock:
            done = list(self._outcomes)
            self._outcomes.clear()
            return done

    def close(self) -> None:
        """Drop those that wait, but for what was begun of them; the one that is being done is not interrupted."""
        with self._lock:
            self._waiting.clear()

    def _work(self) -> None:
        while (waiting := self._next()) is not None:
            command, finish = waiting
            error = self._attempt(finish)
            with self._lock:
                self._outcomes.append(Outcome(command=command, error=error))
            self._wake()
        self._wake()

    def _next(self) -> tuple[_C, Callable[[], None]] | None:
        with self._lock:
            if not self._waiting:
                self._is_busy = False
                return None
            return self._waiting.popleft()

    def _attempt(self, finish: Callable[[], None]) -> RealtimeSttError | None:
        try:
            finish()
        except RealtimeSttError as error:
            return error
        except Exception:
            _LOGGER.exception("A stream's command failed by a defect.")
            return RealtimeSttError("The command failed by a defect of the server, whose log has it.")
        return None
