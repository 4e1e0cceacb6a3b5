"""A PulseAudio server of the test's own, whose only microphone hears what is played on its only speaker."""

import os
import shutil
import subprocess
import time
from ctypes.util import find_library
from pathlib import Path

__all__ = ["PrivateSoundServer", "missing_packages"]

_CONFIGURATION = """
load-module module-native-protocol-unix socket={socket} auth-anonymous=1
load-module module-null-sink sink_name=speaker rate=48000 channels=2
load-module module-remap-source source_name=microphone master=speaker.monitor
set-default-sink speaker
set-default-source microphone
"""

_ALSA_CONFIGURATION = """
pcm.!default { type pulse }
ctl.!default { type pulse }
"""

_PACKAGES = {
    "pulseaudio": "pulseaudio",
    "pactl": "pulseaudio-utils",
    "paplay": "pulseaudio-utils",
    "parec": "pulseaudio-utils",
}


def missing_packages() -> set[str]:
    """The Debian packages that a private server needs and this machine lacks."""
    missing = {package for program, package in _PACKAGES.items() if shutil.which(program) is None}
    if find_library("portaudio") is None:
        missing.add("libportaudio2")
    if not any(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        missing.add("libasound2-plugins")
    return missing


class PrivateSoundServer:
    """Lives in ``folder``, which is the home of whoever uses it, with a path short enough for a socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "native"
        self._configuration = folder / "server.pa"
        self._configuration.write_text(_CONFIGURATION.format(socket=self._socket))
        (folder / ".asoundrc").write_text(_ALSA_CONFIGURATION)
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to use this server and no other."""
        return {
            **os.environ,
            "HOME": str(self._folder),
            "XDG_RUNTIME_DIR": str(self._folder),
            "PULSE_SERVER": f"unix:{self._socket}",
        }

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._run(
            "pulseaudio", "-n", "-F", str(self._configuration), "--daemonize=no", "--exit-idle-time=-1",
            "--use-pid-file=no",
        )  # fmt: skip
        deadline = time.monotonic() + 10.0
        while subprocess.run(["pactl", "info"], env=self.environment, capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline, "the sound server does not answer"
        # While somebody wants to hear it at once, the speaker that is none plays in real time, not in 2 s bursts.
        self._run("parec", "--latency-msec=10", "--device=microphone")

    def play(self, path: Path) -> None:
        """Play the file to its end."""
        subprocess.run(["paplay", str(path)], env=self.environment, check=True)

    def kill(self) -> None:
        """End the server as a crash would."""
        for process in self._processes:
            process.kill()
            process.wait(10.0)
        self._processes.clear()

    def _run(self, *command: str) -> None:
        self._processes.append(
            subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
