"""Runs a session in steps, of which each takes one message and does all that follows; it alone writes the log."""

from collections.abc import Sequence
from typing import assert_never

from realtime_mlx_stt.application.hearing.audio_listener import AudioListener, Heard
from realtime_mlx_stt.application.hearing.audio_memory import AudioMemory
from realtime_mlx_stt.application.hearing.heard_reports import loss_of, report_of
from realtime_mlx_stt.application.hearing.remembered_audio import needed_from
from realtime_mlx_stt.application.inference.requests import InferenceResult
from realtime_mlx_stt.application.log.session_log import SessionLog
from realtime_mlx_stt.application.session.messages import (
    AudioProgress,
    CommandRequest,
    SessionMessage,
    SettingsRequest,
)
from realtime_mlx_stt.application.session.recording import SessionRecording
from realtime_mlx_stt.application.writing.keeping_up import KeepingUp, Observation
from realtime_mlx_stt.application.writing.policies import MOST_OWED_SAMPLES
from realtime_mlx_stt.application.writing.text_requests import TextRequests
from realtime_mlx_stt.application.writing.utterance_writer import UtteranceWriter
from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain.errors import DomainError, RealtimeSttError
from realtime_mlx_stt.domain.events import (
    GapReason,
    ListeningResumed,
    SessionEvent,
    SettingsChanged,
    SpeechEnded,
    WakeWordDetected,
)
from realtime_mlx_stt.domain.segmentation import PauseFound
from realtime_mlx_stt.domain.state import HearingSpeech, LiveState, Paused, SessionState
from realtime_mlx_stt.ports.audio_recording import RecordingError
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioDelivery,
    AudioLost,
    SourceAudible,
    SourceCutShort,
    SourceEnded,
    SourceFailed,
    SourceLost,
    SourceNews,
    SourceRecovered,
    SourceSilent,
)

__all__ = ["SessionWorker"]

_NEW_BEGINNINGS = (WakeWordDetected, SettingsChanged, ListeningResumed)
"""After these events, speech that was already going on counts from here."""

_MICROPHONE = "microphone"
"""The part of the service that is left out while a source gives nothing but zeros."""


