"""The container makes one of each part, over real adapters, and releases what it opened in reverse order."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from dependency_injector import providers
from tests.composition.settings_of_a_test import settings
from tests.fakes.speech_to_text import ScriptedEngines

from realtime_mlx_stt.adapters.event_store.in_memory import InMemoryEventStore
from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.application.log.session_log import SessionLog
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.process_services import ContainerProcessServices
from realtime_mlx_stt.composition.services import ContainerServices
from realtime_mlx_stt.composition.settings import CACHE_VARIABLE, RuntimeSettings
from realtime_mlx_stt.composition.web_services import ContainerWebServices
from realtime_mlx_stt.domain.commands import StartSession
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.ports.audio_source import FileRequest
from realtime_mlx_stt.ports.event_store import EventStoreError
from realtime_mlx_stt.ports.speech_to_text import UnknownEngineError

CLIPS = Path(__file__).parents[1] / "data" / "speech"


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    made = Container(settings=settings(tmp_path, tmp_path / "log" / "sessions.db"))
    yield made
    release(made)


def test_everybody_gets_the_same_parts(container: Container) -> None:
    one, two = ContainerServices(container), ContainerServices(container)
    assert one.orchestrator is two.orchestrator
    assert one.store is two.store
    assert container.ports().store is one.store


def test_every_interface_has_the_same_orchestrator(container: Container) -> None:
    made = (ContainerServices(container), ContainerProcessServices(container), ContainerWebServices(container))
    command_line, python, web = (services.orchestrator for services in made)
    assert command_line is python is web


def test_the_log_is_kept_in_the_database_that_is_named(container: Container, tmp_path: Path) -> None:
    assert isinstance(container.store(), SqliteEventStore)
    assert (tmp_path / "log" / "sessions.db").is_file()


def test_without_a_database_nothing_is_written_to_disk(tmp_path: Path) -> None:
    container = Container(settings=settings(tmp_path, None))
    assert isinstance(container.store(), InMemoryEventStore)
    assert container.orchestrator().recover() == ()
    release(container)
    assert list(tmp_path.iterdir()) == []


def test_a_session_that_a_crash_left_open_is_closed_before_anything_is_read(
    container: Container, tmp_path: Path
) -> None:
    crashed = Container(settings=settings(tmp_path, tmp_path / "log" / "sessions.db"))
    log = SessionLog(SessionId("open"), crashed.store(), crashed.bus(), crashed.clock())
    log.execute(StartSession(settings=SessionSettings(), source="a microphone", at=0.0))
    crashed.store.shutdown()

    (summary,) = ContainerServices(container).store.sessions()
    assert summary.last_type == "session-interrupted"


def test_sessions_are_stopped_before_their_store_is_closed(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    container = Container(settings=settings(tmp_path, database), engines=providers.Object(ScriptedEngines()))
    clip = FileRequest(path=CLIPS / "jfk.wav", speed=1.0)
    session_id = container.orchestrator().start_pipeline(PipelineConfig(source=clip))
    release(container)
    log = SqliteEventStore(database)
    assert [stored.event.type for stored in log.read(session_id)][-1] == "session-stopped"
    log.close()


def test_a_store_that_cannot_be_opened_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "sessions.db").write_bytes(b"somebody else's file")
    container = Container(settings=settings(tmp_path, tmp_path / "sessions.db"))
    with pytest.raises(EventStoreError):
        container.orchestrator()
    release(container)
    assert [path.name for path in tmp_path.iterdir()] == ["sessions.db"]


def test_the_default_model_is_for_profiles_that_name_none(container: Container) -> None:
    config = container.orchestrator().configure_profile("vad-triggered")
    assert isinstance(config, PipelineConfig)
    assert config.settings.transcription.model in ("tiny.en", "large-v3-turbo")


def test_there_are_two_engines_each_with_a_default_model(container: Container) -> None:
    engines = ContainerServices(container).engines
    assert engines is container.ports().engines
    with pytest.raises(UnknownEngineError, match="There is no engine nonsense; there are mlx_whisper and openai"):
        engines.open("nonsense", "tiny.en")
    wanted = container.orchestrator().configure_profile("vad-triggered", {"transcription": {"engine": "openai"}})
    assert wanted.settings.transcription.model == "gpt-4o-transcribe"
    assert [engines.is_remote(name) for name in ("mlx_whisper", "openai")] == [False, True]


def test_everybody_gets_the_same_account_with_the_service(container: Container) -> None:
    container.openai_account().use(api_key="sk-secret-0123456789")
    assert container.engines().open("openai", "whisper-1").model == "whisper-1"
    assert "0123456789" not in repr(container.settings()) + repr(container.ports())


def test_the_user_s_folders_are_used_unless_others_are_named(tmp_path: Path) -> None:
    usual = RuntimeSettings.of_this_machine({})
    assert usual.database is not None
    assert usual.database.name == "sessions.db"
    other = RuntimeSettings.of_this_machine({CACHE_VARIABLE: str(tmp_path)}, database=tmp_path / "other.db")
    assert (other.cache_folder, other.database) == (tmp_path, tmp_path / "other.db")
    assert RuntimeSettings.of_this_machine({}, is_ephemeral=True).database is None


def test_recordings_are_beside_their_database(tmp_path: Path) -> None:
    usual = RuntimeSettings.of_this_machine({})
    assert usual.database is not None
    assert usual.recordings_folder == usual.database.with_name("recordings")
    assert RuntimeSettings.of_this_machine({}, database=usual.database) == replace(usual, is_database_named=True)
    other = RuntimeSettings.of_this_machine({}, database=tmp_path / "meeting.db")
    assert other.recordings_folder == tmp_path / "meeting.db.recordings"
