"""Writers that are killed: ``writing_program.py FOLDER DATABASES ROUNDS`` starts one after the other.

Each opens one of the databases, goes on with its log in appends of one to three events, and says what was stored
once ``append`` has returned. It is killed with SIGKILL: in the first round some time after its start, while it
makes the database; in the others some time after it has said so many things. What was said is printed.
"""

import os
import select
import signal
import sys
from pathlib import Path

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.domain.events import ServiceDegraded
from realtime_mlx_stt.domain.identifiers import SessionId

SESSION = SessionId("killed")
MANY_PAGES = "x" * 40_000
"""So much that the write-ahead log is carried over into the file every hundred events, and some die in that."""

LINES_A_ROUND = 9
SHORTEST_SECONDS = 0.0002


def write(path: Path, told: int) -> None:
    """Append for ever. An event says which append it belongs to, its place there, and how many there are."""
    store = SqliteEventStore(path)
    seq = sum(1 for _ in store.read(SESSION))
    while True:
        size = seq % 3 + 1
        events = [
            ServiceDegraded(part=f"append {seq + 1}", code=f"{place + 1} of {size}", message=MANY_PAGES)
            for place in range(size)
        ]
        stored = store.append(SESSION, seq, events, 1.0)
        seq = stored[-1].seq
        os.write(told, f"{path.name} {seq}\n".encode())


def kill_a_writer(path: Path, after_lines: int, after_seconds: float) -> None:
    """Start a writer, and kill it so long after it has said so many things."""
    hears, tells = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            write(path, tells)
        finally:
            os._exit(1)
    os.close(tells)
    with os.fdopen(hears) as lines:
        said = [lines.readline() for _ in range(after_lines)]
        select.select([], [], [], after_seconds)
        os.kill(child, signal.SIGKILL)
        said.extend(lines)
    _, status = os.waitpid(child, 0)
    if os.WTERMSIG(status) != signal.SIGKILL:
        sys.exit(f"The writer of {path} ended by itself.")
    sys.stdout.writelines(said)


def main() -> None:
    """Kill all the writers."""
    folder, databases, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for turn in range(rounds):
        for number in range(databases):
            seconds = SHORTEST_SECONDS * (number if turn == 0 else number % 17)
            kill_a_writer(folder / f"{number}.db", turn * LINES_A_ROUND, seconds)


main()
