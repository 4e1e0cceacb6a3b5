"""The application as it is wired for its users, with one loaded model for all tests of whole sessions."""

import os
from collections.abc import Iterator

import pytest
from tests.end_to_end.hearing import Hearing

from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.settings import RuntimeSettings


@pytest.fixture(scope="session")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hearing]:
    folder = tmp_path_factory.mktemp("hearing")
    machine = RuntimeSettings.of_this_machine(os.environ)
    settings = RuntimeSettings(
        database=folder / "sessions.db",
        cache_folder=machine.cache_folder,
        profiles_folder=folder / "profiles",
        recordings_folder=folder / "recordings",
    )
    container = Container(settings=settings)
    yield Hearing(container, folder)
    release(container)
