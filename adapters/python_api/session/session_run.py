"""Runs one session of the orchestration for a program, from its start to its end."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from time import monotonic
from typing import Final

from realtime_mlx_stt.adapters.python_api.process_services import services
from realtime_mlx_stt.adapters.python_api.session.callback_thread import CallbackThread
from realtime_mlx_stt.adapters.python_api.session.session_callbacks import EventCalls, SessionCallbacks, tell_error
from realtime_mlx_stt.application.log.stream import EventStream
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain.events import SESSION_ENDS, SessionStopped
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["SessionRun"]

_BEGIN_SECONDS: Final = 0.7
"""How long a stop waits for a start that is under way; afterwards the start ends its session by itself."""

_FAILURE_SECONDS: Final = 1.0
"""How soon a session whose model cannot be loaded is over after that is known."""


class SessionRun:
    """Hears its source from the first moment, while its model is loaded. Thread-safe but for ``begin``."""

    def __init__(self, callbacks: SessionCallbacks) -> None:
        self._callbacks = callbacks
        self._is_ready = threading.Event()
        self._has_begun = threading.Event()
        self._is_over = threading.Event()
        self._is_unwanted = False
        self._loading: Future[None] | None = None
        self._thread: CallbackThread | None = None
        self._has_failed = False
        self._begin_error: Exception | None = None
        self.orchestrator: SystemOrchestrator | None = None
        self.session_id: SessionId | None = None

    @property
    def is_over(self) -> bool:
        """Whether the session has ended."""
        return self._is_over.is_set()

    @property
    def has_failed(self) -> bool:
        """Whether the session could not begin, has ended by a failure, or its model could not be loaded."""
        return self._has_failed or self.start_error is not None

    @property
    def start_error(self) -> Exception | None:
        """Why the session could not begin, or its model could not be loaded."""
        if self._begin_error is not None or self._loading is None or not self._loading.done():
            return self._begin_error
        error = self._loading.exception()
        return error if isinstance(error, Exception) else None

    def begin(self, configure: Callable[[SystemOrchestrator], PipelineConfig]) -> None:
        """Start the session that is configured, whose events are told from here on; called once.

        Raises:
            InvalidSettingError: the configuration is not right.
            RealtimeSttError: the session cannot be started.
        """
        try:
            orchestrator = self.orchestrator = services().orchestrator
            config = replace(configure(orchestrator), listens_while_loading=True)
            loading = self._loading = orchestrator.load_model(config.settings)
            self.session_id = orchestrator.start_pipeline(config, self._note_end)
            self._call_back(orchestrator.follow(self.session_id))
            loading.add_done_callback(lambda _loaded: self._is_ready.set())
        except BaseException as error:
            self._begin_error = error if isinstance(error, Exception) else None
            self._is_unwanted = True
            raise
        finally:
            self._has_begun.set()
            if self._is_unwanted:
                self._is_ready.set()
                self.request_stop()

    def wait_until_ready(self, timeout_seconds: float | None) -> bool:
        """Wait until the model can be used or the session is over; whether the session goes on, with its model."""
        if not self._is_ready.wait(timeout_seconds):
            return False
        if self.session_id is not None and self.has_failed and not self._is_over.wait(_FAILURE_SECONDS):
            self.request_stop()
        return not (self.is_over or self.has_failed)

    def stop(self, timeout_seconds: float) -> None:
        """Ask for the stop, and wait for the last callback at most so long; texts still owed come afterwards."""
        deadline = monotonic() + timeout_seconds
        try:
            self._is_unwanted = True
            self._has_begun.wait(min(timeout_seconds, _BEGIN_SECONDS))
        finally:
            self.request_stop()
        if self.orchestrator is not None and self.session_id is not None:
            self.orchestrator.wait(self.session_id, max(0.0, deadline - monotonic()))
        self.wait_for_callbacks(max(0.0, deadline - monotonic()))

    def request_stop(self) -> None:
        """Ask for the stop and wait for nothing; what is still being started is stopped as soon as it has been."""
        self._is_unwanted = True
        if self.orchestrator is not None and self.session_id is not None:
            self.orchestrator.request_stop(self.session_id)

    def wait_for_callbacks(self, timeout_seconds: float | None) -> bool:
        """Wait until the last callback has returned; False after the timeout, and at once from a callback."""
        return self._thread is None or self._thread.join(timeout_seconds)

    def _call_back(self, stream: EventStream) -> None:
        hear = EventCalls(self._callbacks).hear
        thread = CallbackThread(stream, f"callbacks-{self.session_id}", hear, self._tell_error)
        thread.start()
        self._thread = thread

    def _note_end(self, stored: StoredEvent) -> None:
        if isinstance(stored.event, SESSION_ENDS):
            self._has_failed = not isinstance(stored.event, SessionStopped)
            self._is_over.set()
            self._is_ready.set()

    def _tell_error(self, error: Exception) -> None:
        tell_error(self._callbacks, error)
