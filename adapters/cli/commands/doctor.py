"""``stt doctor``."""

import click

from realtime_mlx_stt.adapters.cli.services import OpenServices

__all__ = ["command"]


@click.command("doctor")
@click.pass_obj
def command(open_services: OpenServices) -> int:
    """Check every part of the installation, and say the one command that mends what is wrong."""
    from realtime_mlx_stt.adapters.cli.diagnosis_report import print_diagnosis

    with open_services(is_ephemeral=True) as services:
        return print_diagnosis(services.checks)
