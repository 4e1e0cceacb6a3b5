"""Gives a session its thread: takes messages from the mailbox and steps the worker until the session is over."""

import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Final

from realtime_mlx_stt.application.session.mailbox import SessionMailbox
from realtime_mlx_stt.application.session.messages import CommandHere, CommandRequest, SettingsRequest
from realtime_mlx_stt.application.session.pipeline import SourceProgress
from realtime_mlx_stt.application.session.position_requests import stop_here
from realtime_mlx_stt.application.session.worker import SessionWorker
from realtime_mlx_stt.application.writing.text_lag import TextLag, text_lag
from realtime_mlx_stt.domain.commands import StartSession
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.state import LiveState, SessionState, is_terminal
from realtime_mlx_stt.ports.audio_source import AudioSource, PushedSource
from realtime_mlx_stt.ports.event_store import SequenceConflictError

__all__ = [
    "REQUEST_SECONDS",
    "SessionNotRunningError",
    "SessionRunner",
    "SessionUnresponsiveError",
    "SessionWorkerError",
    "is_session_thread",
]

_LOGGER = logging.getLogger(__name__)

REQUEST_SECONDS: Final = 30.0
"""How long a request waits for its answer: so long only if texts are far behind, or a subscriber is stuck."""


class _Threads(threading.local):
    """Holds, per thread, whether this thread runs a session."""

    is_a_sessions: bool = False


_THREADS: Final = _Threads()


def is_session_thread() -> bool:
    """Whether the caller is on a session's thread: then it is a subscriber, and may wait for no session."""
    return _THREADS.is_a_sessions


class SessionNotRunningError(RealtimeSttError):
    """No session of that name is running here."""

    code = "session-not-running"


class SessionUnresponsiveError(RealtimeSttError):
    """The session does not answer, as it is far behind or held up; the request may still be done."""

    code = "session-unresponsive"


class SessionWorkerError(RealtimeSttError):
    """A defect of this program ended the session; the log has the traceback."""

    code = "session-worker"


