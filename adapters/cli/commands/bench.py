"""``stt bench``."""

from pathlib import Path
from typing import Final

import click

from realtime_mlx_stt.adapters.cli.benchmark_wishes import BenchmarkWishes, RunBenchmark

__all__ = ["command"]


_MOST_STREAMS: Final = 64
"""More speakers than a machine keeps up with; each takes memory for all that it says."""


class _Numbers(click.ParamType[tuple[int, ...]]):
    """Whole numbers with commas between them; 0 alone is none of them."""

    name = "numbers"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """The numbers, all above 0 and none too large."""
        parts = str(value).split(",")
        if parts == ["0"]:
            return ()
        if not all(part.isdecimal() and int(part) > 0 for part in parts):
            self.fail(f"{value!r} is not a list of numbers such as 1,2,4, and not 0 for none.", param, ctx)
        numbers = tuple(int(part) for part in parts)
        if max(numbers) > _MOST_STREAMS:
            self.fail(f"{max(numbers)} is too many at once; {_MOST_STREAMS} is the most.", param, ctx)
        return numbers


@click.command("bench")
@click.option(
    "--input",
    "inputs",
    metavar="PATH",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A sound file or a folder of them, with what is said in x.wav in x.txt beside it; may be repeated.",
)
@click.option("--joins", "with_joins", is_flag=True, help="Measure also with up to four joins of clips, 7 to 28 s.")
@click.option("--model", metavar="M", help="See `stt models`; or a folder with one.")
@click.option("--language", metavar="L", help="The language spoken, such as en; detected when left out.")
@click.option("--peers", "with_peers", is_flag=True, help="Compare with mlx-whisper and faster-whisper.")
@click.option("--rounds", metavar="N", type=click.IntRange(1, 100), default=3, help="Hear each clip N times; 3.")
@click.option(
    "--streams",
    metavar="N,N…",
    type=_Numbers(),
    default="1,2,4,6,8",
    help="Speakers at once; 1,2,4,6,8. 0 leaves them out.",
)
@click.option(
    "--seconds", metavar="S", type=click.FloatRange(1.0, 3_600.0), default=60.0, help="How long they speak; 60."
)
@click.option("--every-clip", is_flag=True, help="Let them speak until together they have said every clip.")
@click.option(
    "--json",
    "json_path",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Write the numbers there; - prints them instead of the tables.",
)
@click.option(
    "--report", metavar="PATH", type=click.Path(path_type=Path), help="Write a document with plots there: NAME.md."
)
@click.pass_context
def command(context: click.Context, /, json_path: Path | None, **options: object) -> int:
    """Measure speed and word errors clip by clip, and what live speakers wait for, in real time.

    Without --input six short clips that come with the package are measured with, of which little can be concluded.
    Your own are of 30 s at most. A folder may have a manifest.json instead of texts beside the sounds:
    {"clips": [{"file": "a.wav", "text": "What is said."}]}. Without texts no word error rate is told. All cores
    should be idle.
    """
    from realtime_mlx_stt.adapters.cli.benchmarking import measure_and_print, typed_command

    run_benchmark: RunBenchmark = context.obj.run_benchmark
    wishes = BenchmarkWishes(command=typed_command(context), **options)  # type: ignore[arg-type]
    return measure_and_print(run_benchmark, wishes, json_path)
