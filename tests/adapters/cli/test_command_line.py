"""What every command has in common: help that is quick, and errors that are one clear sentence."""

import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import click
import pytest
from tests.adapters.cli.command_rig import CommandRig
from tests.adapters.cli.conftest import RunCommand

from realtime_mlx_stt.adapters.cli.command_line import COMMANDS, INTERRUPTED, run, stt
from realtime_mlx_stt.ports.audio_source import AudioSourceError

HEAVY = ("numpy", "rich", "mlx", "mlx_whisper", "onnxruntime", "sounddevice", "msgspec", "dependency_injector")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_of_help_is_the_command_s_own_purpose(name: str) -> None:
    context = click.Context(stt)
    command = stt.get_command(context, name)
    assert command is not None
    assert command.name == name
    assert command.help


def test_help_lists_every_command(stt: RunCommand, capsys: pytest.CaptureFixture[str]) -> None:
    assert stt("--help") == 0
    shown = capsys.readouterr().out
    assert all(f"  {name}" in shown for name in COMMANDS)


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """In a fresh interpreter, since others have imported everything here."""
    program = (
        "import sys\n"
        "from realtime_mlx_stt.adapters.cli.command_line import run\n"
        f"status = run({arguments!r}, None)\n"
        f"found = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "sys.exit(status or ', '.join(found) or None)\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["dance"], "No such command 'dance'. There are: listen, transcribe"),
        (["lisen"], "No such command 'lisen'. Did you mean listen?"),
        (["sessions", "lst"], "No such command 'lst'. Did you mean list?"),
        (["models", "pul", "tiny.en"], "No such command 'pul'. Did you mean pull?"),
        (["profiles", "sav", "mine"], "No such command 'sav'. Did you mean save?"),
        (["--debg", "devices"], "No such option"),
        (["listen", "--speed", "fast"], "neither max nor a factor"),
        (["listen", "--speed", "0"], "neither max nor a factor"),
        (["listen", "--ephemeral", "--database", "log.db"], "does not go with --database"),
        (["listen", "--ephemeral", "--record-audio"], "does not go with --record-audio"),
        (["listen", "--speed", "2"], "--speed is for a file"),
        (["listen", "--speed", "1"], "--speed is for a file"),
        (["listen", "--input", "a.wav", "--device", "1"], "give one of them"),
        (["transcribe"], "Missing argument"),
        (["transcribe", "a.wav", "b.wav", "--format", "srt"], "name a folder with --output"),
        (["transcribe", "a.wav", "--format", "docx"], "'docx' is not one of"),
    ],
)
def test_a_wrong_command_line_is_explained(
    stt: RunCommand, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert stt(*arguments) == 2
    printed = capsys.readouterr()
    assert complaint in printed.err
    assert printed.out == ""


def test_an_error_is_one_sentence_with_its_code(
    rig: CommandRig, stt: RunCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    rig.devices.failure = AudioSourceError("The sound system does not answer; start it.")
    assert stt("devices") == 1
    assert capsys.readouterr().err == "Error [audio-source]: The sound system does not answer; start it.\n"


def test_a_defect_is_called_one_and_shows_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["devices"], _defective) == 1
    error = capsys.readouterr().err
    assert error.startswith("Error [defect]: ZeroDivisionError: division by zero\n")
    assert "stt --debug" in error
    assert "Traceback" not in error


def test_ctrl_c_that_a_native_module_makes_an_error_of_is_still_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(database: Path | None = None, *, is_ephemeral: bool = False) -> NoReturn:
        failed_import = ImportError("initialization failed")
        failed_import.__cause__ = KeyboardInterrupt()
        raise AudioSourceError("It cannot be loaded.") from failed_import

    assert run(["devices"], interrupted) == INTERRUPTED
    assert capsys.readouterr().err == "Interrupted.\n"


def test_debugging_lets_a_defect_through() -> None:
    with pytest.raises(ZeroDivisionError):
        run(["--debug", "devices"], _defective)


def test_a_file_may_be_called_as_the_option_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["transcribe", "--", "--debug"], _defective) == 1
    assert "Error [defect]" in capsys.readouterr().err


def _defective(database: Path | None = None, *, is_ephemeral: bool = False) -> NoReturn:
    raise ZeroDivisionError("division by zero")
