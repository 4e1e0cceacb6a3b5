"""Provides the client, which has one call for each kind of listening."""

import os
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from types import TracebackType
from typing import Any, Final, Self

from realtime_mlx_stt.adapters.python_api.client.client_sessions import ClientSessions
from realtime_mlx_stt.adapters.python_api.client.wake_word_listening import WakeWordListening
from realtime_mlx_stt.adapters.python_api.configuration.client_configuration import STTConfig
from realtime_mlx_stt.adapters.python_api.configuration.configuration import WakeWordConfig
from realtime_mlx_stt.adapters.python_api.configuration.listening_wishes import (
    OPENAI_KEY_VARIABLE,
    ListeningWishes,
    time_limit,
)
from realtime_mlx_stt.adapters.python_api.configuration.setting_checks import require_callbacks, require_device
from realtime_mlx_stt.adapters.python_api.configuration.unused_keys import warn_of_unused_key
from realtime_mlx_stt.adapters.python_api.configuration.usual_models import usual_model
from realtime_mlx_stt.adapters.python_api.device_list import AudioDevice, list_audio_devices
from realtime_mlx_stt.adapters.python_api.logging_setup import enable_verbose_logging
from realtime_mlx_stt.adapters.python_api.process_services import services
from realtime_mlx_stt.adapters.python_api.results import TranscriptionResult
from realtime_mlx_stt.adapters.python_api.session.result_stream import ListeningLimits, ResultStream, joined_text
from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession

__all__ = ["STTClient", "create_client"]

_LONGEST_UTTERANCE_SECONDS: Final = 30.0
_LONGEST_DICTATION_SECONDS: Final = 60.0


