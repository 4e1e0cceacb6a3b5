"""Runs a contestant in a process of its own."""

import subprocess
import tempfile
from collections.abc import Sequence
from typing import IO, Final

import msgspec
import numpy as np

from realtime_mlx_stt.adapters.benchmark.answering import Answer
from realtime_mlx_stt.ports.audio_requests import AudioSamples
from realtime_mlx_stt.ports.benchmark import ContestantError, TimedText

__all__ = ["ContestantProcess"]

_END_SECONDS: Final = 10.0
_LAST_BYTES: Final = 2_000


class ContestantProcess:
    """A ``Contestant``. The output of its process is kept, to be reported if the process breaks.

    Raises:
        ContestantError: it does not start.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._printed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - this program itself, in another process
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._printed
        )
        try:
            self._description = self._answer().description
        except BaseException:
            self.close()
            raise

    @property
    def description(self) -> str:
        """Which program it is, in which version and with which settings."""
        return self._description

    def transcribe(self, samples: AudioSamples) -> TimedText:
        """The text of the samples, and how long it took.

        Raises:
            ContestantError: it broke.
        """
        assert self._process.stdin is not None
        sound = np.ascontiguousarray(samples, dtype=np.float32).tobytes()
        try:
            self._process.stdin.write(b"%d\n" % samples.size + sound)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._broken() from None
        answer = self._answer()
        return TimedText(text=answer.text, seconds=answer.seconds, processor_seconds=answer.processor_seconds)

    def close(self) -> None:
        """End the process, by force if it does not end by itself. Idempotent."""
        try:
            self._process.communicate(timeout=_END_SECONDS)
        except (subprocess.TimeoutExpired, ValueError):  # ValueError: it was closed before
            self._process.kill()
            self._process.wait()
        self._printed.close()

    def _answer(self) -> Answer:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._broken()
        answer = msgspec.json.decode(line, type=Answer)
        if answer.error:
            raise ContestantError(answer.error)
        return answer

    def _broken(self) -> ContestantError:
        self._process.wait(_END_SECONDS)
        self._printed.seek(0)
        lines = self._printed.read()[-_LAST_BYTES:].decode(errors="replace").strip().splitlines()
        said = lines[-1] if lines else "it said nothing"
        return ContestantError(f"A contestant ended in the middle, with status {self._process.returncode}: {said}")
