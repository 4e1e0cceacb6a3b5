"""A process that a program forks opens the package anew, and leaves its parent's sessions alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.architecture.source_tree import ROOT

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore

PROGRAM: Final = """
import json, os, sys, threading, warnings
from dependency_injector import providers
warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of a fork beside threads
from realtime_mlx_stt import ModelConfig, TranscriptionSession
from realtime_mlx_stt.adapters.python_api.process_services import services
from tests.end_to_end.scripted_microphone import ScriptedMicrophones
from tests.fakes.speech_to_text import ScriptedEngines

def started():
    container = services()._container
    container.sources.override(providers.Object(ScriptedMicrophones()))
    container.engines.override(providers.Object(ScriptedEngines()))
    session = TranscriptionSession(model=ModelConfig(model="tiny.en"))
    return session, session.start()

session, has_started = started()
child = os.fork()
if child == 0:
    if sys.argv[1] == "session":
        of_child, answer = started()
        of_child.stop()
        sys.exit(0 if answer else 1)
    sys.exit(0)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
running = session.is_running()
session.stop()
print(json.dumps([has_started, code, running, [stored.event.type for stored in session.events()][-1]]))
"""


def printed_by(what_the_child_does: str, folder: Path) -> list[object]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, what_the_child_does],
        cwd=folder,
        env={
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            "HOME": str(folder),
            "REALTIME_MLX_STT_DATABASE": str(folder / "sessions.db"),
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answer: list[object] = json.loads(done.stdout)
    return answer


def last_events(folder: Path) -> list[str]:
    """How each session in the log ended."""
    store = SqliteEventStore(folder / "sessions.db")
    try:
        return [summary.last_type for summary in store.sessions()]
    finally:
        store.close()


def test_the_end_of_a_child_that_did_nothing_ends_nothing_of_its_parent(tmp_path: Path) -> None:
    assert printed_by("nothing", tmp_path) == [True, 0, True, "session-stopped"]
    assert last_events(tmp_path) == ["session-stopped"]


def test_a_child_has_sessions_of_its_own(tmp_path: Path) -> None:
    assert printed_by("session", tmp_path) == [True, 0, True, "session-stopped"]
    assert last_events(tmp_path) == ["session-stopped"] * 2
