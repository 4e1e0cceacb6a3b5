"""``stt sessions``."""

from pathlib import Path

import click

from realtime_mlx_stt.adapters.cli.command_groups import CommandGroup
from realtime_mlx_stt.adapters.cli.options import FORMATS, database_option
from realtime_mlx_stt.adapters.cli.services import OpenServices

__all__ = ["command"]


@click.group("sessions", cls=CommandGroup, invoke_without_command=True)
@database_option
@click.pass_context
def command(context: click.Context, database: Path | None) -> None:
    """List, show, export and replay sessions; without a command, list them.

    ID is a session's id, the beginning of one, or `last`.
    """
    context.default_map = {name: {"database": database} for name in command.commands}
    if context.invoked_subcommand is None:
        context.invoke(list_sessions, database=database)


@command.command("list")
@database_option
@click.pass_obj
def list_sessions(open_services: OpenServices, database: Path | None) -> None:
    """List the sessions in the log, the newest last."""
    from realtime_mlx_stt.adapters.cli.session_commands import print_sessions

    with open_services(database) as services:
        print_sessions(services)


@command.command("show")
@click.argument("session", metavar="ID")
@database_option
@click.pass_obj
def show(open_services: OpenServices, session: str, database: Path | None) -> None:
    """Show what was said, what was rejected and why, and where the audio went."""
    from realtime_mlx_stt.adapters.cli.session_commands import print_session

    with open_services(database) as services:
        print_session(services, session)


@command.command("export")
@click.argument("session", metavar="ID")
@click.option("--format", "format_name", type=click.Choice((*FORMATS, "events")), default="txt", show_default=True)
@database_option
@click.pass_obj
def export(open_services: OpenServices, session: str, format_name: str, database: Path | None) -> None:
    """Print a session's transcript, or with `events` its log, one JSON envelope a line."""
    from realtime_mlx_stt.adapters.cli.session_commands import export_session

    with open_services(database) as services:
        export_session(services, session, format_name)


@command.command("replay")
@click.argument("session", metavar="ID")
@database_option
@click.pass_obj
def replay(open_services: OpenServices, session: str, database: Path | None) -> int:
    """Fold a session's log again and check it; hear its recording again, if there is one, and compare."""
    from realtime_mlx_stt.adapters.cli.session_replay import replay_session

    with open_services(database) as services, open_services(is_ephemeral=True) as rehearsal:
        return replay_session(services, session, rehearsal.orchestrator)
