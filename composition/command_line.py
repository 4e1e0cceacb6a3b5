"""The entry point of ``stt``; nothing heavy is imported before a command needs it."""

import sys
from contextlib import AbstractContextManager
from pathlib import Path

from realtime_mlx_stt.adapters.cli.command_line import run
from realtime_mlx_stt.adapters.cli.services import Services
from realtime_mlx_stt.adapters.cli.standard_streams import prepare_streams

__all__ = ["main"]


def main() -> None:
    """Run the command line that the program was started with."""
    prepare_streams()
    sys.exit(run(sys.argv[1:], _open_services))


def _open_services(database: Path | None = None, *, is_ephemeral: bool = False) -> AbstractContextManager[Services]:
    from realtime_mlx_stt.composition.services import open_container_services  # noqa: PLC0415 - 0.4 s

    return open_container_services(database, is_ephemeral=is_ephemeral)


if __name__ == "__main__":
    main()
