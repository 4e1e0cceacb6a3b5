"""Deletes all sessions of a database, the oldest first, and says so of each: ``deleting_program.py DATABASE``."""

import sys
from pathlib import Path

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore

store = SqliteEventStore(Path(sys.argv[1]))
for summary in store.sessions():
    if store.delete(summary.session_id):
        sys.stdout.write(f"{summary.session_id}\n")
        sys.stdout.flush()
