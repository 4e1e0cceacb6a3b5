"""``stt doctor``."""

import click

from realtime_mlx_stt.adapters.cli.services import OpenServices

__all__ = ["command"]


@click.command("doctor")
@click.option("--profile", metavar="P", help="Check this profile too, and whether its models are here.")
@click.pass_obj
def command(open_services: OpenServices, /, profile: str | None) -> int:
    """Check every part of the installation, and say the one command that mends what is wrong."""
    from realtime_mlx_stt.adapters.cli.diagnosis_report import print_diagnosis
    from realtime_mlx_stt.application.diagnosis import profile_check

    with open_services(is_ephemeral=True) as services:
        checks = list(services.checks)
        if profile is not None:
            checks.append(profile_check(profile, services.orchestrator.profiles, services.models))
        return print_diagnosis(checks)
