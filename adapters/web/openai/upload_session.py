"""Hears an uploaded sound file as a session of its own, as fast as it goes."""

import queue
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from realtime_mlx_stt.adapters.web.client_presence import is_client_gone
from realtime_mlx_stt.adapters.web.client_settings import client_configuration
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.openai.model_names import model_sections
from realtime_mlx_stt.adapters.web.openai.upload_form import UploadForm
from realtime_mlx_stt.adapters.web.problem_documents import Problem
from realtime_mlx_stt.adapters.web.problems import STATUSES
from realtime_mlx_stt.adapters.web.session_starts import start_session
from realtime_mlx_stt.application.orchestrator import OrchestratorClosedError
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.application.session.runner import SessionWorkerError
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.transcription import TranscriptionTask
from realtime_mlx_stt.ports.audio_source import AudioFormatError, EncodedSoundRequest
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["ClientGoneError", "UploadSession", "problem_in", "upload_config"]

_LOOK_SECONDS: Final = 0.25
"""How often it is checked that the client is still there."""

_NOT_WRITTEN_STATUS: Final = 500


class ClientGoneError(Exception):
    """Nobody waits for the answer any more."""


def upload_config(context: WebContext, form: UploadForm, task: TranscriptionTask) -> PipelineConfig:
    """The server's profile for a file: no wake word, and no text that nobody would see.

    Raises:
        UnknownModelError: there is no model of that name.
        InvalidSettingError, ProfileNotFoundError, SpeechToTextError: the server's profile cannot be used.
    """
    transcription: dict[str, Any] = {
        **model_sections(context, form.model),
        "task": task.value,
        "partial_interval_seconds": None,
        "speculative_finals": False,
    }
    if form.language is not None:
        transcription["language"] = form.language
    if form.prompt is not None:
        transcription["prompt"] = form.prompt
    sections = {"transcription": transcription, "wake_word": {"enabled": False}}
    source = EncodedSoundRequest(content=form.content, description=form.file_name)
    return replace(client_configuration(context, None, sections), source=source, lockstep=True)


class UploadSession:
    """A session over one upload, to be closed by whoever reads its events. For one thread.

    Raises:
        RealtimeSttError: the session cannot be started; the sound is none, for instance.
    """

    def __init__(self, context: WebContext, config: PipelineConfig, environ: Mapping[str, Any]) -> None:
        self._context = context
        self._environ = environ
        self._heard: queue.SimpleQueue[StoredEvent] = queue.SimpleQueue()
        self._session_id = start_session(context, config, self._heard.put)

    def events(self) -> Iterator[StoredEvent]:
        """Its events to the last one.

        Raises:
            ClientGoneError: the client closed its connection.
            OrchestratorClosedError: the server is ending.
            SessionWorkerError: the session broke off without a word.
        """
        is_over = False
        while not is_over:
            stored = self._next()
            is_over = isinstance(stored.event, e.SESSION_ENDS)
            yield stored

    def close(self) -> None:
        """End the session without further texts, if it is not over; idempotent."""
        self._context.services.orchestrator.request_stop(self._session_id, 0.0)

    def _next(self) -> StoredEvent:
        while True:
            if is_client_gone(self._environ):  # also where texts come one after the other without a pause
                raise ClientGoneError
            was_over = self._context.services.orchestrator.wait(self._session_id, 0.0)
            try:
                return self._heard.get(timeout=0.0 if was_over else _LOOK_SECONDS)
            except queue.Empty:
                self._check(was_over=was_over)

    def _check(self, *, was_over: bool) -> None:
        if was_over:
            raise SessionWorkerError("The session broke off; the log of the server has more.")
        if self._context.closing.is_begun:
            raise OrchestratorClosedError("The server is ending; send the file again when it is back.")


def problem_in(event: e.SessionEvent) -> Problem | None:
    """The problem that an event reports and that makes the text incomplete; the text itself would not show it."""
    match event:
        case e.TranscriptionFailed(code=code, message=message) | e.SessionFailed(code=code, message=message):
            return Problem(status=STATUSES.get(code, _NOT_WRITTEN_STATUS), code=code, detail=message)
        case e.AudioGapRecorded(start_sample=start, lost_samples=lost):
            place, length = samples_to_seconds(start), samples_to_seconds(lost)
            sentence = f"{length:.2f} s of the file, from {place:.2f} s on, hold no sound that can be decoded."
            return Problem(status=400, code=AudioFormatError.code, detail=sentence)
        case _:
            return None
