"""Commands that run over stand-ins."""

from collections.abc import Callable, Iterator

import pytest
from tests.adapters.cli.command_rig import CommandRig

from realtime_mlx_stt.adapters.cli.command_line import run

RunCommand = Callable[..., int]


@pytest.fixture
def rig() -> Iterator[CommandRig]:
    command_rig = CommandRig()
    yield command_rig
    command_rig.orchestrator.close()


@pytest.fixture
def stt(rig: CommandRig) -> RunCommand:
    """Runs a command line; returns its exit status."""

    def run_command(*arguments: str) -> int:
        return run(arguments, rig.open)

    return run_command
