"""The one orchestration: every interface starts, steers and stops its sessions here and nowhere else."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Any, Final

from realtime_mlx_stt.application.inference_queue import InferenceQueue
from realtime_mlx_stt.application.messages import AudioProgress, CommandRequest, SettingsRequest
from realtime_mlx_stt.application.pipeline import (
    OrchestratorPorts,
    PipelineComponents,
    PipelineConfig,
    SourceProgress,
)
from realtime_mlx_stt.application.position_requests import commit_here, pause_here, resume_here, stop_here
from realtime_mlx_stt.application.profiles import Profiles
from realtime_mlx_stt.application.recovery import recover_interrupted_sessions
from realtime_mlx_stt.application.session_assembly import SessionAssembly
from realtime_mlx_stt.application.session_runner import SessionNotRunningError, SessionRunner
from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings
from realtime_mlx_stt.domain.state import SessionState
from realtime_mlx_stt.ports.event_bus import EventSubscriber, Subscription
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["STOP_SECONDS", "SessionNotRunningError", "SystemOrchestrator"]

STOP_SECONDS: Final = 30.0
"""How long a stop waits for the texts that are still owed before it gives them up."""


class SystemOrchestrator:
    """Runs any number of sessions over the same loaded models. Thread-safe.

    ``default_model`` is for profiles that name none.
    """

    def __init__(self, ports: OrchestratorPorts, default_model: str = TranscriptionSettings().model) -> None:
        self._ports = ports
        self._inference = InferenceQueue(ports.engines)
        self._profiles = Profiles(ports.profiles, default_model)
        self._assembly = SessionAssembly(ports, self._inference, self._forget)
        self._lock = threading.Lock()
        self._runners: dict[SessionId, SessionRunner] = {}
        self._subscriptions: dict[SessionId, Subscription] = {}

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
            opened.callback(self._forget, session_id)
            self._ports.claims.claim(session_id)
            if subscriber is not None:
                self._keep(session_id, self.subscribe(subscriber, session_id))
            self._launch(session_id, config, components, opened)
            opened.pop_all()
        return session_id

    def stop_pipeline(self, session_id: SessionId, timeout_seconds: float = STOP_SECONDS) -> None:
        """Take no more audio, finish the texts that are owed, and end the session. Idempotent.

        Texts that are not there after ``timeout_seconds`` are given up as failed. Called from a subscriber of
        the session it only asks for the stop and does not wait.
        """
        runner = self._runner(session_id)
        if runner is None:
            return
        runner.ask(stop_here)
        if runner.is_own_thread() or runner.wait(timeout_seconds):
            return
        runner.ask(lambda _progress: c.AbandonTranscriptions())
        runner.wait(1.0)

    def wait(self, session_id: SessionId, timeout_seconds: float | None = None) -> bool:
        """Wait until the session is over; False after the timeout, and at once for a subscriber of the session."""
        runner = self._runner(session_id)
        return runner is None or runner.wait(timeout_seconds)

    def pause(self, session_id: SessionId) -> None:
        """Listen no more until resumed.

        Raises:
            SessionNotRunningError, IllegalCommandError.
        """
        self._command(session_id, pause_here)

    def resume(self, session_id: SessionId) -> None:
        """Listen again.

        Raises:
            SessionNotRunningError, IllegalCommandError.
        """
        self._command(session_id, resume_here)

    def commit_utterance(self, session_id: SessionId) -> None:
        """End the open utterance here (push-to-talk).

        Raises:
            SessionNotRunningError.
        """
        self._command(session_id, commit_here)

    def change_settings(self, session_id: SessionId, settings: SessionSettings) -> None:
        """Work with other settings from now on; everything they need is loaded first.

        Raises:
            SessionNotRunningError, IllegalCommandError, or the error of the part that cannot be had; then
            nothing has changed.
        """
        runner = self._require_runner(session_id)
        self._load_model(settings)
        wake_word = self._ports.open_wake_word(settings)
        runner.request(SettingsRequest(settings=settings, wake_word=wake_word, reply=Future()))

    def state(self, session_id: SessionId) -> SessionState:
        """Where a running session stands.

        Raises:
            SessionNotRunningError.
        """
        return self._require_runner(session_id).state

    def progress(self, session_id: SessionId) -> SourceProgress:
        """How far a running session has heard its source.

        Raises:
            SessionNotRunningError.
        """
        return self._require_runner(session_id).progress

    def running_sessions(self) -> tuple[SessionId, ...]:
        """The sessions that are running in this process, the oldest first."""
        return tuple(self._all_runners())

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
        """Stop every session, all within ``timeout_seconds`` and a little, and the inference thread. Idempotent."""
        deadline = self._ports.clock.monotonic() + timeout_seconds
        running = self._all_runners()
        for runner in running.values():
            runner.ask(stop_here)
        for session_id in running:
            self.stop_pipeline(session_id, max(0.0, deadline - self._ports.clock.monotonic()))
        self._inference.stop()

    def _open(self, config: PipelineConfig, opened: ExitStack) -> PipelineComponents:
        self._load_model(config.settings)
        voice_activity = self._ports.voice_activity.open()
        source = self._ports.sources.open(config.source)
        opened.callback(source.stop)
        wake_word = self._ports.open_wake_word(config.settings)
        return PipelineComponents(voice_activity=voice_activity, wake_word=wake_word, source=source)

    def _load_model(self, settings: SessionSettings) -> None:
        wanted = settings.transcription
        self._ports.engines.check_language(wanted.engine, wanted.model, wanted.language)
        self._inference.start()
        self._inference.load(wanted.engine, wanted.model).result()

    def _launch(
        self, session_id: SessionId, config: PipelineConfig, components: PipelineComponents, opened: ExitStack
    ) -> None:
        started_at = self._ports.clock.now()
        runner = self._assembly.assemble(session_id, config, components, opened)
        with self._lock:
            self._runners[session_id] = runner
        source = components.source.description
        runner.start(c.StartSession(settings=config.settings, source=source, at=started_at))

    def _keep(self, session_id: SessionId, subscription: Subscription) -> None:
        with self._lock:
            self._subscriptions[session_id] = subscription

    def _forget(self, session_id: SessionId) -> None:
        with self._lock:
            self._runners.pop(session_id, None)
            subscription = self._subscriptions.pop(session_id, None)
        if subscription is not None:
            subscription.cancel()
        self._ports.claims.release(session_id)

    def _all_runners(self) -> dict[SessionId, SessionRunner]:
        with self._lock:
            return dict(self._runners)

    def _runner(self, session_id: SessionId) -> SessionRunner | None:
        with self._lock:
            return self._runners.get(session_id)

    def _require_runner(self, session_id: SessionId) -> SessionRunner:
        runner = self._runner(session_id)
        if runner is None:
            raise SessionNotRunningError(f"No session {session_id} is running here.")
        return runner

    def _command(self, session_id: SessionId, command: Callable[[AudioProgress], c.SessionCommand]) -> None:
        self._require_runner(session_id).request(CommandRequest(command=command, reply=Future()))
