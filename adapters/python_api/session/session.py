"""A session with callbacks: what a program starts, hears of, and stops."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig, VADConfig, WakeWordConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import SessionState
from realtime_mlx_stt.adapters.python_api.configuration.pipeline_request import pipeline_config
from realtime_mlx_stt.adapters.python_api.configuration.setting_checks import (
    require_callbacks,
    require_device,
    require_kind,
)
from realtime_mlx_stt.adapters.python_api.logging_setup import enable_verbose_logging
from realtime_mlx_stt.adapters.python_api.results import TranscriptionResult
from realtime_mlx_stt.adapters.python_api.session.observed_session import ObservedSession
from realtime_mlx_stt.adapters.python_api.session.session_callbacks import tell_error
from realtime_mlx_stt.adapters.python_api.session.session_run import SessionRun
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["STOP_SECONDS", "TranscriptionSession"]

_LOGGER = logging.getLogger(__name__)

STOP_SECONDS: Final = 1.5
"""How long a stop waits for the texts that are owed; a slower model's come to the callbacks afterwards."""


class TranscriptionSession(ObservedSession):
    """Listens to a microphone and calls back; started and stopped as often as one likes. Thread-safe.

    From start to end all callbacks are called on one thread of the session's own, in the order of its log, and may
    do what they like, also stop the session. What a callback raises goes to ``on_error``; of a start that fails it
    is told on the caller's thread.

    ``model``, ``vad``, ``wake_word``: how to write, when to listen, what to wake up to; None takes the defaults,
    and no wake word. They may be changed between two starts.
    ``device_id``: the index or a part of the name of a microphone; None follows the system's default.
    ``on_transcription``: is given each final text.
    ``on_speech_start``, ``on_speech_end``: are given the time in seconds since 1970.
    ``on_wake_word``: is given the word and how surely it was heard, from 0 to 1.
    ``on_error``: is given everything that goes wrong, in the session and in the other callbacks.
    ``verbose``: print what the package logs.
    ``on_partial``: is given what the open utterance seems to say so far.
    ``on_event``: is given every event of the session, with its place in the log.

    Raises:
        InvalidSettingError: a ``ValueError``; something is not what it has to be.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - users wrote programs against this signature
        self,
        model: ModelConfig | None = None,
        vad: VADConfig | None = None,
        wake_word: WakeWordConfig | None = None,
        device_id: int | str | None = None,
        on_transcription: Callable[[TranscriptionResult], None] | None = None,
        on_speech_start: Callable[[float], None] | None = None,
        on_speech_end: Callable[[float], None] | None = None,
        on_wake_word: Callable[[str, float], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
        verbose: bool = False,
        *,
        on_partial: Callable[[str], None] | None = None,
        on_event: Callable[[StoredEvent], None] | None = None,
    ) -> None:
        super().__init__()
        require_kind("model", model, ModelConfig)
        require_kind("vad", vad, VADConfig)
        require_kind("wake_word", wake_word, WakeWordConfig)
        require_device("device_id", device_id)
        self.model_config = ModelConfig() if model is None else model
        self.vad_config = VADConfig() if vad is None else vad
        self.wake_word_config = wake_word
        self.device_id = device_id
        self.on_transcription = on_transcription
        self.on_speech_start = on_speech_start
        self.on_speech_end = on_speech_end
        self.on_wake_word = on_wake_word
        self.on_error = on_error
        self.on_partial = on_partial
        self.on_event = on_event
        require_callbacks({name: value for name, value in vars(self).items() if name.startswith("on_")})
        self._lock = threading.RLock()  # a signal handler may ask on the thread that is asking already
        self._state = SessionState.IDLE
        if verbose:
            enable_verbose_logging()

    @property
    def state(self) -> SessionState:
        """Where the session stands."""
        with self._lock:
            return self._present_state()

    @property
    def active_features(self) -> list[str]:
        """What is at work: ``transcription``, and ``vad`` or ``wake_word``; empty unless the session is running."""
        if not self.is_running():
            return []
        waits_for_word = self.wake_word_config is not None and self.wake_word_config.enabled
        return ["transcription", "wake_word" if waits_for_word else "vad"]

    def start(self) -> bool:
        """Listen, and return once the model can be used; what is said before that is written too.

        False, and ``on_error`` is told why, when the session cannot be started; it may be tried again. False as
        well when it has been started already, or is stopped meanwhile.
        """
        return self.start_listening() and self.wait_until_ready()

    def start_listening(self) -> bool:
        """Listen, and return at once; the model is loaded meanwhile, and writes what has been said by then.

        False as ``start`` does, for all but the model: if that cannot be loaded, the session fails later.
        """
        with self._lock:
            if self._present_state() not in (SessionState.IDLE, SessionState.ERROR):
                _LOGGER.warning("The session is %s already; it was not started again", self._state.value)
                return False
            self._state = SessionState.STARTING
            run = self._run = SessionRun(self)
        try:
            run.begin(self._pipeline_config)
        except Exception as error:  # noqa: BLE001 - whatever it is, the program is told in the way it asked for
            self._settle(run, SessionState.STARTING, SessionState.ERROR)
            tell_error(self, error)
            return False
        except BaseException:
            self.stop()
            raise
        return self._settle(run, SessionState.STARTING, SessionState.RUNNING)

    def wait_until_ready(self, timeout_seconds: float | None = None) -> bool:
        """Wait until the model can be used; False after the timeout, and when the session is over or not begun."""
        run = self._run
        try:
            return run is not None and run.wait_until_ready(timeout_seconds)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> bool:
        """Take no more audio, finish the texts that are owed, and end; within 2 s, from any thread or callback.

        A text that takes longer than ``STOP_SECONDS`` reaches the callbacks when it is there, after this has
        returned. False when the session was not running.
        """
        return self.stop_within(STOP_SECONDS)

    def stop_within(self, timeout_seconds: float) -> bool:
        """Do what ``stop`` does, but wait for the texts at most so long."""
        with self._lock:
            run = self._run
            if run is None or not self.is_going_on():
                _LOGGER.warning("There is nothing to stop; the session is not running")
                return False
            self._state = SessionState.STOPPING
        try:
            run.stop(timeout_seconds)
        finally:
            self._settle(run, SessionState.STOPPING, _end_state(run))
        return True

    def request_stop(self) -> None:
        """Ask for what ``stop`` does without waiting for it; nothing happens unless the session is going on."""
        run = self._run
        if run is not None and self.is_going_on():
            run.request_stop()

    def wait_for_callbacks(self, timeout_seconds: float | None = STOP_SECONDS) -> bool:
        """Wait until the session is over and its last callback has returned; False after the timeout.

        None waits for ever. False as well, and at once, from within a callback.
        """
        return self._run is None or self._run.wait_for_callbacks(timeout_seconds)

    def get_state(self) -> SessionState:
        """Where the session stands."""
        return self.state

    def is_running(self) -> bool:
        """Whether the session listens."""
        return self.state is SessionState.RUNNING

    def is_going_on(self) -> bool:
        """Whether the session listens, or is about to."""
        return self.state in (SessionState.STARTING, SessionState.RUNNING)

    def set_language(self, language: str | None) -> None:
        """Write in this language from now on; None has it detected. In force at once while the session runs.

        Raises:
            UnknownLanguageError: the model does not write it; nothing has changed.
            SessionNotRunningError: the session ended meanwhile; nothing has changed.
        """
        before, self.model_config = self.model_config, replace(self.model_config, language=language)
        if not self.is_running():
            return
        orchestrator, session_id = self._started()
        try:
            orchestrator.change_settings(session_id, self._pipeline_config(orchestrator).settings)
        except BaseException:
            self.model_config = before
            raise

    def pause(self) -> None:
        """Listen no more until resumed.

        Raises:
            SessionNotRunningError.
        """
        orchestrator, session_id = self._started()
        orchestrator.pause(session_id)

    def resume(self) -> None:
        """Listen again.

        Raises:
            SessionNotRunningError.
        """
        orchestrator, session_id = self._started()
        orchestrator.resume(session_id)

    def commit_utterance(self) -> None:
        """End the open utterance here instead of waiting for silence (push-to-talk).

        Raises:
            SessionNotRunningError.
        """
        orchestrator, session_id = self._started()
        orchestrator.commit_utterance(session_id)

    def __enter__(self) -> Self:
        """Start; whether it could be is told by ``is_running``."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop, if the session still runs."""
        if self.is_going_on():
            self.stop()

    def _pipeline_config(self, orchestrator: SystemOrchestrator) -> PipelineConfig:
        return pipeline_config(
            orchestrator, self.model_config, self.vad_config, self.wake_word_config, self.device_id
        )

    def _present_state(self) -> SessionState:
        """The state, with what has become of a running session by itself; the lock is held."""
        if self._run is not None and self._run.is_over and self._state is SessionState.RUNNING:
            self._state = _end_state(self._run)
        return self._state

    def _settle(self, run: SessionRun, before: SessionState, after: SessionState) -> bool:
        """Go on to a state, unless another thread has moved the session elsewhere; whether it went."""
        with self._lock:
            if self._run is not run or self._state is not before:
                return False
            self._state = after
            return True


def _end_state(run: SessionRun) -> SessionState:
    return SessionState.ERROR if run.has_failed else SessionState.IDLE
