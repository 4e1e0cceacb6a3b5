"""Brings a session's events to the main thread, and the user's request to stop to the session."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Final

from realtime_mlx_stt.application.orchestrator import STOP_SECONDS, SystemOrchestrator
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain.events import SessionEvent
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["watch_session"]

_REFRESH_SECONDS: Final = 0.1
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _StopWish:
    """A request to stop: Ctrl-C was pressed, the terminal was closed, or the system asked the program to end."""


_Arrivals = SimpleQueue[StoredEvent | _StopWish]


def watch_session(
    orchestrator: SystemOrchestrator,
    config: PipelineConfig,
    hear: Sequence[Callable[[StoredEvent], None]],
    refresh: Callable[[], None] = lambda: None,
) -> SessionEvent | None:
    """Run a session to its end and call each of ``hear`` for every event, all on this thread, the main one.

    The first SIGINT, SIGTERM or SIGHUP stops the session and waits for the texts that it owes, the second gives
    them up; what the program was started to ignore (``nohup``) it goes on to ignore.
    ``refresh`` is called about ten times a second meanwhile. Returns the last event.

    Raises:
        RealtimeSttError: the session cannot be started.
    """
    arrivals: _Arrivals = SimpleQueue()
    last: SessionEvent | None = None
    with _stop_wishes(arrivals):
        session_id = orchestrator.start_pipeline(config, arrivals.put)
        for stored in _events(orchestrator, session_id, arrivals, refresh):
            for listener in hear:
                listener(stored)
            last = stored.event
    return last


def _events(
    orchestrator: SystemOrchestrator, session_id: SessionId, arrivals: _Arrivals, refresh: Callable[[], None]
) -> Iterator[StoredEvent]:
    patience = STOP_SECONDS
    while True:
        # Asked before looking into the queue: nothing more is put into it once the session is over.
        is_over = orchestrator.wait(session_id, 0.0)
        try:
            arrival = arrivals.get(timeout=0.0 if is_over else _REFRESH_SECONDS)
        except Empty:
            if is_over:
                return
            refresh()
            continue
        if isinstance(arrival, StoredEvent):
            yield arrival
        else:
            _stop(orchestrator, session_id, patience)
            patience = 0.0


def _stop(orchestrator: SystemOrchestrator, session_id: SessionId, patience_seconds: float) -> None:
    """Stop the session on another thread, because the events that follow are shown on this one."""
    threading.Thread(
        target=orchestrator.stop_pipeline, args=(session_id, patience_seconds), name="stop", daemon=True
    ).start()


@contextmanager
def _stop_wishes(arrivals: _Arrivals) -> Iterator[None]:
    """Put signals that ask for an end into the queue ``arrivals``; a signal handler may use a ``SimpleQueue``."""

    def wish(_signal: int, _frame: FrameType | None) -> None:
        arrivals.put(_StopWish())

    heeded = [number for number in _STOP_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, wish) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
