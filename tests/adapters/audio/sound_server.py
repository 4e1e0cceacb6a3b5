"""A PulseAudio server of the test's own, with microphones that hear what is played into them."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = [
    "DESK",
    "PrivateSoundServer",
    "VirtualMicrophone",
    "excuse",
    "needs_sound_server",
    "server_environment",
]

_SOCKET = "native"
_CONFIGURATION = "load-module module-native-protocol-unix socket={socket} auth-anonymous=1\n"

_SERVED = """
pcm.!default { type pulse }
ctl.!default { type pulse }
"""
"""What a user's machine with a sound server has."""

_DEVICE = "pcm.{name} {{ type pulse device {name} }}\n"
_NO_DEVICE = "pcm.broken { type hw card 7 }\n"
"""PortAudio aborts when it can open each device there is."""

_REQUIRING = ("CI", "REQUIRE_SOUND_SERVER")
"""Where one of these is set no test is skipped for want of a package; .ci/run installs them and sets the last."""

_PACKAGES = {
    "pulseaudio": "pulseaudio",
    "pactl": "pulseaudio-utils",
    "paplay": "pulseaudio-utils",
}


def _missing_packages() -> set[str]:
    """The Debian packages that a private server needs and this machine lacks."""
    missing = {package for program, package in _PACKAGES.items() if shutil.which(program) is None}
    if find_library("portaudio") is None:
        missing.add("libportaudio2")
    if not any(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        missing.add("libasound2-plugins")
    return missing


def excuse(platform: str, missing: Collection[str], environment: Mapping[str, str]) -> str | None:
    """Why tests that need the server may be skipped; None when they must run, if only to fail where CI lacks it."""
    if platform != "linux":
        return "PulseAudio and ALSA, of which the microphones are made, are Linux's"
    if not missing or any(environment.get(name) for name in _REQUIRING):
        return None
    return f"no sound server can be started without: {' '.join(sorted(missing))}"


def needs_sound_server() -> pytest.MarkDecorator:
    """The mark of tests that need the server."""
    reason = excuse(sys.platform, _missing_packages(), os.environ)
    return pytest.mark.skipif(reason is not None, reason=reason or "")


def server_environment(folder: Path) -> dict[str, str]:
    """What a program needs to use the server in ``folder`` and no other; its path is short enough for a socket."""
    return {
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "PULSE_SERVER": f"unix:{folder / _SOCKET}",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualMicrophone:
    """A microphone that hears what is played into it, at a rate and with channels of its own."""

    name: str
    rate_hz: int = 48_000
    channels: int = 2


DESK = VirtualMicrophone(name="desk", rate_hz=44_100, channels=1)
"""What stands on a desk: one channel, at a rate that has to be converted."""


class PrivateSoundServer:
    """Lives in ``folder``, which is the home of whoever uses it. Its default is the first microphone."""

    def __init__(self, folder: Path, microphones: Sequence[VirtualMicrophone]) -> None:
        self._folder = folder
        self._microphones = microphones
        self._configuration = folder / "server.pa"
        self._configuration.write_text(_CONFIGURATION.format(socket=folder / _SOCKET))
        (folder / ".asoundrc").write_text(_SERVED)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._modules: dict[str, str] = {}

    @property
    def environment(self) -> dict[str, str]:
        """This program's environment, but with this server."""
        return {**os.environ, **server_environment(self._folder)}

    def start(self) -> None:
        """Start the server, wait until it answers, and plug the microphones in."""
        self._run(
            "pulseaudio", "-n", "-F", str(self._configuration), "--daemonize=no", "--exit-idle-time=-1",
            "--use-pid-file=no",
        )  # fmt: skip
        deadline = time.monotonic() + 60.0
        while subprocess.run(["pactl", "info"], env=self.environment, capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline, "the sound server does not answer"
        for microphone in self._microphones:
            self.plug(microphone)
        self.make_default(self._microphones[0].name)

    def plug(self, microphone: VirtualMicrophone) -> None:
        """Have this microphone, too."""
        name = microphone.name
        form = (f"rate={microphone.rate_hz}", f"channels={microphone.channels}")
        # Without rewinds what is played is heard in steps of 50 ms, with them in steps of 2 s.
        into = ("module-null-sink", f"sink_name=into-{name}", "norewinds=1", *form)
        self._modules[name] = self._control("load-module", *into)
        self._control("load-module", "module-remap-source", f"source_name={name}", f"master=into-{name}.monitor")

    def unplug(self, name: str) -> None:
        """Take the microphone away."""
        self._control("unload-module", self._modules.pop(name))

    def make_default(self, name: str) -> None:
        """Have the server give this microphone to programs that name none."""
        self._control("set-default-source", name)

    def mute(self, name: str, *, is_muted: bool) -> None:
        """Have the server give zeros for the microphone's sound."""
        self._control("set-source-mute", name, str(int(is_muted)))

    def list_devices(self, *names: str) -> str:
        """Have ALSA know these and nothing else, the first being PortAudio's default.

        They are devices of their own, as those of macOS are, for a program in whose environment
        ``ALSA_CONFIG_PATH`` is the path that this returns.
        """
        path = self._folder / "alsa.conf"
        # ALSA reads a file anew that is another one, not one whose modification is less than a second old.
        anew = path.with_suffix(".new")
        anew.write_text("".join(_DEVICE.format(name=name) for name in names) + _NO_DEVICE)
        anew.replace(path)
        return str(path)

    def streams(self) -> str:
        """The streams that are being heard, with their sample formats."""
        return self._control("list", "short", "source-outputs")

    def begin_to_play(self, path: Path, name: str) -> "subprocess.Popen[bytes]":
        """Play the file into a microphone; it has been played when the process is over."""
        return self._run("paplay", "--latency-msec=200", f"--device=into-{name}", str(path))

    def kill(self) -> None:
        """End the server as a crash would."""
        for process in self._processes:
            process.kill()
            process.wait(60.0)
        self._processes.clear()
        self._modules.clear()

    def _control(self, *arguments: str) -> str:
        done = subprocess.run(
            ["pactl", *arguments], env=self.environment, capture_output=True, text=True, check=True, timeout=60.0
        )
        return done.stdout.strip()

    def _run(self, *command: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._processes.append(process)
        return process
