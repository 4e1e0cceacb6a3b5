"""Uses a database as somebody who may not do everything, and prints how it went: ``… DATABASE``."""

import sys
from pathlib import Path

from tests.unprivileged import become_nobody

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import ListeningPaused
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import EventStoreError

become_nobody()
step = "open"
try:
    store = SqliteEventStore(Path(sys.argv[1]))
    step = "read"
    count = len(list(store.read_all()))
    step = "append"
    store.append(SessionId("other"), 0, (ListeningPaused(at_sample=0),), 1.0)
    sys.stdout.write(f"{count} read and one appended\n")
except EventStoreError as error:
    sys.stdout.write(f"{step}: {error.code}: {error}\n")
