"""The one orchestration: every interface starts, steers and stops its sessions here and nowhere else."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Any, Final

from realtime_mlx_stt.application.audio_listener import AudioListener
from realtime_mlx_stt.application.audio_memory import AudioMemory
from realtime_mlx_stt.application.inference_queue import InferenceQueue
from realtime_mlx_stt.application.mailbox import SessionMailbox
from realtime_mlx_stt.application.messages import AudioProgress, CommandRequest, SettingsRequest
from realtime_mlx_stt.application.pipeline import OrchestratorPorts, PipelineComponents, PipelineConfig
from realtime_mlx_stt.application.profiles import Profiles
from realtime_mlx_stt.application.recovery import recover_interrupted_sessions
from realtime_mlx_stt.application.session_log import SessionLog
from realtime_mlx_stt.application.session_runner import SessionRunner
from realtime_mlx_stt.application.session_worker import SessionWorker
from realtime_mlx_stt.application.utterance_writer import UtteranceWriter
from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings
from realtime_mlx_stt.domain.state import SessionState
from realtime_mlx_stt.ports.event_bus import EventSubscriber, Subscription
from realtime_mlx_stt.ports.event_store import StoredEvent
from realtime_mlx_stt.ports.wake_word import WakeWordDetector

__all__ = ["SessionNotRunningError", "SystemOrchestrator"]

STOP_SECONDS: Final = 30.0
"""How long a stop waits for the texts that are still owed before it gives them up."""


class SessionNotRunningError(RealtimeSttError):
    """No session of that name is running here."""

    code = "session-not-running"


class SystemOrchestrator:
    """Runs any number of sessions over the same loaded models. Thread-safe.

    ``default_model`` is for profiles that name none.
    """

    def __init__(self, ports: OrchestratorPorts, default_model: str = TranscriptionSettings().model) -> None:
        self._ports = ports
        self._inference = InferenceQueue(ports.engines)
        self._profiles = Profiles(ports.profiles, default_model)
        self._lock = threading.Lock()
        self._runners: dict[SessionId, SessionRunner] = {}

    @property
    def profiles(self) -> Profiles:
        """The built-in profiles and the user's own."""
        return self._profiles

    def configure_profile(self, name: str, overrides: Mapping[str, Any] | None = None) -> PipelineConfig:
        """The configuration of a profile, with ``overrides`` merged into it at every depth.

        Raises:
            ProfileNotFoundError: there is no such profile.
            InvalidSettingError: the outcome is not valid as a whole.
        """
        return self._profiles.configuration(name, overrides)

    def initialize_pipeline(self, config: PipelineConfig) -> None:
        """Load everything that the configuration needs, so that starting it takes no time. Idempotent.

        Raises:
            RealtimeSttError: a part cannot be had; nothing stays open.
        """
        with ExitStack() as opened:
            self._open(config, opened)

    def start_pipeline(
        self,
        config: PipelineConfig,
        subscriber: EventSubscriber | None = None,
    ) -> SessionId:
        """Start a session and return at once; ``subscriber`` is called for all of its events.

        Components come up in one order (transcription, voice activity, audio, wake word); if one fails, those
        before it are released in reverse order and no session was ever there.

        Raises:
            RealtimeSttError: the session cannot be started.
        """
        with ExitStack() as opened:
            components = self._open(config, opened)
            session_id = self._ports.session_ids.new()
            self._ports.claims.claim(session_id)
            opened.callback(self._ports.claims.release, session_id)
            if subscriber is not None:
                opened.callback(self._ports.bus.subscribe(subscriber, session_id).cancel)
            runner = self._assemble(session_id, config, components, opened)
            opened.pop_all()
        runner.start()
        return session_id

    def stop_pipeline(self, session_id: SessionId, timeout_seconds: float = STOP_SECONDS) -> None:
        """Take no more audio, finish the texts that are owed, and end the session. Idempotent.

        Texts that are not there after ``timeout_seconds`` are given up as failed. Called from a subscriber of
        the session it only asks for the stop and does not wait.
        """
        runner = self._runner(session_id)
        if runner is None:
            return
        _request(runner, lambda at: c.StopSession(at_sample=at.at_sample, voiced_samples=at.voiced_samples))
        if runner.is_own_thread() or runner.wait(timeout_seconds):
            return
        _request(runner, lambda _at: c.AbandonTranscriptions())
        runner.wait(1.0)

    def wait(self, session_id: SessionId, timeout_seconds: float | None = None) -> bool:
        """Wait until the session is over; False after the timeout."""
        runner = self._runner(session_id)
        return runner is None or runner.wait(timeout_seconds)

    def pause(self, session_id: SessionId) -> None:
        """Listen no more until resumed.

        Raises:
            SessionNotRunningError, IllegalCommandError.
        """
        self._command(
            session_id,
            lambda at: c.PauseListening(at_sample=at.at_sample, voiced_samples=at.voiced_samples),
        )

    def resume(self, session_id: SessionId) -> None:
        """Listen again.

        Raises:
            SessionNotRunningError, IllegalCommandError.
        """
        self._command(session_id, lambda at: c.ResumeListening(at_sample=at.at_sample))

    def commit_utterance(self, session_id: SessionId) -> None:
        """End the open utterance here (push-to-talk).

        Raises:
            SessionNotRunningError.
        """
        self._command(
            session_id,
            lambda at: c.CommitUtterance(at_sample=at.at_sample, voiced_samples=at.voiced_samples),
        )

    def change_settings(self, session_id: SessionId, settings: SessionSettings) -> None:
        """Work with other settings from now on; everything they need is loaded first.

        Raises:
            SessionNotRunningError, IllegalCommandError, or the error of the part that cannot be had; then
            nothing has changed.
        """
        self._load_model(settings)
        wake_word = self._open_wake_word(settings)
        reply: Future[None] = Future()
        runner = self._require_runner(session_id)
        runner.mailbox.post(SettingsRequest(settings=settings, wake_word=wake_word, reply=reply))
        _await_reply(runner, reply)

    def state(self, session_id: SessionId) -> SessionState:
        """Where a running session stands.

        Raises:
            SessionNotRunningError.
        """
        return self._require_runner(session_id).worker.state

    def running_sessions(self) -> tuple[SessionId, ...]:
        """The sessions that are running in this process, the oldest first."""
        with self._lock:
            return tuple(self._runners)

    def subscribe(self, subscriber: EventSubscriber, session_id: SessionId | None = None) -> Subscription:
        """Hear of every event from now on, of one session or of all."""
        return self._ports.bus.subscribe(subscriber, session_id)

    def events(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
        """What the store holds of a session, running or not, behind ``after_seq``."""
        return self._ports.store.read(session_id, after_seq)

    def recover(self) -> tuple[SessionId, ...]:
        """Close, as interrupted, the sessions that a crash left open; which they were."""
        ports = self._ports
        return recover_interrupted_sessions(ports.store, ports.claims, ports.bus, ports.clock)

    def close(self, timeout_seconds: float = STOP_SECONDS) -> None:
        """Stop every session and the inference thread. Idempotent."""
        for session_id in self.running_sessions():
            self.stop_pipeline(session_id, timeout_seconds)
        self._inference.stop()

    def _open(self, config: PipelineConfig, opened: ExitStack) -> PipelineComponents:
        self._load_model(config.settings)
        voice_activity = self._ports.voice_activity.open()
        source = self._ports.sources.open(config.source)
        opened.callback(source.stop)
        wake_word = self._open_wake_word(config.settings)
        return PipelineComponents(voice_activity=voice_activity, wake_word=wake_word, source=source)

    def _load_model(self, settings: SessionSettings) -> None:
        wanted = settings.transcription
        self._ports.engines.check_language(wanted.engine, wanted.model, wanted.language)
        self._inference.start()
        self._inference.load(wanted.engine, wanted.model).result()

    def _open_wake_word(self, settings: SessionSettings) -> WakeWordDetector | None:
        if settings.wake_word is None:
            return None
        return self._ports.wake_words.open(settings.wake_word.words)

    def _assemble(
        self,
        session_id: SessionId,
        config: PipelineConfig,
        components: PipelineComponents,
        opened: ExitStack,
    ) -> SessionRunner:
        ports = self._ports
        mailbox, memory = SessionMailbox(), AudioMemory()
        recording = ports.recordings.create(session_id) if config.record_audio else None
        if recording is not None:
            opened.callback(recording.close)
        worker = SessionWorker(
            log=SessionLog(session_id, ports.store, ports.bus, ports.clock),
            listener=AudioListener(components.voice_activity, components.wake_word, config.settings),
            memory=memory,
            writer=UtteranceWriter(session_id, memory, self._inference, mailbox.post),
            recording=recording,
        )
        runner = SessionRunner(
            session_id, worker, mailbox, components.source, lockstep=config.lockstep, on_end=self._end
        )
        started_at = ports.clock.now()
        components.source.start(mailbox)
        worker.start(c.StartSession(settings=config.settings, source=components.source.description, at=started_at))
        with self._lock:
            self._runners[session_id] = runner
        return runner

    def _end(self, session_id: SessionId) -> None:
        with self._lock:
            self._runners.pop(session_id, None)
        self._ports.claims.release(session_id)

    def _runner(self, session_id: SessionId) -> SessionRunner | None:
        with self._lock:
            return self._runners.get(session_id)

    def _require_runner(self, session_id: SessionId) -> SessionRunner:
        runner = self._runner(session_id)
        if runner is None:
            raise SessionNotRunningError(f"No session {session_id} is running here.")
        return runner

    def _command(self, session_id: SessionId, command: Callable[[AudioProgress], c.SessionCommand]) -> None:
        runner = self._require_runner(session_id)
        _await_reply(runner, _request(runner, command))


def _request(runner: SessionRunner, command: Callable[[AudioProgress], c.SessionCommand]) -> "Future[None]":
    reply: Future[None] = Future()
    runner.mailbox.post(CommandRequest(command=command, reply=reply))
    return reply


def _await_reply(runner: SessionRunner, reply: "Future[None]") -> None:
    """Wait for the session's answer; a subscriber on the session's own thread cannot, and does not."""
    if runner.is_own_thread():
        return
    while not reply.done():
        if runner.wait(0.05) and not reply.done():
            raise SessionNotRunningError("The session ended before it could do this.")
    reply.result()
