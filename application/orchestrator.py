"""Starts, steers and stops all sessions; every interface does so here and nowhere else."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any, Final

from realtime_mlx_stt.application.inference.kept_models import ModelName
from realtime_mlx_stt.application.inference.lanes import InferenceLanes
from realtime_mlx_stt.application.log.recovery import recover_interrupted_sessions
from realtime_mlx_stt.application.log.stream import EventStream
from realtime_mlx_stt.application.profiles.profiles import Profiles
from realtime_mlx_stt.application.session.assembly import SessionAssembly
from realtime_mlx_stt.application.session.loaded_model import fail_without_model
from realtime_mlx_stt.application.session.messages import CommandHere, SettingsRequest
from realtime_mlx_stt.application.session.pipeline import (
    OrchestratorPorts,
    PipelineComponents,
    PipelineConfig,
    SourceProgress,
)
from realtime_mlx_stt.application.session.position_requests import commit_here, pause_here, resume_here
from realtime_mlx_stt.application.session.pushed_audio import end_pushed_audio, push_audio
from realtime_mlx_stt.application.session.runner import SessionRunner
from realtime_mlx_stt.application.session.running_sessions import OrchestratorClosedError, RunningSessions
from realtime_mlx_stt.application.session_archive import SessionArchive
from realtime_mlx_stt.application.writing.text_lag import TextLag
from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.state import SessionState
from realtime_mlx_stt.ports.audio_source import PushReceipt
from realtime_mlx_stt.ports.event_bus import EventSubscriber, Subscription
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["STOP_SECONDS", "OrchestratorClosedError", "SystemOrchestrator"]

STOP_SECONDS: Final = 30.0
"""How long a stop waits for the texts that are still owed before it gives them up."""


class SystemOrchestrator:
    """Runs any number of sessions over the same loaded models, until it is closed. Thread-safe."""

    def __init__(self, ports: OrchestratorPorts) -> None:
        self._ports = ports
        self._sessions = RunningSessions(ports.clock.monotonic)
        self._inference = InferenceLanes(ports.engines, self._sessions.models)
        self._profiles = Profiles(ports.profiles, ports.engines.default_model)
        self._assembly = SessionAssembly(ports, self._inference, self._forget)
        self._archive = SessionArchive(ports, self._inference, self._sessions, self.load_model)

    @property
    def profiles(self) -> Profiles:
        """The built-in profiles and the user's own."""
        return self._profiles

    @property
    def archive(self) -> SessionArchive:
        """What can be done with stored sessions, besides running them."""
        return self._archive

    def configure_profile(self, name: str, overrides: Mapping[str, Any] | None = None) -> PipelineConfig:
        """The configuration of a profile, with ``overrides`` merged into it at every depth.

        Raises:
            ProfileNotFoundError: there is no such profile.
            InvalidSettingError: the outcome is not valid as a whole.
        """
        return self._profiles.configuration(name, overrides)

    def check_pipeline(self, config: PipelineConfig) -> None:
        """Check the configuration without loading its model.

        Raises:
            RealtimeSttError: the source, a wake word, the engine or the language cannot be had.
        """
        self._ports.resolved(config.settings)
        self._ports.open_wake_word(config.settings)
        self._ports.sources.open(config.source).stop()

    def initialize_pipeline(self, config: PipelineConfig) -> None:
        """Load for good everything that the configuration needs, so that starting it takes no time. Idempotent.

        Raises:
            RealtimeSttError: a part cannot be had; nothing stays open.
        """
        config = replace(config, settings=self._ports.resolved(config.settings), listens_while_loading=False)
        with ExitStack() as opened:
            self._open(config, self.load_model(config.settings, for_good=True), opened)

    def load_model(self, settings: SessionSettings, *, for_good: bool = False) -> "Future[None]":
        """Begin to load the model that the settings name; the future ends when it can be used, or with the error.

        ``for_good`` keeps it until the close. Else it is let go when no session uses it and one more is not used.

        Raises:
            OrchestratorClosedError: nothing is loaded any more.
            UnknownEngineError, UnknownModelError: there is no such thing.
        """
        self._sessions.check_open()
        self._inference.start()
        wanted = settings.transcription
        return self._inference.load(wanted.engine, wanted.model, for_good=for_good)

    def start_pipeline(self, config: PipelineConfig, subscriber: EventSubscriber | None = None) -> SessionId:
        """Start a session and return at once; ``subscriber`` is called for all of its events.

        Components come up in one order (transcription, voice activity, audio, wake word); if one fails, those
        before it are released in reverse order and no session was ever there.

        Raises:
            RealtimeSttError: the session cannot be started.
        """
        config = replace(config, settings=self._ports.resolved(config.settings))
        with self._inference.holding(config.settings.transcription), ExitStack() as opened:
            loading = self.load_model(config.settings)
            components = self._open(config, loading, opened)
            session_id = self._ports.session_ids.new()
            opened.callback(self._forget, session_id)
            self._ports.claims.claim(session_id)
            if subscriber is not None:
                self._sessions.end_with(session_id, self.subscribe(subscriber, session_id))
            runner = self._launch(session_id, config, components, opened)
            opened.pop_all()
        loading.add_done_callback(partial(fail_without_model, runner))
        return session_id

    def stop_pipeline(self, session_id: SessionId, timeout_seconds: float = STOP_SECONDS) -> bool:
        """Take no more audio, finish the texts that are owed, and end the session. Idempotent.

        What was captured by now is still heard. Texts that are not there after ``timeout_seconds`` are given up as
        failed. Returns whether the session is over: it is not while a subscriber holds up its thread. Called
        from a subscriber it only asks for the stop and does not wait.
        """
        runner = self._sessions.find(session_id)
        if runner is None:
            return True
        runner.stop(timeout_seconds)
        return self._sessions.await_end([runner], timeout_seconds)

    def request_stop(self, session_id: SessionId, timeout_seconds: float = STOP_SECONDS) -> None:
        """Ask for what ``stop_pipeline`` does and return at once: only the source is released by then."""
        runner = self._sessions.find(session_id)
        if runner is not None:
            runner.stop(timeout_seconds)

    def wait(self, session_id: SessionId, timeout_seconds: float | None = None) -> bool:
        """Wait until the session is over; False after the timeout, and at once for a subscriber."""
        runner = self._sessions.find(session_id)
        return runner is None or runner.wait(timeout_seconds)

    def push_audio(self, session_id: SessionId, payload: bytes, position: int | None = None) -> PushReceipt:
        """Hand a session the audio that a client pushes; see ``PushedSource.push``.

        Raises:
            SessionNotRunningError, AudioNotPushedError, AudioPositionError, AudioFormatError.
        """
        return push_audio(self._sessions.require(session_id), payload, position)

    def end_audio(self, session_id: SessionId) -> None:
        """Say that no more audio is pushed: the session ends behind it, with the texts that it owes.

        Raises:
            SessionNotRunningError, AudioNotPushedError.
        """
        end_pushed_audio(self._sessions.require(session_id))

    def place(self, session_id: SessionId, command: CommandHere) -> Callable[[], None]:
        """Ask for a command behind all audio pushed by now; calling the result waits. Both raise as ``pause``."""
        return self._sessions.require(session_id).place(command)

    def pause(self, session_id: SessionId) -> None:
        """Listen no more until resumed.

        Raises:
            SessionNotRunningError, IllegalCommandError.
        """
        self.place(session_id, pause_here)()

    def resume(self, session_id: SessionId) -> None:
        """Listen again.

        Raises:
            SessionNotRunningError, IllegalCommandError.
        """
        self.place(session_id, resume_here)()

    def commit_utterance(self, session_id: SessionId) -> None:
        """End the open utterance here (push-to-talk).

        Raises:
            SessionNotRunningError.
        """
        self.place(session_id, commit_here)()

    def change_settings(self, session_id: SessionId, settings: SessionSettings) -> None:
        """Work with other settings from now on; everything they need is loaded first.

        Raises:
            SessionNotRunningError, IllegalCommandError, or the error of the part that cannot be had; then
            nothing has changed.
        """
        runner = self._sessions.require(session_id)
        settings = self._ports.resolved(settings)
        with self._inference.holding(settings.transcription):
            self.load_model(settings).result()
            wake_word = self._ports.open_wake_word(settings)
            runner.request(SettingsRequest(settings=settings, wake_word=wake_word, reply=Future()))

    def state(self, session_id: SessionId) -> SessionState:
        """Where a running session stands. Raises SessionNotRunningError."""
        return self._sessions.require(session_id).state

    def progress(self, session_id: SessionId) -> SourceProgress:
        """How far a running session has heard its source. Raises SessionNotRunningError."""
        return self._sessions.require(session_id).progress

    def lag(self, session_id: SessionId) -> TextLag:
        """How far a running session's texts trail what is said, and what is left out meanwhile.

        Raises:
            SessionNotRunningError.
        """
        return self._sessions.require(session_id).lag

    @property
    def waiting_texts(self) -> int:
        """How many texts, of all sessions, have been asked for and not been begun."""
        return self._inference.waiting_texts

    @property
    def loaded_models(self) -> tuple[ModelName, ...]:
        """The models that are loaded in this process: engine by engine, the least recently used first."""
        return self._inference.loaded_models

    def running_sessions(self) -> tuple[SessionId, ...]:
        """The sessions that are running in this process, the oldest first."""
        return self._sessions.names()

    def subscribe(self, subscriber: EventSubscriber, session_id: SessionId | None = None) -> Subscription:
        """Call the subscriber for every event from now on, of one session or of all."""
        return self._ports.bus.subscribe(subscriber, session_id)

    def follow(
        self, session_id: SessionId, after_seq: int = 0, on_news: Callable[[], None] | None = None
    ) -> EventStream:
        """A session's events from ``after_seq + 1`` on, those of the past first, to be taken at one's own pace.

        ``on_news`` is called on the session's thread whenever there may be something to take.
        """
        return EventStream(self._ports.store, self._ports.bus, session_id, after_seq, on_news)

    def events(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
        """The stored events of a session behind ``after_seq``, whether it is running or not."""
        return self._ports.store.read(session_id, after_seq)

    def recover(self) -> tuple[SessionId, ...]:
        """Close, as interrupted, the sessions that a crash left open, and return them."""
        ports = self._ports
        return recover_interrupted_sessions(ports.store, ports.claims, ports.bus, ports.clock)

    def close(self, timeout_seconds: float = STOP_SECONDS) -> bool:
        """Start nothing any more, and stop every session and the inference threads, within the timeout and 2 s.

        Idempotent. Returns whether all is over. Called from a subscriber it only asks: the last session to end
        stops the inference threads.
        """
        running = self._sessions.close()
        for runner in running:
            runner.stop(timeout_seconds)
        return self._sessions.await_end(running, timeout_seconds) and self._inference.stop()

    def _open(self, config: PipelineConfig, loading: "Future[None]", opened: ExitStack) -> PipelineComponents:
        if not config.listens_while_loading:
            loading.result()
        voice_activity = self._ports.voice_activity.open()
        source = self._ports.sources.open(config.source)
        opened.callback(source.stop)
        wake_word = self._ports.open_wake_word(config.settings)
        return PipelineComponents(voice_activity=voice_activity, wake_word=wake_word, source=source)

    def _launch(
        self, session_id: SessionId, config: PipelineConfig, components: PipelineComponents, opened: ExitStack
    ) -> SessionRunner:
        started_at = self._ports.clock.now()
        runner = self._assembly.assemble(session_id, config, components, opened)
        self._sessions.add(session_id, runner)
        runner.start(c.StartSession(settings=config.settings, source=components.source.description, at=started_at))
        return runner

    def _forget(self, session_id: SessionId) -> None:
        self._ports.claims.release(session_id)  # while a close still waits for the session
        if self._sessions.remove(session_id):
            self._inference.stop(0.0)
        self._inference.tidy()
