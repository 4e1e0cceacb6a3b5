"""The server's services are one container's, are closed once, and are made anew by nobody afterwards."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime_mlx_stt.adapters.web.server_config import ServerConfig
from realtime_mlx_stt.application.orchestrator import OrchestratorClosedError
from realtime_mlx_stt.composition.container import Container
from realtime_mlx_stt.composition.server import with_token
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.composition.web_services import ContainerWebServices
from realtime_mlx_stt.domain.errors import InvalidSettingError


@pytest.fixture(name="services")
def of_an_empty_folder(tmp_path: Path) -> Iterator[ContainerWebServices]:
    settings = RuntimeSettings.of_this_machine(os.environ, database=tmp_path / "sessions.db")
    services = ContainerWebServices(Container(settings=settings))
    yield services
    services.close()


def test_all_parts_are_one_containers(services: ContainerWebServices) -> None:
    services.open()
    assert services.orchestrator is services.orchestrator
    assert services.store is services.store
    assert services.bus is services.bus


def test_after_its_end_nothing_is_opened_again(services: ContainerWebServices) -> None:
    services.open()
    services.close()
    services.close()
    with pytest.raises(OrchestratorClosedError):
        _ = services.orchestrator
    with pytest.raises(OrchestratorClosedError):
        _ = services.store


def test_a_token_is_made_up_where_one_is_asked_for_and_none_was_given() -> None:
    made_up = with_token(ServerConfig(auth_enabled=True)).auth_token
    assert made_up is not None
    assert len(made_up) >= 32
    assert with_token(ServerConfig(auth_enabled=True)).auth_token != made_up
    chosen = ServerConfig(auth_enabled=True, auth_token="right-horse-battery")
    assert with_token(chosen) == chosen
    assert with_token(ServerConfig()).auth_token is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "speech.example"])
def test_no_address_that_others_reach_goes_without_a_token(host: str) -> None:
    with pytest.raises(InvalidSettingError, match="--token "):
        with_token(ServerConfig(host=host))
    assert with_token(ServerConfig(host=host, auth_token="right-horse-battery")).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.5", "::1", "localhost", "LOCALHOST"])
def test_what_only_this_machine_reaches_may_go_without(host: str) -> None:
    assert with_token(ServerConfig(host=host)).auth_token is None


def test_the_process_that_forks_has_loaded_neither_native_code_nor_the_application() -> None:
    statement = "import realtime_mlx_stt.composition.server, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", statement],
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "src")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "gunicorn" in loaded
    assert loaded.isdisjoint({"numpy", "mlx", "onnxruntime", "flask", "sqlite3", "av"})
