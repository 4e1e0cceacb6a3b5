"""Provides a pool of threads for requests; its threads end when nothing is left to do."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, Final

__all__ = ["FleetingThreads"]

_IDLE_SECONDS: Final = 2.0

_Work = tuple[Future[Any], Callable[[], Any]]


class FleetingThreads(Executor):
    """At most ``most_threads`` at a time, made when they are needed; further work waits for its turn.

    The standard library's pool keeps every thread that it ever needed. The threads are daemons: the server's end
    waits for requests itself, but not for one that never ends.
    """

    def __init__(self, most_threads: int) -> None:
        self._most_threads = most_threads
        self._changed = threading.Condition()
        self._work: deque[_Work] = deque()
        self._threads = 0
        self._idle = 0
        self._made = 0
        self._is_shut_down = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Call it on one of the threads.

        Raises:
            RuntimeError: the pool was shut down.
        """
        future: Future[Any] = Future()
        with self._changed:
            if self._is_shut_down:
                raise RuntimeError("The pool was shut down; it takes no more work.")
            self._work.append((future, lambda: fn(*args, **kwargs)))
            if self._idle < len(self._work) and self._threads < self._most_threads:
                self._threads += 1
                self._made += 1
                threading.Thread(target=self._run, name=f"request-{self._made}", daemon=True).start()
            else:
                self._changed.notify()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work; the threads end when they have done what they were given. Waits for nothing."""
        with self._changed:
            self._is_shut_down = True
            self._changed.notify_all()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            future, call = work
            try:
                result = call()
            except BaseException as error:  # noqa: BLE001 - the future hands it on
                future.set_exception(error)
            else:
                future.set_result(result)

    def _next(self) -> _Work | None:
        """The next piece of work; None, and the thread is no longer counted, when there was none for a while."""
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._work or self._is_shut_down, _IDLE_SECONDS)
            self._idle -= 1
            if self._work:
                return self._work.popleft()
            self._threads -= 1
            return None
