"""The application as it is wired for its users, with one loaded model, and a sound server with a microphone."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.adapters.audio.sound_server import DESK, PrivateSoundServer
from tests.end_to_end.hearing import Hearing, settings_below

from realtime_mlx_stt.composition.container import Container, release


@pytest.fixture(scope="session")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hearing]:
    folder = tmp_path_factory.mktemp("hearing")
    settings = settings_below(folder, database=folder / "sessions.db")
    container = Container(settings=settings)
    yield Hearing(container, folder)
    release(container)


@pytest.fixture
def sound_folder() -> Iterator[Path]:
    """A home with a path that is short enough for a socket."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def sound_server(sound_folder: Path) -> Iterator[PrivateSoundServer]:
    made = PrivateSoundServer(sound_folder, (DESK,))
    made.start()
    yield made
    made.kill()
