"""The application as it is wired for its users, over one loaded model and sources that a test steers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dependency_injector import providers
from tests.application.stand_ins import ManualSources
from tests.end_to_end.hearing import settings_below
from tests.guarantees.live_session import Stage

from realtime_mlx_stt.composition.container import Container, release


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("guarantees")
    settings = settings_below(folder, database=None)
    sources = ManualSources([])
    container = Container(settings=settings, sources=providers.Object(sources))
    yield Stage(orchestrator=container.orchestrator(), sources=sources)
    release(container)
