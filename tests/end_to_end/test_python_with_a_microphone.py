"""Programs of the package's users hear a real microphone, whatever way they listen, and leave nothing behind."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import platformdirs
from tests.adapters.audio.sound_server import (
    PrivateSoundServer,
    VirtualMicrophone,
    needs_sound_server,
    server_environment,
)
from tests.adapters.speech_to_text.clips import clip
from tests.end_to_end.sound_scenes import plain_words

from realtime_mlx_stt.composition.settings import CACHE_VARIABLE

REPOSITORY = Path(__file__).parents[2]
CLIP = "lj001-0008"
QUICK_SECONDS = 5.0
"""The bound is 2 s, which `make bench` measures; a machine that is busy with something else is granted more."""

SAID = plain_words(clip(CLIP).text)

pytestmark = needs_sound_server()


FORGETFUL = """
import time
from realtime_mlx_stt import ModelConfig, RealtimeSttError, TranscriptionSession

def tell(error):
    if not (isinstance(error, RealtimeSttError) and error.code == "microphone-silent"):
        print("error:", error)

session = TranscriptionSession(
    model=ModelConfig(model="tiny.en"), on_error=tell, on_event=lambda stored: print(stored.event.type)
)
print(session.start())
time.sleep({seconds})
"""


def in_environment(folder: Path) -> dict[str, str]:
    """The environment of a program that hears the server in ``folder``."""
    cache = os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("realtime-mlx-stt")
    served = server_environment(folder)
    return {**os.environ, **served, CACHE_VARIABLE: cache, "PYTHONPATH": f"src{os.pathsep}."}


def seen(scenario: str) -> dict[str, Any]:
    """What the scenario's program saw; it leaves no thread behind."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = REPOSITORY / "tests" / "data" / "speech" / f"{CLIP}.wav"
        program = subprocess.run(
            [sys.executable, "-m", "tests.end_to_end.python_program", scenario, name, str(path)],
            cwd=REPOSITORY,
            env=in_environment(folder),
            capture_output=True,
            text=True,
            timeout=200.0,
            check=False,
        )
    assert program.returncode == 0, program.stderr
    report: dict[str, Any] = json.loads(program.stdout)
    assert report["threads"] == ["MainThread"]
    return report


def test_every_call_of_a_client_hears_what_is_said() -> None:
    report = seen("calls")
    assert [plain_words(text) for text in report["texts"]] == [SAID] * 3
    assert not report["active"]


def test_two_sessions_hear_one_device_at_the_same_time() -> None:
    report = seen("callbacks")
    assert report["answers"] == [True] * 6
    assert report["errors"] == []
    assert [plain_words(" ".join(texts)) for texts in report["texts"].values()] == [SAID] * 2


def test_two_hundred_starts_and_stops_leave_no_thread_file_or_memory_behind() -> None:
    report = seen("restarts")
    assert report["answers"] == [True]
    (threads, files, kilobytes), (threads_later, files_later, kilobytes_later) = report["left"]
    assert (threads_later, files_later) == (threads, files)
    assert kilobytes_later < kilobytes * 1.05


def test_a_stop_waits_for_nobody_in_any_state_and_what_was_being_said_is_written() -> None:
    report = seen("stops")
    assert max(report["seconds"]) < QUICK_SECONDS
    assert plain_words(" ".join(report["texts"]))[:1] == SAID[:1]
    assert report["state"] == "idle"


def test_a_program_that_forgets_to_stop_ends_without_a_word() -> None:
    with tempfile.TemporaryDirectory() as name:
        server = PrivateSoundServer(Path(name), [VirtualMicrophone(name="desk")])
        server.start()
        try:
            for seconds in (0.0, 0.7):
                program = subprocess.run(
                    [sys.executable, "-c", FORGETFUL.format(seconds=seconds)],
                    cwd=REPOSITORY,
                    env=in_environment(Path(name)),
                    capture_output=True,
                    text=True,
                    timeout=60.0,
                    check=False,
                )
                said = {line for line in program.stdout.splitlines() if not line.startswith("service-")}
                assert said == {"True", "session-started", "session-stopping", "session-stopped"}
                assert (program.stderr, program.returncode) == ("", 0)
        finally:
            server.kill()