class SessionWorker:
    """Runs one session. Not thread-safe: one thread steps it from beginning to end."""

    def __init__(
        self,
        log: SessionLog,
        listener: AudioListener,
        memory: AudioMemory,
        writer: UtteranceWriter,
        keeping_up: KeepingUp,
        recording: SessionRecording,
    ) -> None:
        self._log = log
        self._listener = listener
        self._memory = memory
        self._writer = writer
        self._keeping_up = keeping_up
        self._texts = TextRequests(writer)
        self._recording = recording
        self._position = 0

    @property
    def state(self) -> SessionState:
        """Where the session stands."""
        return self._log.state

    @property
    def heard_samples(self) -> int:
        """How much of the audio has been taken; may be read on any thread."""
        return self._position

    @property
    def observation(self) -> Observation:
        """How far the texts are behind what is said; may be read on any thread."""
        return self._keeping_up.observation

    @property
    def awaits_finals(self) -> bool:
        """Whether a final text has been asked for and not come yet."""
        return self._writer.owes_finals

    @property
    def is_far_behind(self) -> bool:
        """Whether so many texts are owed that no more audio should be taken."""
        return self._writer.owed_samples > MOST_OWED_SAMPLES

    def start(self, command: c.StartSession) -> None:
        """Begin the session.

        Raises:
            IllegalCommandError: it has been begun before.
        """
        self._execute(command)

    def step(self, message: AudioDelivery | SessionMessage) -> None:
        """Take one message and do everything that follows from it."""
        match message:
            case InferenceResult():
                self._keeping_up.answered(message, self._position)
                command = self._writer.receive(message)
                if command is not None:
                    self._execute(command)
                self._report_lag()
            case CommandRequest() | SettingsRequest():
                self._answer(message)
            case _:
                self._take_delivery(message)

    def fail(self, error: RealtimeSttError) -> None:
        """End the session because of an error that it cannot go on after."""
        self._execute(
            c.FailSession(
                code=error.code,
                message=str(error),
                at_sample=self._position,
                voiced_samples=self._listener.voiced_samples,
            )
        )

    def abandon_texts(self) -> None:
        """End a stopping session without the texts that it still owes."""
        self._execute(c.AbandonTranscriptions())

    def close(self) -> None:
        """Release the recording and the models, and store the events that are still held; the session is over.

        Raises:
            SequenceConflictError: another writer has the session, so what is held cannot be stored.
        """
        self._recording.close()
        self._writer.close()
        self._log.save_held()

    def give_up(self) -> None:
        """Leave the session to the writer who took it over, and tell the subscribers what that writer decided.

        Raises:
            EventStoreError: it could not be read.
        """
        self._log.catch_up()

    def _take_delivery(self, delivery: AudioDelivery) -> None:
        if not isinstance(self.state, LiveState):
            return
        match delivery:
            case AudioBlock():
                self._take_block(delivery)
            case AudioLost():
                self._take_gap(delivery.first_sample, delivery.lost_samples, delivery.reason)
            case _:
                self._take_news(delivery)

    def _take_news(self, news: SourceNews) -> None:
        match news:
            case SourceEnded():
                self._flush()
                self._execute(
                    c.ReportSourceEnd(at_sample=self._position, voiced_samples=self._listener.voiced_samples)
                )
            case SourceLost():
                self._lose_source(news)
            case SourceRecovered():
                self._execute(c.ReportSourceRecovery(at_sample=self._position))
            case SourceSilent():
                self._degrade(_MICROPHONE, news.error)
            case SourceAudible():
                self._execute(c.ReportRestoration(part=_MICROPHONE))
            case SourceCutShort():
                self._degrade("source", news.error)
            case SourceFailed():
                self._flush()
                self.fail(news.error)
            case _:
                assert_never(news)

    def _take_block(self, block: AudioBlock) -> None:
        if block.first_sample > self._position:
            self._take_gap(self._position, block.first_sample - self._position, GapReason.OVERFLOW)
        self._position = block.end_sample
        self._keep_up()
        if isinstance(self.state, Paused):
            self._give_up_recording(self._recording.write_silence(len(block.samples)))
            return
        self._give_up_recording(self._recording.write(block.samples))
        self._memory.append(block)
        for heard in self._listener.hear(block.samples):
            self._on_heard(heard)
        self._texts.after_audio(self._position, self.state, self._listener.voiced_samples)
        self._memory.forget_before(needed_from(self.state, self._position))

    def _take_gap(self, start_sample: int, lost_samples: int, reason: GapReason) -> None:
        self._flush()
        self._execute(
            c.ReportAudioGap(
                start_sample=start_sample,
                lost_samples=lost_samples,
                reason=reason,
                voiced_samples=self._listener.voiced_samples,
            )
        )
        self._give_up_recording(self._recording.write_silence(start_sample + lost_samples - self._position))
        self._position = start_sample + lost_samples
        self._listener.skip_to(self._position)

    def _lose_source(self, lost: SourceLost) -> None:
        self._flush()
        self._execute(loss_of(lost, self._position, self._listener.voiced_samples))
        self._listener.skip_to(self._position)

    def _flush(self) -> None:
        for heard in self._listener.flush():
            self._on_heard(heard)

    def _on_heard(self, heard: Heard) -> None:
        voiced_samples = self._listener.voiced_samples
        if isinstance(heard, PauseFound):
            self._texts.at_pause(heard.end_sample, self.state, voiced_samples)
        else:
            self._execute(report_of(heard, voiced_samples))

    def _answer(self, request: CommandRequest | SettingsRequest) -> None:
        try:
            if isinstance(request, SettingsRequest):
                self._change_settings(request)
            else:
                progress = AudioProgress(at_sample=self._position, voiced_samples=self._listener.voiced_samples)
                self._execute_request(request.command(progress))
        except DomainError as error:
            request.reply.set_exception(error)
        except Exception as error:
            request.reply.set_exception(error)
            raise
        else:
            request.reply.set_result(None)

    def _change_settings(self, request: SettingsRequest) -> None:
        """Change what the session works with; the same settings again leave the detectors as they are."""
        if self._execute(c.ChangeSettings(settings=request.settings, at_sample=self._position)):
            self._listener.change(request.settings, request.wake_word)

    def _execute_request(self, command: c.SessionCommand) -> None:
        """Execute a request; if it ends or begins the listening, the detection of speech begins anew there."""
        if isinstance(command, c.StopSession | c.PauseListening):
            self._flush()
        events = self._execute(command)
        if events and isinstance(command, c.PauseListening | c.ResumeListening):
            self._listener.skip_to(self._position)
        if events and isinstance(command, c.CommitUtterance):
            self._listener.restart_segmentation()

    def _execute(self, command: c.SessionCommand) -> Sequence[SessionEvent]:
        events = self._log.execute(command)
        is_new_beginning = any(isinstance(event, _NEW_BEGINNINGS) for event in events)
        if is_new_beginning and not isinstance(self.state, HearingSpeech):
            self._listener.restart_segmentation()
        for prepared in self._texts.after_events(events, self.state):
            self._execute(prepared)
        if any(isinstance(event, SpeechEnded) for event in events):
            self._report_lag()
        return events

    def _report_lag(self) -> None:
        report = self._keeping_up.owed_report()
        if report is not None:
            self._execute(report)

    def _keep_up(self) -> None:
        """Leave out, or take back up, what the waits of the texts call for."""
        if isinstance(self.state, LiveState):
            for report in self._keeping_up.heard(self._position, self.state.context.settings.transcription):
                self._execute(report)
            self._texts.pace = self._keeping_up.pace

    def _give_up_recording(self, error: RecordingError | None) -> None:
        if error is not None:
            self._degrade("recording", error)

    def _degrade(self, part: str, error: RealtimeSttError) -> None:
        self._execute(c.ReportDegradation(part=part, code=error.code, message=str(error)))
