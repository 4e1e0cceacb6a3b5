"""Runs the real command ``stt`` in a process and a home of its own, with the models that the machine has."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import platformdirs

from realtime_mlx_stt.composition.settings import CACHE_VARIABLE

__all__ = ["CLIPS", "TIMEOUT_SECONDS", "Home", "Outcome", "Running", "expect_error"]

CLIPS: Final = Path(__file__).parents[1] / "data" / "speech"
TIMEOUT_SECONDS: Final = 120.0
"""Far longer than any command here takes, even on a busy machine."""

_SOURCES: Final = Path(__file__).parents[2] / "src"
_PROGRAM: Final = (sys.executable, "-m", "realtime_mlx_stt.composition.command_line")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command that is over has printed, and its exit status; that of a killed one is negative."""

    status: int
    output: str
    errors: str


@dataclass
class Running:
    """A command that runs. Its lines are read as they come, so that it never waits for its reader."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._is_at_end = False
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        readers = ((self.process.stdout, self.lines, True), (self.process.stderr, self.complaints, False))
        self._threads = [threading.Thread(target=self._read, args=reader) for reader in readers]
        for thread in self._threads:
            thread.start()

    def wait_for_lines(self, count: int) -> bool:
        """Wait until so many lines are printed; False when the output ends before."""
        return self._wait_until(lambda: len(self.lines) >= count)

    def wait_for(self, text: str, count: int = 1) -> bool:
        """Wait until so many lines with the text are printed; False when the output ends before."""
        return self._wait_until(lambda: sum(text in line for line in self.lines) >= count)

    def wait_for_finals(self, text: str, count: int) -> bool:
        """``wait_for`` with lines that are not of a text that may still change."""
        return self._wait_until(lambda: sum(text in line and "…" not in line for line in self.lines) >= count)

    def send(self, number: int) -> None:
        """Send it a signal, unless it is over."""
        self.process.send_signal(number)

    def finish(self, timeout_seconds: float = TIMEOUT_SECONDS) -> Outcome:
        """Wait until it is over."""
        status = self.process.wait(timeout_seconds)
        for thread in self._threads:
            thread.join(timeout_seconds)
        return Outcome(status=status, output="".join(self.lines), errors="".join(self.complaints))

    def _wait_until(self, holds: Callable[[], bool]) -> bool:
        with self._changed:
            assert self._changed.wait_for(lambda: holds() or self._is_at_end, TIMEOUT_SECONDS)
            return holds()

    def _read(self, stream: IO[str], lines: list[str], is_output: bool) -> None:
        for line in stream:
            with self._changed:
                lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._is_at_end = self._is_at_end or is_output
            self._changed.notify_all()


@dataclass(frozen=True)
class Home:
    """A user's home folder, in which nothing was ever kept but what the test puts there."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the command finds in its environment."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "PYTHON"))}
        return own | {
            "HOME": str(self.folder),
            "PYTHONPATH": str(_SOURCES),
            CACHE_VARIABLE: os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("realtime-mlx-stt"),
        }

    def run(
        self,
        *arguments: str | Path | bytes,
        environment: Mapping[str, str | None] | None = None,
        launcher: Sequence[str] = (),
    ) -> Outcome:
        """Run ``stt`` to its end; a variable with None is taken out of its environment."""
        with self.start(*arguments, environment=environment, launcher=launcher) as running:
            return running.finish()

    @contextmanager
    def start(
        self,
        *arguments: str | Path | bytes,
        environment: Mapping[str, str | None] | None = None,
        launcher: Sequence[str] = (),
    ) -> Iterator[Running]:
        """Run ``stt`` meanwhile; it is killed if it is not over at the end."""
        changed = self.environment | dict(environment or {})
        process = subprocess.Popen(
            [*launcher, *_PROGRAM, *arguments],
            env={name: value for name, value in changed.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="surrogateescape",
        )
        running = Running(process)
        try:
            yield running
        finally:
            process.kill()
            running.finish()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


def expect_error(outcome: Outcome, code: str, *words: str) -> None:
    """It ended with this error and these words, nothing on stdout, and no trace of its inside."""
    assert f"Error [{code}]" in outcome.errors, outcome
    assert "Traceback" not in outcome.errors, outcome
    for word in words:
        assert word in outcome.errors, outcome
    assert (outcome.status, outcome.output) == (1, ""), outcome
