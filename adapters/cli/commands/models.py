"""``stt models``."""

import click

from realtime_mlx_stt.adapters.cli.command_groups import CommandGroup
from realtime_mlx_stt.adapters.cli.services import OpenServices

__all__ = ["command"]


@click.group("models", cls=CommandGroup, invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List, fetch and check the models; without a command, list them."""
    if context.invoked_subcommand is None:
        context.invoke(list_models)


@command.command("list")
@click.pass_obj
def list_models(open_services: OpenServices) -> None:
    """List the models known by name, those on this machine first."""
    from realtime_mlx_stt.adapters.cli.model_list import print_models

    with open_services(is_ephemeral=True) as services:
        print_models(services.models)


@command.command("pull")
@click.argument("name")
@click.pass_obj
def pull(open_services: OpenServices, name: str) -> None:
    """Fetch a model, or convert it, so that it is ready when it is needed."""
    from realtime_mlx_stt.adapters.cli.model_list import pull_model

    with open_services(is_ephemeral=True) as services:
        pull_model(services.models, name)


@command.command("verify")
@click.argument("name")
@click.pass_obj
def verify(open_services: OpenServices, name: str) -> None:
    """Check a model's files against their published checksums."""
    from realtime_mlx_stt.adapters.cli.model_list import verify_model

    with open_services(is_ephemeral=True) as services:
        verify_model(services.models, name)
