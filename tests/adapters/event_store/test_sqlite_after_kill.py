"""What ``append`` returned survives ``kill -9`` at any instant, and no append is ever stored in part."""

import os
import subprocess
import sys
from pathlib import Path

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import SpeechStarted
from realtime_mlx_stt.domain.identifiers import SessionId

SESSION = SessionId("killed")
PROGRAM = Path(__file__).with_name("writing_program.py")
SOURCES = Path(__file__).parents[3] / "src"
DATABASES = 40
ROUNDS = 4


def test_every_stored_event_is_there_after_every_kill(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path), str(DATABASES), str(ROUNDS)],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    printed = dict(line.split() for line in run.stdout.splitlines())
    assert len(printed) == DATABASES
    for number in range(DATABASES):
        store = SqliteEventStore(tmp_path / f"{number}.db")
        log = tuple(store.read(SESSION))
        assert [stored.seq for stored in log] == list(range(1, len(log) + 1))
        assert len(log) >= int(printed[f"{number}.db"])
        assert whole_appends([stored.event for stored in log]) == len(log)
        assert store.append(SESSION, len(log), [log[0].event], 2.0)
        store.close()


def whole_appends(events: list[object]) -> int:
    """How many of the events, from the first on, are in appends that are whole."""
    place = 0
    while place < len(events):
        first = events[place]
        assert isinstance(first, SpeechStarted)
        size = first.detected_at_sample
        expected = [
            SpeechStarted(utterance_id=first.utterance_id, start_sample=part, detected_at_sample=size)
            for part in range(size)
        ]
        if events[place : place + size] != expected:
            break
        place += size
    return place
