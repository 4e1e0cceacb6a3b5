"""``stt serve`` hands over exactly the options that were given, and refuses those that contradict each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.adapters.cli.command_rig import CommandRig

from realtime_mlx_stt.adapters.cli.command_line import run
from realtime_mlx_stt.adapters.cli.server_wishes import ServerWishes


@dataclass
class Served(CommandRig):
    """Keeps what the server was wished to be."""

    wishes: list[ServerWishes] = field(default_factory=list)

    def __call__(self, database: Path | None = None, *, is_ephemeral: bool = False) -> object:
        raise AssertionError("the command opens no services")

    def run_server(self, wishes: ServerWishes) -> int:
        self.wishes.append(wishes)
        return 3


def wished(*arguments: str) -> ServerWishes:
    served = Served()
    assert run(["serve", *arguments], served) == 3  # type: ignore[arg-type]  # it is never called
    return served.wishes[0]


def test_without_options_everything_is_left_to_the_environment_the_file_and_the_defaults() -> None:
    assert wished() == ServerWishes(explicit={})


def test_every_option_is_handed_over() -> None:
    arguments: Sequence[str] = (
        *("--host", "::1", "--port", "0", "--profile", "p", "--token", "right-horse-battery"),
        *("--cors-origin", "null", "--cors-origin", "http://localhost:3000", "--allowed-host", "speech.example"),
        *("--config", "server.json", "--no-browser", "--access-log", "--database", "here.db"),
    )
    assert wished(*arguments) == ServerWishes(
        explicit={
            "host": "::1",
            "port": 0,
            "default_profile": "p",
            "auth_token": "right-horse-battery",
            "cors_origins": ("null", "http://localhost:3000"),
            "allowed_hosts": ("speech.example",),
        },
        config_file=Path("server.json"),
        database=Path("here.db"),
        opens_browser=False,
        logs_access=True,
    )


@pytest.mark.parametrize("arguments", [["--ephemeral", "--database", "x.db"], ["--port", "70000"], ["extra"]])
def test_what_cannot_be_meant_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", *arguments], Served()) == 2  # type: ignore[arg-type]  # it is never called
    assert "Error:" in capsys.readouterr().err
