"""``stt listen``."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from realtime_mlx_stt.adapters.cli.options import database_option, model_options, transcription_wishes
from realtime_mlx_stt.adapters.cli.services import OpenServices
from realtime_mlx_stt.domain.printable_text import printable

__all__ = ["command"]


def _device(_context: click.Context, _option: click.Parameter, value: str | None) -> int | str | None:
    """A microphone by its index or by a part of its name."""
    return int(value) if value is not None and value.isdecimal() else value


def _speed(_context: click.Context, _option: click.Parameter, value: str) -> float | None:
    """A factor of real time, or ``max``, which is None."""
    if value == "max":
        return None
    try:
        speed = float(value)
    except ValueError:
        speed = 0.0
    if not 0.01 <= speed <= 1000.0:
        raise click.BadParameter(f"{value} is neither max nor a factor from 0.01 to 1000.")
    return speed


def _refuse_arguments(arguments: Sequence[str], file: object) -> None:
    """Tell who names a file as other commands take it how this one does."""
    if not arguments:
        return
    hint = (
        f"To hear a file: stt listen --input {shlex.quote(printable(arguments[0]))}"
        if file is None
        else "One file is heard at a time; `stt transcribe` takes several."
    )
    raise click.UsageError(f"Got unexpected extra argument ({printable(' '.join(arguments))}). {hint}")


@click.command("listen", context_settings={"allow_extra_args": True})
@click.option("--input", "file", metavar="FILE", type=click.Path(path_type=Path), help="Hear a sound file instead.")
@click.option(
    "--speed", metavar="N", callback=_speed, default="1", help="How fast to hear the file: 1 is real time, or max."
)
@click.option(
    "--device", metavar="NAME|INDEX", callback=_device, help="The microphone, see `stt devices`; else the default."
)
@click.option("--profile", metavar="P", help="The profile to start from, see `stt profiles`.")
@model_options
@click.option(
    "--smaller-model",
    metavar="M",
    help="A faster one of the engine's, which writes final texts while --model does not keep up; none if left out.",
)
@click.option(
    "--wake-word",
    "wake_words",
    metavar="W",
    multiple=True,
    help="Wait for this word, or that of a model file; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one event a line as JSON.")
@click.option("--record-audio", is_flag=True, help="Keep the audio too, for `stt sessions replay`.")
@database_option
@click.option("--ephemeral", is_flag=True, help="Keep no log on disk.")
@click.pass_context
def command(
    context: click.Context,
    /,
    database: Path | None,
    ephemeral: bool,
    as_json: bool,
    record_audio: bool,
    **wishes: object,
) -> int:
    """Listen to a microphone, or to a file as if it were one, and show the text while it is spoken.

    Ctrl-C stops, finishes the text that is still owed, and tells where the audio went and how long texts took.
    A second Ctrl-C waits for nothing.
    """
    from realtime_mlx_stt.adapters.cli.listening import ListenWishes, checked_config, listen

    _refuse_arguments(context.args, wishes["file"])
    if ephemeral and database is not None:
        raise click.UsageError("--ephemeral keeps no log, so it does not go with --database.")
    if ephemeral and record_audio:
        raise click.UsageError("--ephemeral keeps nothing, so it does not go with --record-audio.")
    if wishes["file"] is not None and wishes["device"] is not None:
        raise click.UsageError("--input hears a file and --device a microphone; give one of them.")
    if wishes["file"] is None and context.get_parameter_source("speed") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--speed is for a file; name one with --input.")
    # Without a log a recording belongs to nothing, whatever the profile says.
    record = False if ephemeral else record_audio or None
    open_services: OpenServices = context.obj
    transcription = transcription_wishes(wishes)
    asked = ListenWishes(transcription=transcription, record_audio=record, **wishes)  # type: ignore[arg-type]  # as declared above
    with open_services(is_ephemeral=True) as rehearsal:  # no database is made for what cannot be heard
        config = checked_config(rehearsal, asked)
    with open_services(database, is_ephemeral=ephemeral) as services:
        return listen(services, config, as_json=as_json)
