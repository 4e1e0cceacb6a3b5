"""The application as it is wired for its users, over one loaded model and sources that a test steers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from dependency_injector import providers
from tests.application.stand_ins import ManualSources
from tests.guarantees.live_session import Stage

from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.settings import RuntimeSettings


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("guarantees")
    machine = RuntimeSettings.of_this_machine(os.environ)
    settings = RuntimeSettings(
        database=None,
        cache_folder=machine.cache_folder,
        profiles_folder=folder / "profiles",
        recordings_folder=folder / "recordings",
    )
    sources = ManualSources([])
    container = Container(settings=settings, sources=providers.Object(sources))
    yield Stage(orchestrator=container.orchestrator(), sources=sources)
    release(container)
