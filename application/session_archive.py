"""Deletes stored sessions, and has utterances of sessions written again by another model."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace

from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceRequest
from realtime_mlx_stt.application.log.codec import UndecodableEventError
from realtime_mlx_stt.application.log.session_log import SessionLog, SessionNotFoundError
from realtime_mlx_stt.application.read_models.transcript import Transcript, fold_transcript
from realtime_mlx_stt.application.session.messages import AudioProgress, CommandRequest
from realtime_mlx_stt.application.session.pipeline import OrchestratorPorts
from realtime_mlx_stt.application.session.runner import (
    REQUEST_SECONDS,
    SessionNotRunningError,
    SessionRunner,
    is_session_thread,
)
from realtime_mlx_stt.application.session.running_sessions import RunningSessions
from realtime_mlx_stt.application.utterances_again import FinishedUtterance, waiting_again
from realtime_mlx_stt.application.writing.decoding_options import decoding_options, settings_in_past_context
from realtime_mlx_stt.application.writing.utterance_writer import InferenceService, given_audio
from realtime_mlx_stt.domain.commands import ReviseTranscript
from realtime_mlx_stt.domain.continuations import HeardAudio, own_part
from realtime_mlx_stt.domain.errors import IllegalCommandError, RealtimeSttError
from realtime_mlx_stt.domain.events import TranscriptRevised
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings
from realtime_mlx_stt.domain.state import NotStarted, PendingUtterance
from realtime_mlx_stt.domain.transcription import Transcription
from realtime_mlx_stt.ports.audio_recording import RecordingNotFoundError
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["SessionArchive", "SessionRunningError", "UtteranceNotFoundError"]


class SessionRunningError(RealtimeSttError):
    """The session is running, here or in another program, or another program is changing it just now."""

    code = "session-running"


class UtteranceNotFoundError(RealtimeSttError):
    """The session has no utterance of that number."""

    code = "utterance-not-found"


class SessionArchive:
    """All stored sessions, also those that are running. Thread-safe.

    A session has one writer: its own thread while it runs, and otherwise whoever claims it. Threads of this program
    that change sessions do so one after the other.
    """

    def __init__(
        self,
        ports: OrchestratorPorts,
        inference: InferenceService,
        sessions: RunningSessions,
        load_model: Callable[[SessionSettings], "Future[None]"],
    ) -> None:
        self._ports = ports
        self._inference = inference
        self._sessions = sessions
        self._load_model = load_model
        self._changing = threading.RLock()  # a subscriber that hears of a change may make another

    def delete(self, session_id: SessionId) -> None:
        """Delete the session's recording and all its events, for good.

        The recording goes first: where the log cannot be written the session is still there to be deleted again.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionRunningError: it is running; it must be stopped first.
            RecordingError, EventStoreError: it cannot be deleted.
        """
        self._check_kept(session_id)
        with self._claimed(session_id):
            self._ports.recordings.delete(session_id)
            if not self._ports.store.delete(session_id):
                raise _not_found(session_id)

    def transcribe_again(
        self, session_id: SessionId, utterance_id: UtteranceId, engine: str | None, model: str, language: str | None
    ) -> StoredEvent:
        """Have a finished utterance written from the recording once more; returns the `transcript-revised`.

        What was written before stays in the log. ``engine`` and ``language`` are the session's own where they are
        None. The final texts of sessions that are running go first. Waits for the model and for the text; not on a
        session's thread, which cannot wait.

        Raises:
            SessionNotFoundError, UtteranceNotFoundError: there is no such thing.
            IllegalCommandError: the utterance is not finished, or a subscriber asked.
            RecordingNotFoundError: the session was not recorded.
            RecordingError: the recording does not hold the utterance.
            SessionRunningError: the session is running in another program.
            RealtimeSttError: the model cannot be had or did not run, or the log cannot be written.
        """
        if is_session_thread():
            raise IllegalCommandError("A subscriber cannot wait for a text; ask for it on another thread.")
        log = tuple(self._ports.store.read(session_id))
        if not log:
            raise _not_found(session_id)
        transcript = fold_transcript(log)
        utterance = waiting_again(_finished(session_id, utterance_id, transcript), log)
        audio = self._audio(session_id, utterance.heard)
        wanted = self._loaded(transcript.settings or SessionSettings(), engine, model, language)
        wanted = settings_in_past_context(wanted, (stored.event for stored in log), utterance_id)
        transcription = self._written(utterance, audio, wanted)
        command = ReviseTranscript(utterance_id=utterance_id, transcription=transcription, model=wanted.model)
        return self._revise(session_id, command)

    def _check_kept(self, session_id: SessionId) -> None:
        """See that the log holds the session, whether this program can read its events or not."""
        try:
            is_kept = next(iter(self._ports.store.read(session_id)), None) is not None
        except UndecodableEventError:
            is_kept = True
        if not is_kept:
            raise _not_found(session_id)

    def _audio(self, session_id: SessionId, heard: HeardAudio) -> AudioSamples:
        """The utterance's samples; a recording has every sample of its session in its place, losses as silence."""
        try:
            return self._ports.recordings.read(session_id, heard.start_sample, heard.end_sample)
        except RecordingNotFoundError as error:
            raise RecordingNotFoundError(
                f"Session {session_id} was not recorded, so nothing of it can be written again; "
                "record the audio of sessions (--record-audio) to be able to."
            ) from error

    def _loaded(
        self, settings: SessionSettings, engine: str | None, model: str, language: str | None
    ) -> TranscriptionSettings:
        """The settings to write the text with, once their model is loaded."""
        own = settings.transcription
        wanted = replace(own, engine=engine or own.engine, model=model, language=language or own.language)
        resolved = self._ports.resolved(replace(settings, transcription=wanted))
        self._load_model(resolved).result()
        return resolved.transcription

    def _written(
        self, utterance: PendingUtterance, audio: AudioSamples, wanted: TranscriptionSettings
    ) -> Transcription:
        """The text by the model, requested under a new id: a session's end drops the requests under its own."""
        first, heard = utterance.heard.start_sample, given_audio(utterance.heard, wanted, self._inference)
        request = InferenceRequest(
            session_id=self._ports.session_ids.new(),
            utterance_id=utterance.utterance_id,
            kind=InferenceKind.FINAL,
            engine=wanted.engine,
            model=wanted.model,
            audio=audio[heard.start_sample - first : heard.end_sample - first],
            start_sample=heard.start_sample,
            end_sample=heard.end_sample,
            options=decoding_options(wanted),
            is_live=False,  # behind the final texts of those who are speaking now
            is_beyond_cut=heard.is_beyond_cut,
        )
        answer: Future[Transcription | RealtimeSttError] = Future()
        try:
            self._inference.submit(request, lambda result: answer.set_result(result.outcome))
            outcome = answer.result()
        finally:
            self._inference.forget(request.session_id)
        if isinstance(outcome, RealtimeSttError):
            raise outcome
        return own_part(outcome, utterance.end_sample) if heard.is_beyond_cut else outcome

    def _revise(self, session_id: SessionId, command: ReviseTranscript) -> StoredEvent:
        runner = self._sessions.find(session_id)
        if runner is not None:
            try:
                return self._revise_running(runner, session_id, command)
            except SessionNotRunningError:
                runner.wait(REQUEST_SECONDS)  # it is just ending, and holds its claim until then
        with self._claimed(session_id):
            log = SessionLog(session_id, self._ports.store, self._ports.bus, self._ports.clock)
            log.load()
            if isinstance(log.state, NotStarted):  # it was deleted while its text was written
                raise _not_found(session_id)
            (stored,) = log.change(command)
            return stored

    def _revise_running(
        self, runner: SessionRunner, session_id: SessionId, command: ReviseTranscript
    ) -> StoredEvent:
        """Have the session's own thread record it; returns the first `transcript-revised` after the command."""
        is_given = threading.Event()
        told: list[StoredEvent] = []

        def give(_progress: AudioProgress) -> ReviseTranscript:
            is_given.set()
            return command

        def hear(stored: StoredEvent) -> None:
            if is_given.is_set() and isinstance(stored.event, TranscriptRevised):
                told.append(stored)

        subscription = self._ports.bus.subscribe(hear, session_id)
        try:
            runner.request(CommandRequest(command=give, reply=Future()))
        finally:
            subscription.cancel()
        return told[0]

    @contextmanager
    def _claimed(self, session_id: SessionId) -> Iterator[None]:
        """Claim the session, which nobody runs, while it is being changed."""
        with self._changing:
            if self._sessions.find(session_id) is not None:
                raise SessionRunningError(f"Session {session_id} is running; stop it first.")
            if not self._ports.claims.claim(session_id):
                raise SessionRunningError(
                    f"Session {session_id} is running or being changed in another program; wait for that."
                )
            try:
                yield
            finally:
                self._ports.claims.release(session_id)


def _finished(session_id: SessionId, utterance_id: UtteranceId, transcript: Transcript) -> FinishedUtterance:
    finished: tuple[FinishedUtterance, ...] = (*transcript.utterances, *transcript.rejected, *transcript.failed)
    for utterance in finished:
        if utterance.utterance_id == utterance_id:
            return utterance
    if any(unfinished.utterance_id == utterance_id for unfinished in transcript.unfinished):
        raise IllegalCommandError(f"Utterance {utterance_id} is not finished; wait for its text.")
    raise UtteranceNotFoundError(f"Session {session_id} has no utterance {utterance_id}.")


def _not_found(session_id: SessionId) -> SessionNotFoundError:
    return SessionNotFoundError(f"The log holds no session {session_id}.")