class SessionRunner:
    """One running session. Thread-safe, except for ``start``, which is called once."""

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
        # Found out once: such a check takes twenty times as long as a push.
        self._pushed_source = source if isinstance(source, PushedSource) else None
        self._lockstep = lockstep
        self._on_end = on_end
        self._give_up_at = math.inf
        self._is_source_stopped = False
        self._begun: Future[None] = Future()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"session-{session_id}", daemon=True)
        self._start_command: StartSession | None = None

    @property
    def source(self) -> AudioSource:
        """What the session listens to."""
        return self._source

    @property
    def pushed_source(self) -> PushedSource | None:
        """The source if a client pushes its audio, None otherwise."""
        return self._pushed_source

    @property
    def state(self) -> SessionState:
        """Where the session stands."""
        return self._worker.state

    @property
    def progress(self) -> SourceProgress:
        """How far the session has heard its source."""
        return SourceProgress(
            heard_samples=self._worker.heard_samples, duration_samples=self._source.duration_samples
        )

    @property
    def lag(self) -> TextLag:
        """How far the session's texts trail what is said, and what is left out meanwhile."""
        return text_lag(self._worker.state, self._worker.heard_samples, self._worker.observation)

    def start(self, command: StartSession) -> None:
        """Begin the session on a thread of its own, where it runs until it is over; return once it has begun.

        Raises:
            RealtimeSttError: it could not begin; the thread is gone and ``on_end`` is not called.
        """
        self._start_command = command
        self._thread.start()
        try:
            self._begun.result()
        except BaseException:
            self.stop(0.0)  # if it has begun, nobody knows of it
            raise

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Wait until the session is over, its parts released and its thread ended; False after the timeout.

        On a session's thread, this one's or another's, it does not wait and returns at once: two sessions that wait
        for each other would wait for ever.
        """
        if is_session_thread():
            return self._ended.is_set()
        if not self._ended.wait(timeout_seconds):
            return False
        self._thread.join()
        return True

    def stop(self, patience_seconds: float) -> None:
        """Ask for the stop, at the end of what the source has captured by now.

        Texts that are not there after ``patience_seconds`` are given up, whether or not anybody waits.
        """
        self._give_up_at = min(self._give_up_at, time.monotonic() + patience_seconds)
        self._mailbox.refuse_waiting()
        try:
            self._source.stop()
        finally:
            self.ask(stop_here)

    def ask(self, command: CommandHere) -> "Future[None]":
        """Have the command executed at the position that the audio has reached by then."""
        reply: Future[None] = Future()
        self._mailbox.post(CommandRequest(command=command, reply=reply))
        return reply

    def place(self, command: CommandHere) -> Callable[[], None]:
        """Have the command executed behind all audio that was pushed by now, without waiting for that.

        A session that hears anything else executes it as ``ask`` does. What is returned waits for the answer. Both
        raise as ``request`` does.
        """
        request = CommandRequest(command=command, reply=Future())
        if self._pushed_source is None:
            self._post(request)
        else:
            self._pushed_source.when_delivered(partial(self._place, request))
        return partial(self._await, request.reply)

    def request(self, request: CommandRequest | SettingsRequest) -> None:
        """Have the request answered, and wait for that; a subscriber, on a session's thread, does not wait.

        Raises:
            SessionNotRunningError: the session ended first.
            SessionUnresponsiveError: there is no answer after ``REQUEST_SECONDS``.
            RealtimeSttError: the session refused.
        """
        self._post(request)
        self._await(request.reply)

    def _post(self, request: CommandRequest | SettingsRequest) -> None:
        if not self._mailbox.post(request):
            raise _ended_before()

    def _place(self, request: CommandRequest) -> None:
        if not self._mailbox.place(request):
            request.reply.set_exception(_ended_before())

    def _await(self, reply: "Future[None]") -> None:
        if is_session_thread():
            return
        try:
            reply.result(REQUEST_SECONDS)
        except TimeoutError as error:
            raise SessionUnresponsiveError(
                f"The session {self._session_id} does not answer: it is far behind, or a subscriber is stuck."
            ) from error

    def _run(self) -> None:
        _THREADS.is_a_sessions = True
        if self._start_command is None or not self._begin(self._start_command):
            return
        try:
            while not is_terminal(self._worker.state):
                self._step()
        except SequenceConflictError:
            _LOGGER.exception("Session %s is written by somebody else and is given up here", self._session_id)
            self._give_up()
        except Exception as error:
            _LOGGER.exception("Session %s ended by a defect", self._session_id)
            self._end_by_defect(error)
        finally:
            self._release()

    def _begin(self, command: StartSession) -> bool:
        try:
            self._worker.start(command)
        except Exception as error:  # noqa: BLE001 - the future hands it to whoever starts the session
            self._ended.set()
            self._begun.set_exception(error)
            return False
        self._begun.set_result(None)
        return True

    def _step(self) -> None:
        """Take one message, waiting for it; no audio while too many texts are owed, or any in lockstep."""
        is_waiting = self._worker.awaits_finals if self._lockstep else self._worker.is_far_behind
        message = self._mailbox.take(with_audio=not is_waiting, timeout_seconds=self._patience_seconds())
        try:
            if message is None:
                self._worker.abandon_texts()
            else:
                self._worker.step(message)
        except SequenceConflictError:
            raise
        except RealtimeSttError as error:
            _LOGGER.warning("Session %s cannot go on: %s", self._session_id, error)
            self._worker.fail(error)
        if not isinstance(self._worker.state, LiveState):
            self._stop_source()

    def _patience_seconds(self) -> float | None:
        """How long a session that was asked to stop still waits for its texts; None while it goes on."""
        if isinstance(self._worker.state, LiveState) or self._give_up_at == math.inf:
            return None
        return max(0.0, self._give_up_at - time.monotonic())

    def _end_by_defect(self, error: Exception) -> None:
        try:
            self._worker.fail(SessionWorkerError(f"The session ended by a defect of the program: {error}"))
        except Exception:
            _LOGGER.exception("Session %s could not even say why it ended", self._session_id)

    def _give_up(self) -> None:
        try:
            self._worker.give_up()
        except Exception:
            _LOGGER.exception("Session %s could not tell what became of it", self._session_id)

    def _release(self) -> None:
        """Release everything, whatever fails on the way; only the program's log can be told of errors now."""
        for release in (self._stop_source, self._worker.close, self._refuse_requests):
            try:
                release()
            except Exception:
                _LOGGER.exception("Session %s could not release all that it held", self._session_id)
        self._on_end(self._session_id)
        self._ended.set()

    def _refuse_requests(self) -> None:
        for message in self._mailbox.close():
            if isinstance(message, CommandRequest | SettingsRequest):
                message.reply.set_exception(_ended_before())

    def _stop_source(self) -> None:
        if self._is_source_stopped:
            return
        self._is_source_stopped = True
        self._mailbox.refuse_audio()
        self._source.stop()


def _ended_before() -> SessionNotRunningError:
    return SessionNotRunningError("The session ended before it could do this.")
