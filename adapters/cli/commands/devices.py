"""``stt devices``."""

import click

from realtime_mlx_stt.adapters.cli.services import OpenServices

__all__ = ["command"]


@click.command("devices")
@click.pass_obj
def command(open_services: OpenServices) -> None:
    """List the microphones, with the index and the name that `stt listen --device` takes."""
    from realtime_mlx_stt.adapters.cli.device_list import print_devices

    with open_services(is_ephemeral=True) as services:
        print_devices(services.devices)
