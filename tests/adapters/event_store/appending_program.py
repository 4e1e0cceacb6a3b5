"""Appends to a session of its own, and with others to one: ``appending_program.py DATABASE NAME COUNT``."""

import sys
from contextlib import suppress
from pathlib import Path

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import ListeningPaused
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import SequenceConflictError

store = SqliteEventStore(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    event = ListeningPaused(at_sample=number)
    store.append(SessionId(sys.argv[2]), number, (event,), 1.0)
    with suppress(SequenceConflictError):
        store.append(SessionId("shared"), number, (event,), 1.0)
store.close()
