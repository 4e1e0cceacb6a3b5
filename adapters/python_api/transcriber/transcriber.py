"""Provides the simple way: listen with callbacks, or have one recording, file or sound written."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig, VADConfig, WakeWordConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import TranscriptionEngine, VADMode
from realtime_mlx_stt.adapters.python_api.configuration.setting_checks import (
    is_number,
    require,
    require_device,
    require_language,
)
from realtime_mlx_stt.adapters.python_api.configuration.transcriber_arguments import chosen_model, chosen_vad
from realtime_mlx_stt.adapters.python_api.device_list import AudioDevice, list_audio_devices
from realtime_mlx_stt.adapters.python_api.results import ErrorCallback, TranscriptionCallback
from realtime_mlx_stt.adapters.python_api.session.problems import SessionProblemError
from realtime_mlx_stt.adapters.python_api.session.result_stream import ListeningLimits
from realtime_mlx_stt.adapters.python_api.session.running_sessions import stop_if_going_on
from realtime_mlx_stt.adapters.python_api.session.session import STOP_SECONDS, TranscriptionSession
from realtime_mlx_stt.adapters.python_api.session.session_start import start_or_raise
from realtime_mlx_stt.adapters.python_api.transcriber.everything_said import EverythingSaid
from realtime_mlx_stt.adapters.python_api.transcriber.program_samples import AudioData, samples_request
from realtime_mlx_stt.adapters.python_api.transcriber.ready_sound import ReadySoundSession
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.ports.audio_source import FileRequest, SamplesRequest
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["Transcriber"]

_TEXTS_SECONDS: Final = 10.0
_ABANDONED: Final = "transcription-abandoned"
"""The code of texts that were not there by then."""


class Transcriber:
    """Writes what is said: into a microphone until it is stopped, or in one recording, file or sound. Thread-safe.

    ``model``, ``vad``, ``wake_word``: how to write, when to listen, what to wake up to; None takes the defaults,
    and no wake word.
    ``device_index``: the index or a part of the name of a microphone; None follows the system's default.
    ``on_transcription``: is given each final text, whatever it is of.
    ``on_error``: is given everything that goes wrong, in sessions and in the other callbacks.
    ``on_wake_word``: is given the word and how surely it was heard, from 0 to 1.
    ``verbose``: print what the package logs.
    ``engine``: who runs the model, where there is no ``model``.
    ``vad_mode``: which detector finds speech, where there is no ``vad``; ``disabled`` leaves it to a wake word.
    ``language``: the language that is spoken, also where the ``model`` names another.
    ``on_partial``: is given what the open utterance seems to say so far, where a microphone is heard.
    ``on_event``: is given every event of its sessions, with its place in the log.

    Callbacks are called as ``TranscriptionSession`` says, which is what listens here.

    Raises:
        InvalidSettingError: a ``ValueError``; something is not what it has to be.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - users wrote programs against this signature
        self,
        model: ModelConfig | None = None,
        vad: VADConfig | None = None,
        wake_word: WakeWordConfig | None = None,
        device_index: int | str | None = None,
        on_transcription: TranscriptionCallback | None = None,
        on_error: ErrorCallback | None = None,
        on_wake_word: Callable[[str, float], None] | None = None,
        verbose: bool = False,
        engine: TranscriptionEngine | str | None = None,
        vad_mode: VADMode | str | None = None,
        language: str | None = None,
        *,
        on_partial: Callable[[str], None] | None = None,
        on_event: Callable[[StoredEvent], None] | None = None,
    ) -> None:
        require_device("device_index", device_index)
        self._session = TranscriptionSession(
            model=chosen_model(model, engine, language),
            vad=chosen_vad(vad, vad_mode),
            wake_word=wake_word,
            device_id=device_index,
            on_transcription=on_transcription,
            on_error=on_error,
            on_wake_word=on_wake_word,
            verbose=verbose,
            on_partial=on_partial,
            on_event=on_event,
        )
        self._calls = EverythingSaid()

    @property
    def session(self) -> TranscriptionSession:
        """What ``start_continuous`` starts, with its state, its events and its callbacks, which may be changed."""
        return self._session

    def transcribe_from_mic(self, duration: float = 5.0) -> str:
        """Listen to the microphone, and return all that was said, also what was being said at the end.

        The ``duration`` in seconds begins when the model can be used; what is said while it is loaded is written
        too. No wake word is needed. A session that runs meanwhile goes on.

        Raises:
            InvalidSettingError: a ``ValueError``; the duration is not above 0.
            RealtimeSttError: there is no such microphone, or the model cannot be had.
            SessionProblemError: the session failed, or a text could not be had.
            TimeoutError: 10 s after the end of the recording a text is still missing.
        """
        require(
            is_number(duration) and duration > 0, f"Duration must be a number of seconds above 0, got {duration!r}"
        )
        limits = ListeningLimits(
            duration_seconds=duration, last_texts_seconds=_TEXTS_SECONDS, needs_every_text=True
        )
        session = TranscriptionSession(device_id=self._session.device_id, **self._call_settings())
        try:
            return self._calls.in_session(session, limits)
        except SessionProblemError as problem:
            if problem.code == _ABANDONED:
                raise TimeoutError("Transcription timed out") from problem
            raise

    def transcribe_audio(self, audio_data: AudioData, sample_rate: int = 16_000) -> str:
        """Write what is said in mono sound, as fast as it goes; empty when nothing is.

        ``audio_data``: bytes are 16-bit little-endian PCM; floats have a full scale of ±1.0, and NumPy's integers
        of 16 or 32 bits that of their type.
        ``sample_rate``: samples a second, from 1000 to 384000.

        Raises:
            InvalidSettingError: a ``ValueError``; it is no sound, or there is none.
            RealtimeSttError: the model cannot be had.
            SessionProblemError: the session failed, or a text could not be had and no ``on_error`` was told.
        """
        return self._heard(samples_request(audio_data, sample_rate))

    def transcribe_file(self, file_path: str | Path) -> str:
        """Write what is said in a sound file, as fast as it goes; empty when nothing is.

        Long files take their time: each text is given to ``on_transcription`` as soon as it is there, and ``stop``
        ends it with what has been written by then.

        Raises:
            InvalidSettingError: a ``ValueError``; it is no path.
            AudioSourceError: there is no such file, or it is not audio.
            RealtimeSttError: the model cannot be had.
            SessionProblemError: the session failed, or a text could not be had and no ``on_error`` was told.
        """
        is_path = isinstance(file_path, str | os.PathLike)
        require(is_path, f"file_path must be the path of a sound file, got {file_path!r}")
        return self._heard(FileRequest(path=Path(file_path), speed=None))

    def start_continuous(self) -> None:
        """Listen to the microphone until ``stop``, and return once the model can be used.

        What is said before that is written too. Does nothing where it listens already. What keeps it from listening
        goes to ``on_error``.

        Raises:
            RuntimeError: it cannot listen, and there is no ``on_error`` to be told why.
        """
        if self._session.is_going_on():
            return
        if self._session.on_error is not None:
            self._session.start()
            return
        try:
            start_or_raise(self._session)
        except Exception as error:
            raise RuntimeError(f"Failed to start continuous transcription: {error}") from error

    def stop(self) -> None:
        """Listen no more, also in calls that wait for texts; those return what was said by now.

        Does nothing where nothing listens. May be called on any thread, and in callbacks.
        """
        deadline = monotonic() + STOP_SECONDS
        self._calls.request_stop()
        stop_if_going_on(self._session)
        self._calls.stop(max(0.0, deadline - monotonic()))

    def list_devices(self) -> list[AudioDevice]:
        """The microphones that are connected now."""
        return list_audio_devices()

    def set_device(self, device_index: int | str | None) -> None:
        """Listen to this microphone from now on; a session that runs is stopped and started with it.

        Raises:
            InvalidSettingError: a ``ValueError``; it is neither an index nor a name.
            RuntimeError: as ``start_continuous`` does.
        """
        require_device("device_index", device_index)
        was_listening = self._session.is_going_on()
        if was_listening:
            self._session.stop()
        self._session.device_id = device_index
        if was_listening:
            self.start_continuous()

    def set_language(self, language: str | None) -> None:
        """Write in this language from now on, also what is being said; None has it detected.

        Raises:
            InvalidSettingError: a ``ValueError``; there is no such language.
            UnknownLanguageError: the model that is running does not write it; nothing has changed.
        """
        require_language("Language", language)
        try:
            self._session.set_language(language)
        except SessionNotRunningError:
            # The session ended in between, so the language only counts from the next start on.
            self._session.set_language(language)

    def __enter__(self) -> Self:
        """Listen."""
        self.start_continuous()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Listen no more."""
        self.stop()

    def _heard(self, source: FileRequest | SamplesRequest) -> str:
        limits = ListeningLimits(needs_every_text=self._session.on_error is None)
        return self._calls.in_session(ReadySoundSession(source, **self._call_settings()), limits)

    def _call_settings(self) -> dict[str, Any]:
        """The settings of one call, which itself says when to listen."""
        usual = self._session
        return {
            "model": usual.model_config,
            "vad": replace(usual.vad_config, enabled=True),
            "on_transcription": usual.on_transcription,
            "on_error": usual.on_error,
            "on_partial": usual.on_partial,
            "on_event": usual.on_event,
        }
