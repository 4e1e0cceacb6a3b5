"""``stt sessions``."""

import sys
from pathlib import Path

import click

from realtime_mlx_stt.adapters.cli.command_groups import CommandGroup
from realtime_mlx_stt.adapters.cli.options import FORMATS, database_option, model_choice_options
from realtime_mlx_stt.adapters.cli.services import OpenServices

__all__ = ["command"]


@click.group("sessions", cls=CommandGroup, invoke_without_command=True)
@database_option
@click.pass_context
def command(context: click.Context, database: Path | None) -> None:
    """List, show, export and replay sessions, write them again or delete them; without a command, list them.

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
    """Show who wrote and what it was told, what was said, what was rejected and why, and where the audio went."""
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


@command.command("delete")
@click.argument("sessions", metavar="ID…", nargs=-1, required=True)
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask whether you are sure.")
@database_option
@click.pass_obj
def delete(open_services: OpenServices, sessions: tuple[str, ...], is_sure: bool, database: Path | None) -> int:
    """Delete sessions for good: what was said in them, and their recordings."""
    from realtime_mlx_stt.adapters.cli.session_changes import delete_sessions

    if not (is_sure or sys.stdin.isatty()):
        raise click.UsageError("Nobody can be asked whether to delete here; say --yes.")
    with open_services(database) as services:
        return delete_sessions(services, sessions, is_sure=is_sure)


@command.command("transcribe-again")
@click.argument("session", metavar="ID")
@click.option("--utterance", "utterances", metavar="N", type=int, multiple=True, help="Only this; may be repeated.")
@model_choice_options
@database_option
@click.pass_obj
def transcribe_again(
    open_services: OpenServices,
    /,
    session: str,
    utterances: tuple[int, ...],
    database: Path | None,
    **wanted: str | None,
) -> None:
    """Have a recorded session written once more, by another model.

    The new texts are what is shown and exported from then on; the old ones stay in the log. What was rejected as no
    speech is only written again where it is named with --utterance, by its number as `stt sessions show` gives it.
    """
    from realtime_mlx_stt.adapters.cli.session_changes import write_again

    model = wanted.pop("model")
    if model is None:
        raise click.UsageError("Name the model that is to write with --model; `stt models` lists them.")
    with open_services(database) as services:
        write_again(services, session, utterances, model=model, **wanted)
