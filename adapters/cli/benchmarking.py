"""Runs a benchmark, shows its progress on stderr, and prints its tables."""

import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from realtime_mlx_stt.adapters.cli.benchmark_wishes import BenchmarkWishes, RunBenchmark
from realtime_mlx_stt.adapters.cli.standard_streams import OutputError
from realtime_mlx_stt.adapters.cli.tables import TerminalConsole, list_console, plain_table
from realtime_mlx_stt.adapters.cli.terminal_text import print_json
from realtime_mlx_stt.application.benchmark import side_by_side
from realtime_mlx_stt.application.benchmark.results import BenchmarkResults, encode_results
from realtime_mlx_stt.application.benchmark.tables import ResultTable, contestant_table, live_table

__all__ = ["measure_and_print", "typed_command"]

_STDOUT: Final = Path("-")

_LINE_SECONDS: Final = 10.0
"""How often a line reports the progress where there is no terminal for a bar."""


def measure_and_print(run_benchmark: RunBenchmark, wishes: BenchmarkWishes, json_path: Path | None) -> int:
    """Measure and print the tables; the numbers go to ``json_path``, or for ``-`` to stdout instead of the tables.

    Returns the exit status.

    Raises:
        RealtimeSttError: something is missing, or a result cannot be written.
    """
    is_piped = json_path == _STDOUT
    if json_path is not None and not is_piped and not json_path.parent.is_dir():
        raise OutputError(f"There is no folder {json_path.parent} to write {json_path.name} into.")
    with _shown_progress(TerminalConsole(stderr=True, highlight=False)) as progress:
        results = run_benchmark(wishes, progress)
    if is_piped:
        print_json(encode_results(results).decode().rstrip("\n"))
        return 0
    if json_path is not None:
        _write(json_path, encode_results(results))
    _print_results(results)
    return 0


def _write(path: Path, document: bytes) -> None:
    try:
        path.write_bytes(document)
    except OSError as error:
        raise OutputError(f"The result cannot be written to {path}: {error.strerror}.") from error


def typed_command(context: click.Context) -> str:
    """The command with the options that were given, so that it can be run again."""
    words = ["stt", "bench"]
    for parameter in context.command.params:
        name = parameter.name or ""
        value = context.params[name]
        if context.get_parameter_source(name) is not click.core.ParameterSource.COMMANDLINE:
            continue
        if isinstance(parameter, click.Option) and parameter.is_flag:
            words.append(parameter.opts[0])
        elif parameter.multiple:
            words += [word for each in value for word in (parameter.opts[0], str(each))]
        else:
            words += [parameter.opts[0], _typed(value)]
    return shlex.join(words)


def _typed(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "0"
    return f"{value:g}" if isinstance(value, float) else str(value)


@contextmanager
def _shown_progress(console: Console) -> Iterator[side_by_side.Progress]:
    """Show a bar on a terminal, and otherwise a line now and then."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Beginning", total=None)

        def show(what: str, done: float, total: float) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield show


class _Lines:
    """Reports the progress in lines."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said_at = float("-inf")

    def __call__(self, what: str, done: float, total: float) -> None:
        now = time.monotonic()
        if now - self._said_at >= _LINE_SECONDS:
            self._said_at = now
            self._console.print(f"{what} ({100 * done / total:.0f} %) …", markup=False)


def _print_results(results: BenchmarkResults) -> None:
    console = list_console()
    about = (
        f"{results.machine}; model {results.model}; clips: {results.clips}, {results.clip_seconds:.0f} s in all."
    )
    for line in (about, *results.notes):
        console.print(line, soft_wrap=True)
    tables = [contestant_table(results.contestants)] if results.contestants else []
    tables += [live_table(results.live)] if results.live else []
    for table in tables:
        console.print()
        _print_table(console, table)


def _print_table(console: Console, table: ResultTable) -> None:
    drawn = plain_table(*table.columns)
    for row in table.rows:
        drawn.add_row(*map(Text, row))
    console.print(drawn)
