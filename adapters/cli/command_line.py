"""Runs the command ``stt``: it lists the commands, and turns every error into one clear sentence."""

import importlib
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import click

from realtime_mlx_stt.adapters.cli.command_groups import CommandGroup
from realtime_mlx_stt.adapters.cli.services import OpenServices
from realtime_mlx_stt.adapters.cli.standard_streams import forget_stdout, output_error
from realtime_mlx_stt.adapters.cli.terminal_text import log_to_stderr, say
from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["COMMANDS", "INTERRUPTED", "run", "stt"]

COMMANDS: Final[Mapping[str, str]] = {
    "listen": "Listen to a microphone or a file, and show the text live.",
    "transcribe": "Write down what is said in files, as fast as it goes.",
    "serve": "Serve the page, the REST API and WebSockets.",
    "devices": "List the microphones.",
    "models": "List, fetch and check the models.",
    "profiles": "List, show, save and delete profiles.",
    "sessions": "List, show, export, replay and delete sessions.",
    "bench": "Measure speed, word errors and live waits, also beside other programs.",
    "doctor": "Check the installation, and say how to mend it.",
}
"""Every command with its one line of help: they are imported only when they are used, so that help is quick."""

_FAILED: Final = 1
INTERRUPTED: Final = 130
"""What shells report of a program that Ctrl-C ended."""


class _LazyGroup(CommandGroup):
    """Finds each command in the module of its name, and reports its errors in one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"realtime_mlx_stt.adapters.cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except OSError as error:  # help is printed here
            _complain(error)
            ctx.exit(_FAILED)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            if _is_interruption(error):
                raise click.Abort from error
            if ctx.params["debug"] and not isinstance(error, BrokenPipeError):
                raise
            _complain(error)
        return _FAILED


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Log to stderr, and show where an error came from.")
@click.version_option(package_name="realtime-mlx-stt", prog_name="stt")
def stt(debug: bool) -> None:
    """Speech to text in real time, on this machine alone."""
    root = logging.getLogger()
    if debug:
        log_to_stderr(logging.DEBUG)
    elif not root.handlers:
        # What goes wrong is an event or an error of the command; without a handler Python would print it as well.
        root.addHandler(logging.NullHandler())


def run(arguments: Sequence[str], open_services: OpenServices) -> int:
    """Run one command line; returns the exit status. Under ``--debug`` what a command raises is raised as it is."""
    try:
        status = stt.main(list(arguments), prog_name="stt", obj=open_services, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        say("Interrupted.", err=True)
        return INTERRUPTED
    except SystemExit:  # so click and rich end when nobody reads what they print
        forget_stdout()
        return _FAILED
    return status if isinstance(status, int) else 0


def _is_interruption(error: BaseException | None) -> bool:
    """Whether the error comes from Ctrl-C: native modules turn it into an ImportError while they are imported."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _complain(error: Exception) -> None:
    if isinstance(error, BrokenPipeError):  # nobody reads on, which nobody needs to be told
        forget_stdout()
        return
    failure = output_error(error)
    if failure is not None:
        forget_stdout()
    with suppress(OSError):  # where stderr cannot be written either, the exit status says enough
        say(_sentence(failure or error), err=True)


def _sentence(error: Exception) -> str:
    if isinstance(error, RealtimeSttError):
        return f"Error [{error.code}]: {error}"
    return (
        f"Error [defect]: {type(error).__name__}: {error}\n"
        "This is a defect of stt itself; `stt --debug` before the command shows where."
    )
