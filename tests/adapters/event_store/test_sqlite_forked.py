"""A process that is forked beside an open database opens it for itself, and loses nothing of what it writes."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.architecture.source_tree import ROOT

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.identifiers import SessionId

PROGRAM: Final = """
import os, sys
from pathlib import Path
from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import ListeningPaused
from realtime_mlx_stt.domain.identifiers import SessionId

def append(store, name, seq):
    store.append(SessionId(name), seq, [ListeningPaused(at_sample=0)], 0.0)

path = Path(sys.argv[1])
of_parent = SqliteEventStore(path)
append(of_parent, "parent", 0)
(child_reads, parent_writes), (parent_reads, child_writes) = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    of_child = SqliteEventStore(path)
    append(of_child, "child", 0)
    os.write(child_writes, b".")
    os.read(child_reads, 1)
    append(of_child, "child", 1)
    os._exit(0)
os.read(parent_reads, 1)
append(of_parent, "parent", 1)
of_parent.close()
os.write(parent_writes, b".")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_what_a_child_writes_is_kept_although_its_parent_closes_the_database(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    command = [sys.executable, "-c", PROGRAM, str(path)]
    subprocess.run(command, env={"PYTHONPATH": str(ROOT / "src")}, check=True, timeout=60)
    store = SqliteEventStore(path)
    seqs = {name: [stored.seq for stored in store.read(SessionId(name))] for name in ("parent", "child")}
    store.close()
    assert seqs == {"parent": [1, 2], "child": [1, 2]}
