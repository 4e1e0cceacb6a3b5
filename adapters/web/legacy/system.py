"""Runs the system of 0.1, which clients start, stop and configure: one session over this machine's microphone."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from realtime_mlx_stt.adapters.web.client_settings import change_settings
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.legacy.features import features_of, settings_of
from realtime_mlx_stt.adapters.web.legacy.frames import Frame, status_frame
from realtime_mlx_stt.adapters.web.legacy.wishes import Sections, StandingWishes, given_sections
from realtime_mlx_stt.adapters.web.problems import RefusedRequestError
from realtime_mlx_stt.adapters.web.session_starts import start_session
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.profiles.profiles import deep_merge
from realtime_mlx_stt.application.profiles.schema import pipeline_config
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.application.session.runner import SessionUnresponsiveError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.ports.audio_source import MicrophoneRequest

__all__ = ["LegacySystem", "StartCalledOffError"]


class StartCalledOffError(RefusedRequestError):
    """Somebody stopped the system while the model of a start was being loaded."""

    code = "start-called-off"


@dataclass(frozen=True, slots=True)
class _Running:
    """The system's session, and the microphone that was asked for, as in a profile."""

    session_id: SessionId
    audio: Sections


class LegacySystem:
    """Runs at most one session at a time. Thread-safe; ``tell`` is called with each change of the status.

    Whatever takes long, above all a model, is loaded before the running session is touched, and delays no stop.
    """

    def __init__(self, context: WebContext, wishes: StandingWishes, tell: Callable[[Frame], None]) -> None:
        self._context = context
        self._wishes = wishes
        self._tell = tell
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._stops = 0

    @property
    def session_id(self) -> SessionId | None:
        """The session that runs, None when none does."""
        running = self._running
        is_there = running is not None and running.session_id in self._orchestrator.running_sessions()
        return running.session_id if running is not None and is_there else None

    def start(self, profile: str, custom: Sections) -> Sequence[str]:
        """Run the profile, with ``custom`` merged into it, in place of what runs; returns the features at work.

        Raises:
            ProfileNotFoundError: there is no such profile.
            StartCalledOffError: a stop came before it could begin.
            RealtimeSttError: it cannot be run; unless that was found out by the start itself, what runs goes on.
        """
        stops = self._stops
        config = self._wishes.of_start(profile, custom)
        self._load(config.settings)
        with self._lock:
            if self._stops != stops:
                raise StartCalledOffError("The system was stopped while the model was being loaded.")
            self._replace(config, _audio_section(config))
            self._wishes.forget_next_start()
        return features_of([config.settings], hears_microphone=True)

    def stop(self) -> None:
        """End the session that runs, with the texts that it owes; idempotent.

        Raises:
            SessionUnresponsiveError: it does not end.
        """
        self._stops += 1
        with self._lock:
            self._end()

    def change(self, change: Sections) -> None:
        """Merge these sections into the settings of what runs, or of the next start when nothing does.

        Another microphone is another session: then the one that runs is stopped and one like it is started.

        Raises:
            RealtimeSttError: the outcome is not valid, or cannot be had; nothing has changed.
        """
        change = given_sections(self._context, change)
        is_changed = False
        while not is_changed:
            is_changed = self._try_change(change)

    def has_ended(self, session_id: SessionId) -> None:
        """Report the status if that session was the system; called on its thread."""
        running = self._running
        if running is not None and running.session_id == session_id:
            self._tell(status_frame(running=False, active_features=()))

    def status(self) -> Frame:
        """The system's status, as its clients are told."""
        session_id = self.session_id
        settings = None if session_id is None else settings_of(self._orchestrator, session_id)
        if settings is None:
            return status_frame(running=False, active_features=())
        return status_frame(running=True, active_features=features_of([settings], hears_microphone=True))

    @property
    def _orchestrator(self) -> SystemOrchestrator:
        return self._context.services.orchestrator

    def _load(self, settings: SessionSettings) -> None:
        self._orchestrator.load_model(settings).result()

    def _try_change(self, change: Sections) -> bool:
        """Make the change, unless the running session becomes another before that; returns whether it was made."""
        running, session_id = self._running, self.session_id
        settings = None if session_id is None else settings_of(self._orchestrator, session_id)
        if running is None or settings is None:
            self._wishes.change_next_start(change)
            return True
        audio = deep_merge(running.audio, change.get("audio", {}))
        sections = {name: section for name, section in change.items() if name != "audio"}
        changed = self._orchestrator.profiles.changed_settings(settings, sections)
        config = replace(pipeline_config({"audio": audio}), settings=changed)
        if audio != running.audio:
            self._orchestrator.check_pipeline(config)
        self._load(config.settings)
        with self._lock:
            if self._running is not running or self.session_id is None:
                return False
            if audio != running.audio:
                self._replace(config, audio)
            else:
                change_settings(self._context, running.session_id, sections)
                self._tell(self.status())
        return True

    def _replace(self, config: PipelineConfig, audio: Sections) -> None:
        self._end()
        self._running = _Running(start_session(self._context, config), audio)
        self._tell(self.status())

    def _end(self) -> None:
        running = self._running
        if running is not None and not self._orchestrator.stop_pipeline(running.session_id):
            raise SessionUnresponsiveError("The session that runs does not end; ask again in a moment.")
        self._running = None


def _audio_section(config: PipelineConfig) -> Sections:
    """The section of a profile that asks for this microphone."""
    if not isinstance(config.source, MicrophoneRequest):
        return {"record": config.record_audio}
    source = config.source
    return {"device": source.device, "follow_default": source.follows_default, "record": config.record_audio}
