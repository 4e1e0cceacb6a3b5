"""Reads a log as somebody who may write nothing, and prints each session with its last event: ``… DATABASE``."""

import os
import sys
from pathlib import Path

from realtime_mlx_stt.composition.services import open_container_services
from realtime_mlx_stt.ports.event_store import EventStoreError

NOBODY = 65534

if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
try:
    with open_container_services(Path(sys.argv[1])) as services:
        for summary in services.store.sessions():
            events = len(list(services.store.read(summary.session_id)))
            sys.stdout.write(f"{summary.session_id}: {events}, {summary.last_type}\n")
except EventStoreError as error:
    sys.stdout.write(f"{error.code}\n")
