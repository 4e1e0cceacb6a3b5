"""A program may end as soon as the thread that used MLX was joined."""

import subprocess
import sys
from typing import Final

from tests.architecture.source_tree import ROOT

PROGRAMS: Final = 8
"""Without the release about three of four are aborted."""

PROGRAM: Final = """
import threading
import mlx.core as mx
from realtime_mlx_stt.adapters.speech_to_text.runtime.stream_release import release_streams_at_thread_end

def use_mlx():
    release_streams_at_thread_end()
    release_streams_at_thread_end()
    numbers = mx.ones((200, 200))
    mx.eval(numbers @ numbers)

thread = threading.Thread(target=use_mlx)
thread.start()
thread.join()
"""


def test_programs_that_end_right_after_the_thread_are_not_aborted() -> None:
    for _ in range(PROGRAMS):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")
