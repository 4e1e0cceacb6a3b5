"""``stt serve``."""

from pathlib import Path

import click

from realtime_mlx_stt.adapters.cli.options import database_option, given
from realtime_mlx_stt.adapters.cli.server_wishes import RunServer, ServerWishes

__all__ = ["command"]


@click.command("serve")
@click.option("--host", metavar="H", help="The address to listen on: 127.0.0.1, this machine alone, if left out.")
@click.option("--port", metavar="N", type=click.IntRange(0, 65_535), help="8000 if left out; 0 takes a free one.")
@click.option(
    "--profile",
    "default_profile",
    metavar="P",
    help="What sessions start from, see below; vad-triggered if left out.",
)
@click.option("--token", "auth_token", metavar="T", help="What clients must know; needed unless on loopback.")
@click.option(
    "--cors-origin",
    "cors_origins",
    metavar="O",
    multiple=True,
    help="Let pages of this origin call, such as http://localhost:3000; may be repeated.",
)
@click.option(
    "--allowed-host",
    "allowed_hosts",
    metavar="H",
    multiple=True,
    help="Answer under this name too, that of a proxy for instance; may be repeated.",
)
@click.option(
    "--config",
    "config_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help='Take what is not given from {"server": {…}} in this JSON file; STT_SERVER_… variables come before it.',
)
@click.option("--no-browser", is_flag=True, help="Do not open the page.")
@click.option("--access-log", is_flag=True, help="Print a line for each request.")
@database_option
@click.option("--ephemeral", is_flag=True, help="Keep no log on disk.")
@click.pass_context
def command(
    context: click.Context,
    /,
    config_file: Path | None,
    no_browser: bool,
    access_log: bool,
    database: Path | None,
    ephemeral: bool,
    **options: object,
) -> int:
    """Serve the page, the REST API and WebSockets to this machine, or with --host and --token to others.

    Ctrl-C tells every client, stops their sessions, and ends the server within 5 s.

    The settings that sessions start from, a glossary or a model for instance, are those of a profile; clients may
    ask for others.

    \b
    stt profiles save names --set 'transcription.glossary=["Aoife", "Dashwood"]'
    stt serve --profile names
    """  # noqa: D301 - Click must see the backspace
    if ephemeral and database is not None:
        raise click.UsageError("--ephemeral keeps no log, so it does not go with --database.")
    run_server: RunServer = context.obj.run_server
    return run_server(
        ServerWishes(
            explicit=given(**{name: value for name, value in options.items() if value != ()}),
            config_file=config_file,
            database=database,
            is_ephemeral=ephemeral,
            opens_browser=not no_browser,
            logs_access=access_log,
        )
    )
