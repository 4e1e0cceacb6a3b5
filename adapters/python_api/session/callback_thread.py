"""Calls a program's callbacks for a session's events, on a thread of their own and in the order of the log."""

import threading
from collections.abc import Callable
from contextlib import closing
from time import monotonic
from typing import Final

from realtime_mlx_stt.application.log.stream import EventStream
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["CallbackThread", "await_callbacks"]

_RUNNING: "Final[set[CallbackThread]]" = set()


class CallbackThread:
    """Takes one session's events and hands each to ``hear``, from the first to the session's last.

    ``hear`` may take its time: the session does not wait for it, and it misses nothing. If the log cannot be read,
    ``on_failure`` is called. Neither may raise.
    """

    def __init__(
        self,
        stream: EventStream,
        name: str,
        hear: Callable[[StoredEvent], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._stream = stream
        self._hear = hear
        self._on_failure = on_failure
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._is_over = threading.Event()

    def start(self) -> None:
        """Begin; called once."""
        _RUNNING.add(self)
        try:
            self._thread.start()
        except BaseException:
            _RUNNING.discard(self)
            raise

    def join(self, timeout_seconds: float | None) -> bool:
        """Wait until the last callback has returned; False after the timeout, and at once from a callback."""
        if self._thread is threading.current_thread():
            return False
        return self._is_over.wait(timeout_seconds)  # Thread.join is over for good once a Ctrl-C has interrupted it

    def _run(self) -> None:
        try:
            self._hear_all()
        finally:
            _RUNNING.discard(self)
            self._is_over.set()

    def _hear_all(self) -> None:
        with closing(self._stream):
            self._hear_each()

    def _hear_each(self) -> None:
        while not self._stream.is_over:
            try:
                stored = self._stream.wait()
            except RealtimeSttError as error:
                self._on_failure(error)
                continue
            if stored is not None:
                self._hear(stored)


def await_callbacks(timeout_seconds: float) -> bool:
    """Wait until the last callback of every session has returned; False after the timeout, and from a callback.

    A callback that calls this waits for all others.
    """
    deadline = monotonic() + timeout_seconds
    answers = [thread.join(max(0.0, deadline - monotonic())) for thread in tuple(_RUNNING)]
    return all(answers)