class STTClient:
    """Listens to a microphone in the way that a call asks for. Thread-safe; calls may run side by side.

    Everything in a process that asks for the same model shares one that is loaded once.

    The arguments become the ``config``, whose class says what each is for. OpenAI's key is also looked for in the
    environment as ``OPENAI_API_KEY``; without a model the engine's usual one is taken, and without a
    ``silence_timeout`` the silence that ends an utterance.

    Raises:
        InvalidSettingError: a ``ValueError``; a value is of the wrong type or out of its range.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - users wrote programs against this signature
        self,
        openai_api_key: str | None = None,
        porcupine_api_key: str | None = None,
        default_engine: str = "mlx_whisper",
        default_model: str | None = None,
        default_language: str | None = None,
        device_index: int | str | None = None,
        vad_sensitivity: float = 0.5,
        vad_min_silence_duration: float = 2.0,
        vad_min_speech_duration: float = 0.25,
        auto_stop_after_silence: bool = False,
        silence_timeout: float | None = None,
        fast_start: bool = False,
        verbose: bool = False,
    ) -> None:
        config = STTConfig(
            openai_api_key=openai_api_key or os.environ.get(OPENAI_KEY_VARIABLE),
            porcupine_api_key=porcupine_api_key,
            default_engine=default_engine,
            default_model=default_model or usual_model(default_engine),
            default_language=default_language,
            default_device=device_index,
            vad_sensitivity=vad_sensitivity,
            vad_min_silence_duration=vad_min_silence_duration,
            vad_min_speech_duration=vad_min_speech_duration,
            auto_stop_after_silence=auto_stop_after_silence,
            silence_timeout=vad_min_silence_duration if silence_timeout is None else silence_timeout,
            verbose=verbose,
            fast_start=fast_start,
        )
        self._sessions = ClientSessions(config)
        self._lock = threading.RLock()
        self._recording: TranscriptionSession | None = None
        self._wake_word = WakeWordListening(self._sessions)
        if porcupine_api_key is not None:
            warn_of_unused_key(stacklevel=2)
        if openai_api_key:
            services().use_openai_account(api_key=openai_api_key)
        if verbose:
            enable_verbose_logging()
        if fast_start:
            self._sessions.load_usual_model()

    @property
    def config(self) -> STTConfig:
        """What is taken where a call says nothing else; it may be changed."""
        return self._sessions.config

    def transcribe(  # noqa: PLR0913, PLR0917 - users wrote programs against this signature
        self,
        duration: float | None = None,
        engine: str | None = None,
        model: str | None = None,
        language: str | None = None,
        vad_sensitivity: float | None = None,
        auto_stop_after_silence: bool | None = True,
        silence_timeout: float | None = None,
        on_partial: Callable[[str], None] | None = None,
    ) -> Generator[TranscriptionResult, None, None]:
        """Listen, and yield each final text when it is there; listening begins with the first ``next``.

        It ends after ``duration`` seconds (None and 0 set no limit), after ``silence_timeout`` seconds of silence
        behind the last speech once there is a text (None and 0 take the client's), or when the client is stopped.
        What is being said at that moment is still written. ``on_partial`` is given what the open utterance seems to
        say so far. None leaves the rest to the client; the language ``auto`` has it detected all the same.

        Raises:
            InvalidSettingError: a ``ValueError``, at the call; a value is not right, or OpenAI's key is missing.
            RuntimeError: at the first ``next``; the session cannot be started.
            SessionProblemError: the session failed.
        """
        require_callbacks({"on_partial": on_partial})
        limits = ListeningLimits(
            duration_seconds=time_limit("Duration", duration),
            silence_seconds=self._sessions.silence_limit(auto_stop_after_silence, silence_timeout),
        )
        session = self._sessions.make(ListeningWishes(engine, model, language, vad_sensitivity))
        session.on_partial = on_partial
        return self._sessions.yielded(session, limits)

    @contextmanager
    def stream(
        self,
        engine: str | None = None,
        model: str | None = None,
        language: str | None = None,
        vad_sensitivity: float | None = None,
        auto_stop_after_silence: bool | None = False,
        silence_timeout: float | None = None,
    ) -> Iterator[ResultStream]:
        """Listen within the block, and iterate the final texts of what is handed to it; see ``transcribe``.

        Raises:
            InvalidSettingError, RuntimeError, SessionProblemError: as ``transcribe`` does.
        """
        silence = self._sessions.silence_limit(auto_stop_after_silence, silence_timeout)
        session = self._sessions.make(ListeningWishes(engine, model, language, vad_sensitivity))
        limits = ListeningLimits(silence_seconds=silence)
        with self._sessions.results(session, limits, "Failed to start streaming session") as results:
            yield results

    def transcribe_until_silence(
        self,
        engine: str | None = None,
        model: str | None = None,
        language: str | None = None,
        vad_sensitivity: float | None = None,
        silence_timeout: float | None = None,
        max_duration: float | None = None,
    ) -> str:
        """Listen until nobody speaks any more, 60 s at most unless told otherwise; all that was said.

        Raises:
            InvalidSettingError, RuntimeError: as ``transcribe`` does.
            SessionProblemError: the session failed, or a text could not be had.
        """
        limits = ListeningLimits(
            duration_seconds=time_limit("Maximum duration", max_duration) or _LONGEST_DICTATION_SECONDS,
            silence_seconds=self._sessions.silence_limit(True, silence_timeout),
            needs_every_text=True,
        )
        return self._sessions.said(ListeningWishes(engine, model, language, vad_sensitivity), limits)

    def transcribe_utterance(
        self,
        engine: str | None = None,
        model: str | None = None,
        language: str | None = None,
        vad_sensitivity: float | None = None,
        max_duration: float | None = None,
    ) -> str:
        """Listen for one utterance, 30 s at most unless told otherwise, and return as soon as its text is there.

        What is being said when the time is up is still written. Empty when nothing was said.

        Raises:
            InvalidSettingError, RuntimeError: as ``transcribe`` does.
            SessionProblemError: the session failed, or the text could not be had.
        """
        duration = time_limit("Maximum duration", max_duration) or _LONGEST_UTTERANCE_SECONDS
        limits = ListeningLimits(duration_seconds=duration, ends_with_utterance=True)
        return self._sessions.said(ListeningWishes(engine, model, language, vad_sensitivity), limits)

    def start_recording_immediate(self) -> bool:
        """Listen from now on, while the model is still being loaded; ``get_transcription`` fetches the text.

        True as well when a recording is going on already; False, and the log says why, when it cannot be made.
        """
        with self._lock:
            if self._recording is not None and self._recording.is_going_on():
                return True
            session = self._sessions.make(ListeningWishes())
            has_started = self._sessions.start_listening(session)
            self._recording = session if has_started else None
            return has_started

    def wait_for_ready(self, timeout: float | None = 10.0) -> bool:
        """Wait until the client's usual model can be used, loading it if nobody has; False after the timeout.

        False as well when it cannot be loaded; the log says why.
        """
        return self._sessions.wait_for_usual_model(timeout)

    def get_transcription(self, timeout: float = 30.0) -> str:
        """What was said since ``start_recording_immediate``, as soon as nobody speaks and every text is there.

        After ``timeout`` seconds the recording ends; what is being said then is still written. Empty when nothing
        was said.

        Raises:
            InvalidSettingError: a ``ValueError``; the ``timeout`` is none, and the recording goes on.
            RuntimeError: no recording has been started.
            SessionProblemError: the session failed, its model cannot be loaded, or a text could not be had.
        """
        limits = ListeningLimits(duration_seconds=time_limit("Timeout", timeout), ends_with_utterance=True)
        with self._lock:
            session, self._recording = self._recording, None
        if session is None:
            raise RuntimeError("Recording not started. Call start_recording_immediate() first.")
        with closing(ResultStream(session, limits)) as results:
            return joined_text(results)

    def start_wake_word(
        self,
        wake_word: str | Sequence[str] = "jarvis",
        sensitivity: float = 0.7,
        on_wake: Callable[[str, float], None] | None = None,
        on_transcription: Callable[[TranscriptionResult], None] | None = None,
    ) -> None:
        """Wait for a wake word, or one of several, write the utterance behind it, and wait again; return at once.

        Raises:
            InvalidSettingError: a ``ValueError``; no model hears the word, or a value is not right.
            RuntimeError: the session cannot be started.
        """
        require_callbacks({"on_wake": on_wake, "on_transcription": on_transcription})
        words = [wake_word] if isinstance(wake_word, str) else list(wake_word)
        timeout = self.config.wake_word_timeout
        session = self._sessions.make(ListeningWishes())
        session.wake_word_config = WakeWordConfig(words=words, sensitivity=sensitivity, timeout=timeout)
        session.on_wake_word, session.on_transcription = on_wake, on_transcription
        self._wake_word.start(session)

    def stop(self) -> None:
        """Stop everything that this client has running; calls that wait for texts return with the last of them."""
        self._sessions.stop()

    def list_devices(self) -> list[AudioDevice]:
        """The microphones that are connected now."""
        return list_audio_devices()

    def set_device(self, device_index: int | str | None) -> None:
        """Listen to this microphone from now on; a wake-word session is started anew with it.

        Raises:
            InvalidSettingError: a ``ValueError``; it is neither an index nor a name.
            RuntimeError: the wake-word session cannot be started with it.
        """
        require_device("device_index", device_index)
        self.config.default_device = device_index
        self._wake_word.change_device(device_index)

    def set_language(self, language: str | None) -> None:
        """Write in this language from now on, also what is being said; None has it detected.

        Raises:
            InvalidSettingError: a ``ValueError``; there is no such language.
            UnknownLanguageError: a model that is running does not write it; what comes is written as before.
        """
        self._sessions.set_language(language)

    def is_active(self) -> bool:
        """Whether anything that this client started listens."""
        return bool(self._sessions.running())

    def __enter__(self) -> Self:
        """The client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop everything that it has running."""
        self.stop()


def create_client(
    openai_api_key: str | None = None, porcupine_api_key: str | None = None, **kwargs: Any
) -> STTClient:
    """A client; what it is given beyond the keys is ``STTClient``'s."""
    return STTClient(openai_api_key=openai_api_key, porcupine_api_key=porcupine_api_key, **kwargs)
