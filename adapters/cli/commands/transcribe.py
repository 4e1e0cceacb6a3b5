"""``stt transcribe``."""

from pathlib import Path

import click

from realtime_mlx_stt.adapters.cli.options import FORMATS, given, model_options
from realtime_mlx_stt.adapters.cli.services import OpenServices

__all__ = ["command"]


@click.command("transcribe")
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@model_options
@click.option(
    "--format", "format_name", type=click.Choice(FORMATS), help="By default that of --output's name, or else txt."
)
@click.option(
    "--output",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Write here instead of to stdout; with several files, a folder.",
)
@click.pass_obj
def command(
    open_services: OpenServices,
    /,
    files: tuple[Path, ...],
    format_name: str | None,
    output: Path | None,
    **wanted: object,
) -> int:
    """Write down what is said in sound files, through the same pipeline as live speech."""
    from realtime_mlx_stt.adapters.cli.transcribing import transcribe_files

    if format_name is None:
        ending = output.suffix.removeprefix(".").lower() if output is not None else ""
        format_name = ending if ending in FORMATS else "txt"
    if len(files) > 1 and output is None and format_name in ("srt", "vtt"):
        raise click.UsageError(f"Several files cannot share one {format_name}; name a folder with --output.")
    with open_services(is_ephemeral=True) as services:
        return transcribe_files(services, files, given(**wanted), format_name, output)
