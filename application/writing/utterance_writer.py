"""Asks the models for a session's texts, and knows which answers are still wanted."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Protocol

import numpy as np

from realtime_mlx_stt.application.hearing.audio_memory import AudioMemory
from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceRequest, InferenceResult
from realtime_mlx_stt.application.writing.decoding_options import decoding_options
from realtime_mlx_stt.application.writing.degradation import Waits
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.commands import (
    ReportHypothesis,
    ReportTranscription,
    ReportTranscriptionFailure,
    SessionCommand,
)
from realtime_mlx_stt.domain.continuations import HeardAudio
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.settings import TranscriptionSettings
from realtime_mlx_stt.domain.state import PendingUtterance
from realtime_mlx_stt.domain.transcription import TranscriptionTask

__all__ = ["InferenceService", "UtteranceWriter", "given_audio"]


class InferenceService(Protocol):
    """What the session needs of the inference queue."""

    def submit(self, request: InferenceRequest, deliver: Callable[[InferenceResult], None]) -> None:
        """Have the request answered through ``deliver``, on another thread or at once."""
        ...

    def promote(self, request: InferenceRequest) -> None:
        """Treat a speculative request, if it has not been answered yet, like a final one."""
        ...

    def prepare(self, engine: str, model: str) -> "Future[None]":
        """Have a model loaded that may be needed, without holding up final texts.

        Raises:
            RealtimeSttError: it is plain already that it cannot be.
        """
        ...

    def tells_places(self, engine: str) -> bool:
        """Whether the texts of the engine come with the places of their words."""
        ...

    def waited_seconds(self, request: InferenceRequest) -> float:
        """How long other texts have been written while the request waited; 0 when it no longer waits."""
        ...

    def forget(self, session_id: SessionId) -> None:
        """Answer nothing more for the session."""
        ...


class UtteranceWriter:
    """Asks the models for the texts of one session and takes the answers. For the session's thread.

    ``writes_by_smaller_model``: whether the settings' smaller model is asked instead of their model. If it fails to
    write a final text, the settings' model is asked for it.
    """

    def __init__(
        self,
        session_id: SessionId,
        memory: AudioMemory,
        inference: InferenceService,
        deliver: Callable[[InferenceResult], None],
        *,
        is_live: bool = True,
    ) -> None:
        self.writes_by_smaller_model = False
        self._has_smaller_failed = False
        self._is_live = is_live
        self._session_id = session_id
        self._memory = memory
        self._inference = inference
        self._deliver = deliver
        self._owed: dict[InferenceRequest, str] = {}
        """The final texts that are awaited, each with the model that the settings named when it was asked for."""
        self._heard_until: int | None = None
        self._partial: InferenceRequest | None = None
        self._speculation: InferenceRequest | None = None
        self._prepared: InferenceResult | None = None

    @property
    def owes_finals(self) -> bool:
        """Whether a final text has been asked for and not been answered."""
        return bool(self._owed)

    @property
    def owed_samples(self) -> int:
        """How much audio the awaited final texts are of."""
        return sum(request.end_sample - request.start_sample for request in self._owed)

    @property
    def is_partial_outstanding(self) -> bool:
        """Whether a hypothesis has been asked for and not been answered."""
        return self._partial is not None

    @property
    def is_speculation_outstanding(self) -> bool:
        """Whether a final text is being prepared and has not been answered."""
        return self._speculation is not None

    @property
    def has_smaller_failed(self) -> bool:
        """Whether the smaller model failed to write a text."""
        return self._has_smaller_failed

    @property
    def waits(self) -> Waits:
        """How long the awaited texts have waited while others were written."""
        waited = self._inference.waited_seconds
        return Waits(
            hypothesis_seconds=0.0 if self._partial is None else waited(self._partial),
            final_seconds=max(map(waited, self._owed), default=0.0),
        )

    def hypothesis_age_seconds(self, at_sample: int) -> float | None:
        """How much has been said since the newest hypothesis; None while none is awaited or before there is one."""
        if self._partial is None or self._heard_until is None:
            return None
        return samples_to_seconds(max(0, at_sample - self._heard_until))

    def ask_partial(self, utterance_id: UtteranceId, heard: HeardAudio, settings: TranscriptionSettings) -> None:
        """Ask for a hypothesis of the open utterance."""
        self._partial = self._submit(InferenceKind.PARTIAL, utterance_id, heard, settings)

    def ask_speculative(
        self, utterance_id: UtteranceId, heard: HeardAudio, settings: TranscriptionSettings
    ) -> None:
        """Have the final text prepared in case the utterance ends here."""
        self._prepared = None
        self._speculation = self._submit(InferenceKind.SPECULATIVE, utterance_id, heard, settings)

    def ask_final(self, utterance: PendingUtterance, settings: TranscriptionSettings) -> InferenceResult | None:
        """Ask for the final text; returns the answer at once if it has been prepared for exactly this audio."""
        prepared, self._prepared = self._prepared, None
        speculation, self._speculation = self._speculation, None
        # A hypothesis of an utterance that is over may never be answered; the next one need not wait for it.
        self._partial = None
        if prepared is not None and self._is_for(prepared.request, utterance, settings):
            return prepared
        if speculation is not None and self._is_for(speculation, utterance, settings):
            self._owed[speculation] = settings.model
            self._inference.promote(speculation)
            return None
        self._submit(InferenceKind.FINAL, utterance.utterance_id, utterance.heard, settings)
        return None

    def receive(self, result: InferenceResult) -> SessionCommand | None:
        """The command for an answer that is still wanted, else None."""
        match result.request.kind:
            case InferenceKind.PARTIAL:
                if self._partial is result.request:
                    self._partial = None
                    self._heard_until = result.request.end_sample
                return _hypothesis(result)
            case InferenceKind.SPECULATIVE:
                return self._receive_speculative(result)
            case InferenceKind.FINAL:
                return self._receive_final(result)

    def final_report(self, result: InferenceResult) -> SessionCommand:
        """The command that gives the utterance its final text, or its failure, from this answer."""
        request = result.request
        if isinstance(result.outcome, RealtimeSttError):
            return ReportTranscriptionFailure(
                utterance_id=request.utterance_id, code=result.outcome.code, message=str(result.outcome)
            )
        return ReportTranscription(
            utterance_id=request.utterance_id,
            transcription=result.outcome,
            model=request.model,
            inference_seconds=result.inference_seconds,
            peak_amplitude=float(np.max(np.abs(request.audio), initial=0.0)),
            is_beyond_cut=request.is_beyond_cut,
        )

    def close(self) -> None:
        """Ask for nothing more, and take no more answers."""
        self._inference.forget(self._session_id)

    def _receive_final(self, result: InferenceResult) -> SessionCommand | None:
        model = self._owed.pop(result.request, result.request.model)
        if isinstance(result.outcome, RealtimeSttError) and model != result.request.model:
            self._has_smaller_failed = True
            again = replace(result.request, model=model)
            self._owed[again] = model
            self._inference.submit(again, self._deliver)
            return None
        return self.final_report(result)

    def _receive_speculative(self, result: InferenceResult) -> SessionCommand | None:
        if result.request in self._owed:
            del self._owed[result.request]
            return self.final_report(result)
        if self._speculation is not result.request:
            return None
        hypothesis = _hypothesis(result)
        # A speculation that failed prepares nothing: the final text deserves its own attempt.
        self._speculation = None
        self._prepared = None if hypothesis is None else result
        return hypothesis

    def _model(self, kind: InferenceKind, settings: TranscriptionSettings) -> str:
        if kind is InferenceKind.FINAL and self.writes_by_smaller_model and settings.smaller_model is not None:
            return settings.smaller_model
        return settings.model

    def _is_for(
        self, request: InferenceRequest, utterance: PendingUtterance, settings: TranscriptionSettings
    ) -> bool:
        """Whether the request is for all of the utterance's audio, by the model that is to write it."""
        given = given_audio(utterance.heard, settings, self._inference)
        return (
            (request.utterance_id, request.start_sample, request.end_sample)
            == (utterance.utterance_id, given.start_sample, given.end_sample)
        ) and (
            (request.engine, request.model, request.options)
            == (settings.engine, settings.model, decoding_options(settings))
        )

    def _submit(
        self, kind: InferenceKind, utterance_id: UtteranceId, heard: HeardAudio, settings: TranscriptionSettings
    ) -> InferenceRequest:
        given = given_audio(heard, settings, self._inference)
        request = InferenceRequest(
            session_id=self._session_id,
            utterance_id=utterance_id,
            kind=kind,
            engine=settings.engine,
            model=self._model(kind, settings),
            audio=self._memory.between(given.start_sample, given.end_sample),
            start_sample=given.start_sample,
            end_sample=given.end_sample,
            options=decoding_options(settings),
            is_live=self._is_live,
            is_beyond_cut=given.is_beyond_cut,
        )
        if kind is InferenceKind.FINAL:
            self._owed[request] = settings.model  # before it is submitted, which may answer it at once
        self._inference.submit(request, self._deliver)
        return request


def given_audio(heard: HeardAudio, settings: TranscriptionSettings, inference: InferenceService) -> HeardAudio:
    """What a model by these settings is given: nothing beyond a cut if the model does not place its words."""
    tells_places = inference.tells_places(settings.engine) and settings.task is TranscriptionTask.TRANSCRIBE
    return heard if tells_places else heard.own


def _hypothesis(result: InferenceResult) -> SessionCommand | None:
    if isinstance(result.outcome, RealtimeSttError):
        return None
    return ReportHypothesis(
        utterance_id=result.request.utterance_id,
        transcription=result.outcome,
        heard_until_sample=result.request.end_sample,
    )
