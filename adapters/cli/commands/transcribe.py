"""``stt transcribe``."""

from pathlib import Path

import click

from realtime_mlx_stt.adapters.cli.options import FORMATS, model_options
from realtime_mlx_stt.adapters.cli.services import OpenServices

__all__ = ["command"]


@click.command("transcribe")
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@model_options
@click.option("--format", "format_name", type=click.Choice(FORMATS), default="txt", show_default=True)
@click.option(
    "--output",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Write here instead of to stdout; with several files, a folder.",
)
@click.pass_obj
def command(
    open_services: OpenServices,
    files: tuple[Path, ...],
    model: str | None,
    language: str | None,
    format_name: str,
    output: Path | None,
) -> int:
    """Write down what is said in sound files, through the same pipeline as live speech."""
    from realtime_mlx_stt.adapters.cli.transcribing import transcribe_files

    if len(files) > 1 and output is None and format_name in ("srt", "vtt"):
        raise click.UsageError(f"Several files cannot share one {format_name}; name a folder with --output.")
    with open_services(is_ephemeral=True) as services:
        return transcribe_files(services, files, model, language, format_name, output)
