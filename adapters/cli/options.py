"""Defines options and kinds of argument that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from realtime_mlx_stt.application.profiles.keys import glossary_terms
from realtime_mlx_stt.domain.settings import LONGEST_GLOSSARY_BYTES, MOST_BEAMS
from realtime_mlx_stt.domain.transcription import TranscriptionTask

__all__ = [
    "FORMATS",
    "database_option",
    "given",
    "model_choice_options",
    "model_options",
    "transcription_wishes",
]

FORMATS: Final = ("txt", "json", "srt", "vtt")

_TRANSCRIPTION: Final = (
    "engine",
    "model",
    "language",
    "task",
    "prompt",
    "glossary",
    "carry_context",
    "beam_size",
    "smaller_model",
)
"""The options that a profile has in its section ``transcription``, by the same names."""

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
    """The names of a glossary; None when none is given."""
    return glossary_terms(values) if values else None


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
            "--beam-size",
            metavar="N",
            type=click.IntRange(1, MOST_BEAMS),
            help="Follow N texts side by side: slower; 1 if left out.",
        ),
        click.option(
            "--carry-context/--no-carry-context",
            default=None,
            help="Show the model the last texts too, or not; not if left out.",
        ),
        click.option(
            "--glossary",
            metavar="NAME",
            multiple=True,
            callback=_terms,
            help="A name that may be said, spelled as it is to be written; may be repeated, or use commas: "
            f"{LONGEST_GLOSSARY_BYTES} bytes in all.",
        ),
        click.option(
            "--prompt",
            metavar="TEXT",
            help="Taken for what was said before: its style and spelling are followed; of a long one the end.",
        ),
        click.option(
            "--task",
            type=click.Choice([task.value for task in TranscriptionTask]),
            help="Write what is said as it is, or in English by a multilingual model; as it is if left out.",
        ),
    ):
        command = option(command)
    return model_choice_options(command)


def transcription_wishes(options: dict[str, object]) -> dict[str, object]:
    """Take what a profile has in its section ``transcription`` out of ``options``, in its words."""
    return given(**{name: options.pop(name) for name in _TRANSCRIPTION})


def given(**options: object) -> dict[str, object]:
    """Those options that were given, for a profile's overrides: None leaves the profile as it is."""
    return {name: value for name, value in options.items() if value is not None}
