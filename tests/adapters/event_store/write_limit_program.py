"""Fills a database until the system refuses to write more, then goes on: ``write_limit_program.py DATABASE``.

Prints the last seq that was stored before the limit, the error's code, and the last seq after the limit was lifted.
"""

import resource
import signal
import sys
from pathlib import Path

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import ListeningPaused
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import EventStoreError

SESSION = SessionId("limited")
EVENTS = [ListeningPaused(at_sample=number) for number in range(3)]

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
store = SqliteEventStore(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, most))
seq = 0
code = ""
while not code:
    try:
        seq = store.append(SESSION, seq, EVENTS, 1.0)[-1].seq
    except EventStoreError as error:
        code = error.code
assert [stored.seq for stored in store.read(SESSION)] == list(range(1, seq + 1))
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
after = store.append(SESSION, seq, EVENTS, 2.0)[-1].seq
store.close()
sys.stdout.write(f"{seq} {code} {after}\n")
