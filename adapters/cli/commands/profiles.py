"""``stt profiles``."""

from pathlib import Path

import click

from realtime_mlx_stt.adapters.cli.command_groups import CommandGroup
from realtime_mlx_stt.adapters.cli.services import OpenServices
from realtime_mlx_stt.adapters.cli.terminal_text import say

__all__ = ["command"]


@click.group("profiles", cls=CommandGroup, invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List, show, save and delete profiles; without a command, list them."""
    if context.invoked_subcommand is None:
        context.invoke(list_profiles)


@command.command("list")
@click.pass_obj
def list_profiles(open_services: OpenServices) -> None:
    """List the built-in profiles and your own."""
    from realtime_mlx_stt.adapters.cli.profile_commands import print_profiles

    with open_services(is_ephemeral=True) as services:
        print_profiles(services.orchestrator.profiles)


@command.command("show")
@click.argument("name")
@click.pass_obj
def show(open_services: OpenServices, name: str) -> None:
    """Print a profile as JSON."""
    from realtime_mlx_stt.adapters.cli.profile_commands import print_profile

    with open_services(is_ephemeral=True) as services:
        print_profile(services.orchestrator.profiles, name)


@command.command("save")
@click.argument("name")
@click.option("--base", metavar="P", default="vad-triggered", show_default=True, help="The profile to start from.")
@click.option(
    "--file", metavar="FILE", type=click.Path(path_type=Path), help="Start from this JSON file instead; - is stdin."
)
@click.option(
    "--set", "changes", metavar="KEY=VALUE", multiple=True, help="Change a setting, such as vad.sensitivity=0.8."
)
@click.pass_obj
def save(open_services: OpenServices, name: str, base: str, file: Path | None, changes: tuple[str, ...]) -> None:
    """Save a profile of your own, if it is valid as a whole.

    For instance: stt profiles save dictation --set transcription.language=en --set vad.min_silence_duration=1.2
    """
    from realtime_mlx_stt.adapters.cli.profile_commands import save_profile

    with open_services(is_ephemeral=True) as services:
        save_profile(services.orchestrator.profiles, name, base=base, file=file, changes=changes)


@command.command("delete")
@click.argument("name")
@click.pass_obj
def delete(open_services: OpenServices, name: str) -> None:
    """Delete a profile of your own."""
    with open_services(is_ephemeral=True) as services:
        services.orchestrator.profiles.delete(name)
    say(f"Deleted {name}.")
