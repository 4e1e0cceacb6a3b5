"""Writes a report: a document in Markdown, and beside it the JSON and the plots that it shows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from realtime_mlx_stt.adapters.benchmark.plots import draw_clip_times, draw_live_waits
from realtime_mlx_stt.application.benchmark.results import BenchmarkResults, encode_results
from realtime_mlx_stt.application.benchmark.tables import ResultTable, contestant_table, live_table
from realtime_mlx_stt.ports.benchmark import BenchmarkError

__all__ = ["check_report_path", "report_document", "write_report"]

_SIDE_BY_SIDE: Final = """\
Each program hears the same clips in turn, each in a process of its own, so that no two share a library or a thread,
and what else the machine does costs all of them alike. All of them have the same weights, converted where need be,
are greedy, and have the samples in memory: no reading of files is timed. Ours gives word times as well, the others
do not. Of several rounds the median counts for each clip. "As installed" is `mlx_whisper.transcribe` with the BLAS
that MLX's wheel is linked with on Linux, so slow that it hears few of the clips, of all lengths, and once; "with
the fast BLAS" is the same with the OpenBLAS that this package loads before MLX. "Processor s" is the time of all
threads for a clip, the mean. "Times ours" compares the seconds of all clips that a program has heard. `--joins`
has longer clips made of several, with 0.3 s of silence between them."""

_LIVE: Final = """\
Clips with pauses of 1.2 s between them are played in real time into one process, through the pipeline that
`stt listen` uses, with the usual settings. All figures are read from the events' log. Medians, and 95 of 100 in
brackets:

* **first partial**: from the event that speech has begun to the first hypothesis.
* **age of partials**: when a hypothesis was recorded, how long ago the last sound that it was written from was
  played.
* **stable words that the final text has otherwise**: of the words once in the stable prefix of a hypothesis; case
  and punctuation do not count.
* **end of speech to final text**: from the last sound of speech; the silence that ends an utterance is part of it.
* **end-of-speech decision to final text**: from the event that speech has ended.
* **cores for a stream**: processor seconds of the whole process, for a second and a stream.
* **final texts that needed the full window**: unlikely in a short one, and computed anew in 30 s, which takes
  long: what waits behind them may come late too.
* **final texts lost**: utterances without a text that no rule rejected.
* **said to be left out**: what the log says by `service-degraded`.
* **keeps up**: nothing was lost or left out, and 95 of 100 final texts stood within a second of the decision."""


def check_report_path(path: Path) -> None:
    """Check, before anything is measured, that a report can be written there.

    Raises:
        BenchmarkError: its name is none of a Markdown document, or there is no such folder.
    """
    if path.suffix != ".md":
        raise BenchmarkError(f"A report is a Markdown document: give it a name that ends in .md, not {path.name}.")
    if not path.parent.is_dir():
        raise BenchmarkError(f"There is no folder {path.parent} to write the report {path.name} into.")


def write_report(results: BenchmarkResults, path: Path) -> None:
    """Write the document, ``NAME.json``, ``NAME-clips.svg`` and, where it was measured, ``NAME-live.svg``.

    Raises:
        BenchmarkError: a file cannot be written.
    """
    try:
        path.with_suffix(".json").write_bytes(encode_results(results))
        draw_clip_times(results.contestants, path.with_name(f"{path.stem}-clips.svg"))
        if results.live:
            draw_live_waits(results.live, path.with_name(f"{path.stem}-live.svg"))
        path.write_text(report_document(results, path.stem), encoding="utf-8")
    except OSError as error:
        raise BenchmarkError(f"The report {path} cannot be written ({error}).") from error


def report_document(results: BenchmarkResults, stem: str, *, first: Sequence[str] = ()) -> str:
    """The document of these results, beginning with the sections ``first``.

    The names of its plots and its JSON begin with ``stem``.
    """
    sections = [
        "# Performance",
        f"Measured by `{results.command}`, which also wrote this page, [the numbers]({stem}.json) and the plots.",
        _about(results),
        *results.notes,
        *first,
        "## Clip by clip",
        _SIDE_BY_SIDE,
        _markdown(contestant_table(results.contestants)),
        "\n".join(f"* {each.name}: {each.description}" for each in results.contestants),
        f"![Seconds to the text of a clip, by its length]({stem}-clips.svg)",
    ]
    if results.live:
        plot = f"![What speakers wait for, by how many speak at once]({stem}-live.svg)"
        sections += ["## Live", _LIVE, _markdown(live_table(results.live)), plot]
    return "\n\n".join(sections) + "\n"


def _about(results: BenchmarkResults) -> str:
    clips = f"clips: {results.clips}, {results.clip_seconds:.0f} s in all"
    return (
        f"{results.machine}; model {results.model}; {clips}. One run on one machine: compare ratios, not seconds."
    )


def _markdown(table: ResultTable) -> str:
    lines = (table.columns, ("---",) * len(table.columns), *table.rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
