"""Times append and publish: 10 000 events in the small batches a session makes, into SQLite and in memory.

``python -m benchmarks.event_store [--json PATH]``
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, figure_table, figures_as_json

from realtime_mlx_stt.adapters.event_bus.blinker_bus import BlinkerEventBus
from realtime_mlx_stt.adapters.event_store.in_memory import InMemoryEventStore
from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import HypothesisRevised, SessionEvent
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.ports.event_store import EventStore, StoredEvent

__all__ = ["main", "measure"]

_SESSION: Final = SessionId("benchmark")
_EVENTS: Final = 10_000
_BATCHES: Final = (1, 2, 3)
"""Events in one append: as many as one window of audio causes."""

_RUNS: Final = 5


def measure() -> list[Figure]:
    """Medians of several runs, each into a new store."""
    return [
        Figure(
            name="append and publish, in memory",
            value=statistics.median(_events_per_second(InMemoryEventStore()) for _ in range(_RUNS)),
            unit="events/s",
            aim="≥ 20 000",
        ),
        Figure(
            name="append and publish, SQLite",
            value=statistics.median(_sqlite_events_per_second() for _ in range(_RUNS)),
            unit="events/s",
            aim="≥ 5 000",
        ),
        Figure(name="read a session of 10 000 events, SQLite", value=_reading_milliseconds(), unit="ms"),
    ]


def main(arguments: Sequence[str] | None = None) -> list[Figure]:
    """Print the figures as a table, write them to ``--json`` if that is given, and return them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.event_store", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures there as well")
    json_path: Path | None = parser.parse_args(arguments).json
    figures = measure()
    print(figure_table(figures))
    if json_path is not None:
        json_path.write_text(json.dumps(figures_as_json(figures), indent=2, ensure_ascii=False) + "\n")
    return figures


def _events_per_second(store: EventStore) -> float:
    return _EVENTS / _seconds(lambda: _fill(store))


def _sqlite_events_per_second() -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteEventStore(Path(folder) / "sessions.db")
        try:
            return _events_per_second(store)
        finally:
            store.close()


def _reading_milliseconds() -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteEventStore(Path(folder) / "sessions.db")
        try:
            _fill(store)
            runs = (_seconds(lambda: list(store.read(_SESSION))) for _ in range(_RUNS))
            return statistics.median(runs) * 1000
        finally:
            store.close()


def _fill(store: EventStore) -> None:
    """Append the events and publish them to one subscriber."""
    bus = BlinkerEventBus()
    heard: list[StoredEvent] = []
    bus.subscribe(heard.append)
    while len(heard) < _EVENTS:
        size = min(_BATCHES[len(heard) % len(_BATCHES)], _EVENTS - len(heard))
        batch = [_event(len(heard) + number) for number in range(size)]
        bus.publish(store.append(_SESSION, len(heard), batch, time.time()))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _event(number: int) -> SessionEvent:
    return HypothesisRevised(
        utterance_id=UtteranceId(1),
        revision=number + 1,
        stable_text="and so my fellow Americans ask not what",
        unstable_text="your country can do",
        heard_until_sample=512 * number,
    )


if __name__ == "__main__":
    main()
