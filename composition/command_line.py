"""Runs ``stt``, and imports nothing heavy before a command needs it."""

import os
import signal
import sys
import threading
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from realtime_mlx_stt.adapters.cli.benchmark_wishes import BenchmarkWishes
from realtime_mlx_stt.adapters.cli.command_line import INTERRUPTED, run
from realtime_mlx_stt.adapters.cli.server_wishes import ServerWishes
from realtime_mlx_stt.adapters.cli.services import Services
from realtime_mlx_stt.adapters.cli.standard_streams import prepare_streams

if TYPE_CHECKING:
    from realtime_mlx_stt.application.benchmark.results import BenchmarkResults
    from realtime_mlx_stt.application.benchmark.side_by_side import Progress

__all__ = ["main"]

_WISHES_TO_END: Final = (signal.SIGTERM, signal.SIGHUP)
"""Signals by which the system ends the program, or its closed terminal does: it ends as by Ctrl-C, and leaves
nothing half done.
"""


def main() -> NoReturn:
    """Run the command line that the program was started with, and end the program."""
    prepare_streams()
    for number in _WISHES_TO_END:
        if signal.getsignal(number) is signal.SIG_DFL:  # signals that it was started to ignore stay ignored
            signal.signal(number, signal.default_int_handler)
    try:
        status = run(sys.argv[1:], _Program())
    except KeyboardInterrupt:  # another one, while all was being stopped because of the first
        status = INTERRUPTED
    _leave(status)


def _leave(status: int) -> NoReturn:
    """End the program; if other threads are left, without Python's own shutdown.

    MLX aborts the program when Python shuts down while a thread is inside a model's call. Such a thread is left
    only where nobody waits for it any more; by then what was said is stored and printed.
    """
    for number in (signal.SIGINT, *_WISHES_TO_END):
        signal.signal(number, signal.SIG_IGN)
    if threading.active_count() > 1:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(status)
    sys.exit(status)


class _Program:
    """Gives the commands what they work with; each part is imported when a command needs it."""

    def __call__(
        self, database: Path | None = None, *, is_ephemeral: bool = False
    ) -> AbstractContextManager[Services]:
        """Open the services, as ``OpenServices`` says."""
        from realtime_mlx_stt.composition.services import open_container_services  # noqa: PLC0415 - 0.4 s

        return open_container_services(database, is_ephemeral=is_ephemeral)

    def run_server(self, wishes: ServerWishes) -> int:
        """Run the server, as ``RunServer`` says."""
        from realtime_mlx_stt.composition.server import run_server  # noqa: PLC0415 - Flask is for this command alone

        return run_server(wishes)

    def run_benchmark(self, wishes: BenchmarkWishes, progress: "Progress") -> "BenchmarkResults":
        """Run a benchmark, as ``RunBenchmark`` says."""
        from realtime_mlx_stt.composition.benchmark import run_benchmark  # noqa: PLC0415 - for this command alone

        return run_benchmark(wishes, progress)


if __name__ == "__main__":
    main()
