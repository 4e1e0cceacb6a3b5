"""Connects the application: which adapter stands behind each port, what is shared, and in what order it ends."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from dependency_injector import containers, providers

from realtime_mlx_stt.adapters.audio.microphone.sound_devices import SoundDevices
from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.adapters.audio.wave_recordings import WaveRecordings
from realtime_mlx_stt.adapters.clock.session_names import SortableSessionIds
from realtime_mlx_stt.adapters.clock.system_clock import SystemClock
from realtime_mlx_stt.adapters.event_bus.blinker_bus import BlinkerEventBus
from realtime_mlx_stt.adapters.event_store.file_claims import FileSessionClaims
from realtime_mlx_stt.adapters.event_store.in_memory import InMemoryEventStore, InMemorySessionClaims
from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.adapters.event_store.sqlite_file import require_database
from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.openai_transcription import engines as openai
from realtime_mlx_stt.adapters.openai_transcription.account import OpenAiAccount
from realtime_mlx_stt.adapters.profile_files.folder_profiles import FolderProfiles
from realtime_mlx_stt.adapters.speech_to_text import engines as mlx
from realtime_mlx_stt.adapters.voice_activity.silero import SileroVoiceActivity
from realtime_mlx_stt.adapters.wake_word.open_wake_word import OpenWakeWords
from realtime_mlx_stt.application.inference.engines_by_name import EnginesByName
from realtime_mlx_stt.application.log.recovery import recover_interrupted_sessions
from realtime_mlx_stt.application.orchestrator import STOP_SECONDS, SystemOrchestrator
from realtime_mlx_stt.application.session.pipeline import OrchestratorPorts
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.ports.clock import Clock
from realtime_mlx_stt.ports.event_bus import EventBus
from realtime_mlx_stt.ports.event_store import EventStore, EventStoreError, SessionClaims
from realtime_mlx_stt.ports.model_repository import ModelRepository

__all__ = ["Container", "release"]


def _open_store(settings: RuntimeSettings) -> Iterator[EventStore]:
    if settings.database is None:
        yield InMemoryEventStore()
        return
    store, process = SqliteEventStore(settings.database), os.getpid()
    try:
        yield store
    finally:
        if os.getpid() == process:
            store.close()


def _make_claims(settings: RuntimeSettings) -> SessionClaims:
    """The claims, beside the database, since everybody who opens it must see them."""
    if settings.database is None:
        return InMemorySessionClaims()
    return FileSessionClaims(Path(f"{settings.database}.running"))


def _open_log(
    settings: RuntimeSettings,
    open_store: Callable[[], EventStore],
    claims: SessionClaims,
    bus: EventBus,
    clock: Clock,
) -> Iterator[EventStore]:
    """The store, for reading: nothing is made where there is none, and it may be on a read-only medium.

    If it can be written, sessions that a crash left open are closed first.
    """
    database = settings.database
    if database is None or not (settings.is_database_named or database.exists()):
        yield InMemoryEventStore() if database else open_store()
        return
    require_database(database)
    try:
        store = open_store()
    except EventStoreError:
        store = SqliteEventStore(database, is_read_only=True)
        try:
            yield store
        finally:
            store.close()
    else:
        with suppress(EventStoreError):
            recover_interrupted_sessions(store, claims, bus, clock)
        yield store


def _make_engines(models: ModelRepository, openai_account: OpenAiAccount) -> EnginesByName:
    return EnginesByName({mlx.ENGINE: mlx.MlxEngines(models), openai.ENGINE: openai.OpenAiEngines(openai_account)})


def _run_orchestrator(ports: OrchestratorPorts, stop_seconds: float) -> Iterator[SystemOrchestrator]:
    """The orchestrator, stopped at the end; sessions that a crash left open are closed before it is used."""
    orchestrator, process = SystemOrchestrator(ports), os.getpid()
    orchestrator.recover()
    try:
        yield orchestrator
    finally:
        if os.getpid() == process:  # a forked process has none of the threads, so nothing to stop
            orchestrator.close(stop_seconds)


class Container(containers.DeclarativeContainer):
    """All parts of one program, each made when it is first asked for; to be given back with ``release``."""

    settings = providers.Dependency(instance_of=RuntimeSettings)
    stop_seconds = providers.Object(STOP_SECONDS)

    clock = providers.Singleton(SystemClock)
    session_ids = providers.Singleton(SortableSessionIds, clock)
    bus = providers.Singleton(BlinkerEventBus)
    store = providers.Resource(_open_store, settings)
    claims = providers.Singleton(_make_claims, settings)
    log = providers.Resource(_open_log, settings, store.provider, claims, bus, clock)
    profiles = providers.Singleton(FolderProfiles, settings.provided.profiles_folder)
    recordings = providers.Singleton(WaveRecordings, settings.provided.recordings_folder)
    sources = providers.Singleton(SystemAudioSources)
    devices = providers.Singleton(SoundDevices)
    models = providers.Singleton(WhisperModelRepository, settings.provided.cache_folder)
    openai_account = providers.Singleton(OpenAiAccount, providers.Object(os.environ))
    engines = providers.Singleton(_make_engines, models, openai_account)
    voice_activity = providers.Singleton(SileroVoiceActivity)
    wake_words = providers.Singleton(OpenWakeWords)

    ports = providers.Singleton(
        OrchestratorPorts,
        engines=engines,
        voice_activity=voice_activity,
        wake_words=wake_words,
        sources=sources,
        recordings=recordings,
        store=store,
        claims=claims,
        bus=bus,
        clock=clock,
        session_ids=session_ids,
        profiles=profiles,
    )
    orchestrator = providers.Resource(_run_orchestrator, ports, stop_seconds)


def release(container: Container) -> None:
    """Stop what runs, then close what it wrote to; idempotent.

    The order is given here, by name: the container itself would close its resources in any order.
    """
    container.orchestrator.shutdown()
    container.log.shutdown()
    container.store.shutdown()
