"""A key for wake words warns once in a process, at the line that gave it, and never again."""

import subprocess
import sys

from tests.architecture.source_tree import ROOT

PROGRAM = """
import warnings
warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as told:
    from realtime_mlx_stt import WakeWordConfig
    for _ in range(3):
        WakeWordConfig(words=[], access_key="secret")  # here
for warning in told:
    print(warning.category.__mro__[1].__name__, warning.filename, warning.lineno)
    print(warning.message)
"""


def test_it_is_told_once_and_where() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    line = PROGRAM[: PROGRAM.index("# here")].count("\n") + 1
    where, sentence = done.stdout.splitlines()
    assert where == f"UserWarning <string> {line}"
    assert sentence.startswith("Wake words are heard on this machine and need no key: ")
