"""Options and kinds of argument that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from realtime_mlx_stt.domain.settings import MOST_BEAMS

__all__ = [
    "FORMATS",
    "database_option",
    "given",
    "model_choice_options",
    "model_options",
    "transcription_wishes",
]

FORMATS: Final = ("txt", "json", "srt", "vtt")

_MODEL_OPTIONS: Final = (
    "engine",
    "model",
    "language",
    "prompt",
    "glossary",
    "carry_context",
    "beam_size",
    "smaller_model",
)

_Command = TypeVar("_Command", bound=Callable[..., Any])


def database_option(command: _Command) -> _Command:
    """``--database``: another log than the user's own."""
    return click.option(
        "--database",
        metavar="PATH",
        type=click.Path(path_type=Path),
        help="Keep the log in this SQLite file instead of your own.",
    )(command)


def _terms(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> list[str] | None:
    """The names of a glossary, which may be given one by one or with commas between; None for none."""
    terms = [term.strip() for value in values for term in value.split(",")]
    return [term for term in terms if term] or None


def model_choice_options(command: _Command) -> _Command:
    """``--engine``, ``--model`` and ``--language``: which model writes."""
    for option in (
        click.option("--language", metavar="L", help="The language spoken, such as en; detected when left out."),
        click.option("--model", metavar="M", help="Which of the engine's, see `stt models`; or a folder with one."),
        click.option("--engine", metavar="E", help="mlx_whisper, here; or openai, which is sent what is said."),
    ):
        command = option(command)
    return command


def model_options(command: _Command) -> _Command:
    """Those of ``model_choice_options``, and what the model is told besides."""
    for option in (
        click.option(
            "--smaller-model", metavar="M", help="Writes while the model does not keep up with what is said."
        ),
        click.option(
            "--beam-size",
            metavar="N",
            type=click.IntRange(1, MOST_BEAMS),
            help="How many texts are followed side by side: 1, the fastest, if left out.",
        ),
        click.option(
            "--carry-context",
            "carry_context",
            is_flag=True,
            default=None,
            help="Show the model the last texts too.",
        ),
        click.option(
            "--glossary",
            metavar="NAME",
            multiple=True,
            callback=_terms,
            help="A name that may be said, spelled as it is to be written; may be repeated, or use commas.",
        ),
        click.option(
            "--prompt", metavar="TEXT", help="What is said may follow this text: it shows style and spelling."
        ),
    ):
        command = option(command)
    return model_choice_options(command)


def transcription_wishes(options: dict[str, object]) -> dict[str, object]:
    """Take what the options of ``model_options`` say out of ``options``, in a profile's words."""
    return given(**{name: options.pop(name) for name in _MODEL_OPTIONS})


def given(**options: object) -> dict[str, object]:
    """Those options that were given, for a profile's overrides: None leaves the profile as it is."""
    return {name: value for name, value in options.items() if value is not None}
