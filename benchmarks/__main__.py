"""Runs every benchmark but ``benchmarks.performance``, and writes ``benchmarks/results.json`` and ``results.md``.

That one, of speed and live speech, takes ten minutes and writes a document of its own.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks import event_store, pipeline_overhead, python_api, server, start_up, texts_together
from benchmarks.figures import Figure, figure_table, figures_as_json

from realtime_mlx_stt.adapters.benchmark.machine import describe_machine

_FOLDER: Final = Path(__file__).parent
_BENCHMARKS: Final[Sequence[tuple[str, Callable[[], list[Figure]]]]] = (
    ("Start", start_up.measure),
    ("Overhead", pipeline_overhead.measure),
    ("Texts together", texts_together.measure),
    ("Event store", event_store.measure),
    ("Python API", python_api.measure),
    ("Server", server.measure),
)


def main() -> None:
    """Measure, print and write."""
    machine = describe_machine()
    results: dict[str, list[Figure]] = {}
    sections = [f"# Measured by `make bench`\n\n{machine}. One run on one machine; compare ratios, not seconds."]
    for name, measure in _BENCHMARKS:
        print(f"{name} …", flush=True)
        results[name] = measure()
        table = figure_table(results[name])
        print(f"{table}\n", flush=True)
        sections.append(f"## {name}\n\n{table}")
    document = {"machine": machine, "figures": {name: figures_as_json(each) for name, each in results.items()}}
    (_FOLDER / "results.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    (_FOLDER / "results.md").write_text("\n\n".join(sections) + "\n")


if __name__ == "__main__":
    main()
