"""Programs and files of a user who may do little, whoever runs the tests: root may read and write everything."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

__all__ = ["NOBODY", "become_nobody", "folder_in_sight", "printed_by_nobody"]

NOBODY: Final = 65_534
_ROOT: Final = Path(__file__).parents[1]


def become_nobody() -> None:
    """Let this process be nobody's from here on; a user who is not root stays who he is."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def printed_by_nobody(program: Path, database: Path) -> str:
    """What the program, which is to call ``become_nobody``, prints about the database."""
    run = subprocess.run(
        [sys.executable, str(program), str(database)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(_ROOT / "src"), str(_ROOT)))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


@contextmanager
def folder_in_sight(mode: int) -> Iterator[Path]:
    """A folder that every user can look into, which pytest's own are not; a test may take rights from all in it."""
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        made.chmod(mode)
        yield made
        made.chmod(0o777)
        for each in made.iterdir():
            each.chmod(0o777)
