"""Looks for the system's default microphone in another process, unhindered by the streams of this one.

PortAudio knows the default at the moment at which it was initialised, and cannot be initialised again while a
stream is open. A process of its own, which lives for a tenth of a second, sees the present one.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

__all__ = ["OutsideLook"]

_PROGRAM: Final = """
import sys
sys.path.append(sys.argv[1])
import sounddevice
print(sounddevice.query_devices(kind="input")["name"], end="")
"""


class OutsideLook:
    """A ``DefaultLook`` that asks the sounddevice in ``folder``. One thread.

    It never knows anything where no Python can be started: in a program that was frozen into one file, for
    instance, ``sys.executable`` is that program.
    """

    def __init__(self, folder: Path, executable: str | None = sys.executable) -> None:
        self._name: str | None = None
        self._process = _started(executable, folder) if executable and _is_python(executable) else None

    @property
    def name(self) -> str | None:
        """The default's name; None while it is not known yet, and for good where there is none."""
        process = self._process
        if self._name is None and process is not None and process.poll() == 0 and process.stdout is not None:
            self._name = process.stdout.read().decode(errors="replace") or None
        return self._name

    def close(self) -> None:
        """Stop looking. Idempotent."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None


def _is_python(executable: str) -> bool:
    return Path(executable).name.lower().startswith("python")


def _started(executable: str, folder: Path) -> "subprocess.Popen[bytes] | None":
    try:
        return subprocess.Popen(  # noqa: S603 - this Python and the program above
            [executable, "-I", "-X", "utf8", "-c", _PROGRAM, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            close_fds=False,  # so that macOS spawns it: to fork a process that uses the GPU is slow, and unsafe
        )
    except OSError:
        return None
