"""Makes the sessions of one client from its configuration, and keeps track of those that run."""

import logging
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from typing import Final

from realtime_mlx_stt.adapters.python_api.configuration.client_configuration import STTConfig
from realtime_mlx_stt.adapters.python_api.configuration.configuration import DETECT_LANGUAGE
from realtime_mlx_stt.adapters.python_api.configuration.listening_wishes import ListeningWishes, time_limit
from realtime_mlx_stt.adapters.python_api.configuration.setting_checks import require_language
from realtime_mlx_stt.adapters.python_api.model_loading import load_model
from realtime_mlx_stt.adapters.python_api.results import TranscriptionResult
from realtime_mlx_stt.adapters.python_api.session.result_stream import (
    LONGEST_WAIT_SECONDS,
    ListeningLimits,
    ResultStream,
    joined_text,
    texts_of,
)
from realtime_mlx_stt.adapters.python_api.session.running_sessions import RunningSessions
from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession
from realtime_mlx_stt.adapters.python_api.session.session_start import start_or_raise
from realtime_mlx_stt.application.session.runner import SessionNotRunningError

__all__ = ["ClientSessions"]

_LOGGER = logging.getLogger(__name__)
_NO_SESSION: Final = "Failed to start transcription session"


class ClientSessions:
    """The sessions of one client; ``config`` may be changed or replaced at any time. Thread-safe."""

    def __init__(self, config: STTConfig) -> None:
        self.config = config
        self._running = RunningSessions()

    def make(self, wishes: ListeningWishes) -> TranscriptionSession:
        """A session that has not been started.

        Raises:
            InvalidSettingError: a ``ValueError``; something that is wished is not right.
        """
        return TranscriptionSession(
            model=wishes.model_config(self.config),
            vad=wishes.vad_config(self.config),
            device_id=self.config.default_device,
        )

    def results(
        self, session: TranscriptionSession, limits: ListeningLimits, sentence: str
    ) -> AbstractContextManager[ResultStream]:
        """Start the session, and have its texts within the block; see ``texts_of``.

        Raises:
            RuntimeError, SessionProblemError: as ``start`` and ``ResultStream`` do.
        """
        return texts_of(session, limits, lambda: self.start(session, sentence))

    def yielded(
        self, session: TranscriptionSession, limits: ListeningLimits
    ) -> Generator[TranscriptionResult, None, None]:
        """Start the session with the first ``next``, and yield its texts.

        Raises:
            RuntimeError, SessionProblemError: as ``results`` does.
        """
        with self.results(session, limits, _NO_SESSION) as results:
            yield from results

    def said(self, wishes: ListeningWishes, limits: ListeningLimits) -> str:
        """Make and start a session, and wait for its end; its texts, joined by spaces.

        Raises:
            InvalidSettingError, RuntimeError, SessionProblemError: as ``make`` and ``results`` do.
        """
        return joined_text(self.yielded(self.make(wishes), limits))

    def silence_limit(self, auto_stop: bool | None, silence_timeout: float | None) -> float | None:
        """The seconds of silence after which a call ends by itself; None when it does not."""
        seconds = time_limit("Silence timeout", silence_timeout) or self.config.silence_timeout
        stops = self.config.auto_stop_after_silence if auto_stop is None else auto_stop
        return seconds if stops else None

    def load_usual_model(self) -> "Future[None]":
        """Load the model of calls that name none; it costs nothing where that has been done or is being done."""
        return load_model(ListeningWishes().model_config(self.config))

    def wait_for_usual_model(self, timeout_seconds: float | None) -> bool:
        """Wait until that model can be used; False after the timeout, and when it cannot be, which the log says."""
        try:
            longest = LONGEST_WAIT_SECONDS
            self.load_usual_model().result(longest if timeout_seconds is None else min(timeout_seconds, longest))
        except TimeoutError:
            return False
        except Exception as error:  # noqa: BLE001 - whatever keeps the model from being used
            _LOGGER.error("The model %s cannot be used: %s", self.config.default_model, error)  # noqa: TRY400
            return False
        return True

    def start(self, session: TranscriptionSession, sentence: str) -> bool:
        """Start the session, and count it from here on; False when it is stopped meanwhile.

        Raises:
            RuntimeError: it cannot be started; it says so in this sentence, and why.
        """
        try:
            return self._running.start(session, start_or_raise)
        except Exception as error:
            raise RuntimeError(f"{sentence}: {error}") from error

    def start_listening(self, session: TranscriptionSession) -> bool:
        """Have the session listen while its model is loaded, and count it from here on; False when it cannot."""
        return self._running.start(session, TranscriptionSession.start_listening)

    def running(self) -> list[TranscriptionSession]:
        """Those that listen, or are about to."""
        return self._running.going_on()

    def set_language(self, language: str | None) -> None:
        """Write in this language from now on, also in what is running; None and ``auto`` have it detected.

        Raises:
            InvalidSettingError: a ``ValueError``; there is no such language.
            UnknownLanguageError: a model that is running does not write it; what comes is written as before.
        """
        wanted = None if language == DETECT_LANGUAGE else language
        require_language("Language", wanted)
        before, self.config.default_language = self.config.default_language, wanted
        try:
            for session in self.running():
                with suppress(SessionNotRunningError):
                    session.set_language(wanted)
        except BaseException:
            self.config.default_language = before
            raise

    def stop(self) -> None:
        """Stop them all."""
        self._running.stop()
