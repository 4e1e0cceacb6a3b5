"""Gives a session its thread: takes messages from the mailbox and steps the worker until the session is over."""

import logging
import threading
from collections.abc import Callable

from realtime_mlx_stt.application.mailbox import SessionMailbox
from realtime_mlx_stt.application.session_worker import SessionWorker
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.state import LiveState, is_terminal
from realtime_mlx_stt.ports.audio_source import AudioSource

__all__ = ["SessionRunner", "SessionWorkerError"]

_LOGGER = logging.getLogger(__name__)


class SessionWorkerError(RealtimeSttError):
    """A defect of this program ended the session; the log has the traceback."""

    code = "session-worker"


class SessionRunner:
    """One running session. ``step`` takes one message on the calling thread; ``start`` does so on its own."""

    def __init__(
        self,
        session_id: SessionId,
        worker: SessionWorker,
        mailbox: SessionMailbox,
        source: AudioSource,
        *,
        lockstep: bool,
        on_end: Callable[[SessionId], None],
    ) -> None:
        self._session_id = session_id
        self._worker = worker
        self._mailbox = mailbox
        self._source = source
        self._lockstep = lockstep
        self._on_end = on_end
        self._is_source_stopped = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"session-{session_id}", daemon=True)

    @property
    def mailbox(self) -> SessionMailbox:
        """Where messages for the session are left."""
        return self._mailbox

    @property
    def worker(self) -> SessionWorker:
        """The session's single writer; only its state may be read from other threads."""
        return self._worker

    def start(self) -> None:
        """Run on a thread of the session's own until the session is over."""
        self._thread.start()

    def is_own_thread(self) -> bool:
        """Whether the caller is the session's thread, a subscriber for instance."""
        return threading.current_thread() is self._thread

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Wait until the session is over and everything it held is released; False after the timeout."""
        return self._ended.wait(timeout_seconds)

    def step(self) -> None:
        """Take one message, waiting for it. In lockstep no audio is taken while a final text is awaited."""
        with_audio = not (self._lockstep and self._worker.awaits_finals)
        message = self._mailbox.take(with_audio=with_audio)
        try:
            self._worker.step(message)
        except RealtimeSttError as error:
            _LOGGER.warning("Session %s cannot go on: %s", self._session_id, error)
            self._worker.fail(error)
        if not isinstance(self._worker.state, LiveState):
            self._stop_source()

    def _run(self) -> None:
        try:
            while not is_terminal(self._worker.state):
                self.step()
        except Exception as error:
            _LOGGER.exception("Session %s ended by a defect", self._session_id)
            self._worker.fail(SessionWorkerError(f"The session ended by a defect of the program: {error}"))
        finally:
            self._release()

    def _release(self) -> None:
        try:
            self._stop_source()
            self._worker.close()
        finally:
            self._on_end(self._session_id)
            self._ended.set()

    def _stop_source(self) -> None:
        if self._is_source_stopped:
            return
        self._is_source_stopped = True
        self._mailbox.refuse_audio()
        self._source.stop()
