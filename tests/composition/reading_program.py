"""Reads a log as somebody who may write nothing, and prints each session with its last event: ``… DATABASE``."""

import sys
from pathlib import Path

from tests.unprivileged import become_nobody

from realtime_mlx_stt.composition.services import open_container_services
from realtime_mlx_stt.ports.event_store import EventStoreError

become_nobody()
try:
    with open_container_services(Path(sys.argv[1])) as services:
        for summary in services.store.sessions():
            events = len(list(services.store.read(summary.session_id)))
            sys.stdout.write(f"{summary.session_id}: {events}, {summary.last_type}\n")
except EventStoreError as error:
    sys.stdout.write(f"{error.code}\n")
