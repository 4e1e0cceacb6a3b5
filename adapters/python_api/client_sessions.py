"""Makes the sessions of one client from its configuration, and knows which of them are running."""

import logging
import threading
from collections.abc import Generator
from concurrent.futures import Future

from realtime_mlx_stt.adapters.python_api.client_configuration import STTConfig
from realtime_mlx_stt.adapters.python_api.enumerations import SessionState
from realtime_mlx_stt.adapters.python_api.listening_wishes import ListeningWishes, time_limit
from realtime_mlx_stt.adapters.python_api.model_loading import load_model
from realtime_mlx_stt.adapters.python_api.result_stream import ListeningLimits, ResultStream
from realtime_mlx_stt.adapters.python_api.results import TranscriptionResult
from realtime_mlx_stt.adapters.python_api.session import TranscriptionSession
from realtime_mlx_stt.adapters.python_api.session_start import start_or_raise

__all__ = ["ClientSessions"]

_LOGGER = logging.getLogger(__name__)


class ClientSessions:
    """The sessions of one client; ``config`` may be changed or replaced at any time. Thread-safe."""

    def __init__(self, config: STTConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._loading: Future[None] | None = None
        self._running: list[TranscriptionSession] = []

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
    ) -> Generator[TranscriptionResult, None, None]:
        """Start the session with the first ``next``, and yield its texts.

        Raises:
            RuntimeError, SessionProblemError: as ``start`` and ``ResultStream`` do.
        """
        self.start(session, sentence)
        yield from ResultStream(session, limits)

    def silence_limit(self, auto_stop: bool | None, silence_timeout: float | None) -> float | None:
        """The seconds of silence after which a call ends by itself; None when it does not."""
        seconds = time_limit("Silence timeout", silence_timeout) or self.config.silence_timeout
        stops = self.config.auto_stop_after_silence if auto_stop is None else auto_stop
        return seconds if stops else None

    def load_usual_model(self) -> "Future[None]":
        """Load the model of calls that name none, unless that has been done or is being done."""
        with self._lock:
            if self._loading is None or (self._loading.done() and self._loading.exception() is not None):
                self._loading = load_model(ListeningWishes().model_config(self.config))
            return self._loading

    def wait_for_usual_model(self, timeout_seconds: float) -> bool:
        """Wait until that model can be used; False after the timeout, and when it cannot be, which the log says."""
        try:
            self.load_usual_model().result(timeout_seconds)
        except TimeoutError:
            return False
        except Exception as error:  # noqa: BLE001 - whatever keeps the model from being used
            _LOGGER.error("The model %s cannot be used: %s", self.config.default_model, error)  # noqa: TRY400
            return False
        return True

    def add(self, session: TranscriptionSession) -> TranscriptionSession:
        """Count the session from here on."""
        with self._lock:
            self._running.append(session)
        return session

    def start(self, session: TranscriptionSession, sentence: str) -> bool:
        """Start the session, and count it from here on; False when it is stopped meanwhile.

        Raises:
            RuntimeError: it cannot be started; it says so in this sentence, and why.
        """
        try:
            return start_or_raise(self.add(session))
        except Exception as error:
            raise RuntimeError(f"{sentence}: {error}") from error

    def running(self) -> list[TranscriptionSession]:
        """Those that have been started and are not over."""
        with self._lock:
            self._running = [session for session in self._running if _is_going_on(session)]
            return list(self._running)

    def stop(self) -> None:
        """Stop them all."""
        for session in self.running():
            session.stop()


def _is_going_on(session: TranscriptionSession) -> bool:
    return session.state in (SessionState.STARTING, SessionState.RUNNING)
