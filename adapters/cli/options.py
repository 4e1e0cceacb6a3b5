"""Options and kinds of argument that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

__all__ = ["FORMATS", "database_option", "given", "model_options"]

FORMATS: Final = ("txt", "json", "srt", "vtt")

_Command = TypeVar("_Command", bound=Callable[..., Any])


def database_option(command: _Command) -> _Command:
    """``--database``: another log than the user's own."""
    return click.option(
        "--database",
        metavar="PATH",
        type=click.Path(path_type=Path),
        help="Keep the log in this SQLite file instead of your own.",
    )(command)


def model_options(command: _Command) -> _Command:
    """``--engine``, ``--model`` and ``--language``."""
    for option in (
        click.option("--language", metavar="L", help="The language spoken, such as en; detected when left out."),
        click.option("--model", metavar="M", help="Which of the engine's, see `stt models`; or a folder with one."),
        click.option("--engine", metavar="E", help="mlx_whisper, here; or openai, which is sent what is said."),
    ):
        command = option(command)
    return command


def given(**options: object) -> dict[str, object]:
    """Those options that were given, for a profile's overrides: None leaves the profile as it is."""
    return {name: value for name, value in options.items() if value is not None}
