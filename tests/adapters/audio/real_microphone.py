"""What happens to real microphones: each scenario is a program, in the environment of a sound server of its own.

``python real_microphone.py SCENARIO FOLDER CLIP`` prints what was seen as JSON. The server lives in FOLDER.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from ctypes import PyDLL
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from tests.adapters.audio.sound_server import PrivateSoundServer, VirtualMicrophone
from tests.fakes.audio_sink import CollectingSink

from realtime_mlx_stt.adapters.audio.microphone.microphone import MicrophoneSource
from realtime_mlx_stt.adapters.audio.microphone.microphone_listener import MicrophonePatience
from realtime_mlx_stt.adapters.audio.microphone.port_audio import PortAudio
from realtime_mlx_stt.adapters.audio.microphone.sound_devices import SoundDevices
from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioSamples,
    AudioSource,
    MicrophoneRequest,
    SourceAudible,
    SourceLost,
    SourceRecovered,
    SourceSilent,
)

DESK, HEADSET, LAPEL = (VirtualMicrophone(name=name) for name in ("desk", "headset", "lapel"))
NATIVE = (
    VirtualMicrophone(name="telephone", rate_hz=8_000, channels=1),
    VirtualMicrophone(name="camera", rate_hz=44_100, channels=2),
    VirtualMicrophone(name="podcast", rate_hz=48_000, channels=1),
    VirtualMicrophone(name="interface", rate_hz=96_000, channels=6),
)
STANDSTILL_SECONDS = 1.7
"""Longer than a device may bring nothing before it is taken for lost."""


class Ear:
    """A microphone that is listened to."""

    def __init__(self, source: AudioSource) -> None:
        self.source = source
        self.sink = CollectingSink()
        source.start(self.sink)
        self.sink.wait_for_last(AudioBlock)

    def wait_for(self, kind: type, count: int = 1) -> None:
        self.sink.wait_for(lambda sink: sum(isinstance(part, kind) for part in sink.taken) >= count)

    def wait_for_sample(self, sample: int) -> None:
        self.sink.wait_for(lambda sink: sink.end_sample >= sample)

    @property
    def told(self) -> list[str]:
        """What it was told besides audio; that nothing is played is no news here."""
        news = (AudioBlock, SourceSilent, SourceAudible)
        return [type(part).__name__ for part in self.sink.taken if not isinstance(part, news)]

    @property
    def losses(self) -> list[tuple[str, int]]:
        return [(loss.reason, loss.lost_samples) for loss in self.sink.losses]

    @property
    def reasons(self) -> list[str]:
        return [part.error.code for part in self.sink.taken if isinstance(part, SourceLost)]


def ear(device: int | str | None = None) -> Ear:
    """Listen as an application does."""
    return Ear(SystemAudioSources().open(MicrophoneRequest(device=device)))


def likeness(heard: AudioSamples, clip: AudioSamples) -> float:
    """The correlation of the clip with where it lies best in what was heard; 0 where there was nothing."""
    if not heard.any():
        return 0.0
    length = len(heard) + len(clip)
    products = np.fft.irfft(np.fft.rfft(heard, length) * np.conj(np.fft.rfft(clip, length)), length)
    start = int(np.argmax(products[: len(heard) - len(clip)]))
    return float(np.corrcoef(heard[start : start + len(clip)], clip)[0, 1])


def hear(server: PrivateSoundServer, path: Path, ears: Mapping[str, Ear]) -> dict[str, float]:
    """Play the clip into these microphones at once; how much like it each ear's sound is."""
    clip, _ = soundfile.read(path, dtype="float32")
    begins = {name: each.sink.end_sample for name, each in ears.items()}
    began_at = time.monotonic()
    for player in [server.begin_to_play(path, name) for name in ears]:
        assert player.wait(30.0) == 0
    played_samples = int((time.monotonic() - began_at + 0.25) * SAMPLE_RATE_HZ)
    for name, each in ears.items():
        each.wait_for_sample(begins[name] + played_samples)
    return {name: likeness(each.sink.audio[begins[name] :], clip) for name, each in ears.items()}


def crash(server: PrivateSoundServer, path: Path) -> Mapping[str, Any]:
    """The sound server dies and is started again."""
    listed = SoundDevices().inputs()
    here = ear()
    before = hear(server, path, {"desk": here})
    server.kill()
    here.wait_for(SourceLost)
    server.start()
    here.wait_for(SourceRecovered)
    after = hear(server, path, {"desk": here})
    here.source.stop()
    default = [device.name for device in listed if device.is_default]
    return {"default": default, "heard": [before, after], "told": here.told, "losses": here.losses}


class NativePortAudio(PortAudio):
    """PortAudio as it is before hardware; PulseAudio says to ALSA that it is anything at 44 100 Hz."""

    def inputs(self) -> tuple[InputDevice, ...]:
        native = {microphone.name: microphone for microphone in NATIVE}
        return tuple(
            replace(device, sample_rate_hz=native[device.name].rate_hz, channels=native[device.name].channels)
            for device in super().inputs()
        )


def rates(server: PrivateSoundServer, path: Path) -> Mapping[str, Any]:
    """Four devices, each with a rate and channels of its own, are opened by name or number and heard at once."""
    os.environ["ALSA_CONFIG_PATH"] = server.list_devices(*(microphone.name for microphone in NATIVE))
    library = NativePortAudio()
    wanted: dict[str, int | str | None] = {
        "telephone": None,
        "camera": 1,
        "podcast": "Podcast",
        "interface": "face",
    }
    ears = {name: Ear(MicrophoneSource(device, library)) for name, device in wanted.items()}
    streams = server.streams()
    heard = hear(server, path, ears)
    for each in ears.values():
        each.source.stop()
    return {
        "heard": [heard],
        "names": [each.source.description for each in ears.values()],
        "formats": sorted(line.split("\t")[-1] for line in streams.splitlines() if "float32" in line),
        "told": [each.told for each in ears.values()],
    }


def moved_by_the_server(server: PrivateSoundServer, path: Path) -> Mapping[str, Any]:
    """Two sessions share the default; the server makes another microphone the default, and then loses that."""
    server.plug(HEADSET)
    first, second = ear(), ear()
    heard = []
    for name in ("desk", "headset"):
        server.make_default(name)
        heard.append({**hear(server, path, {name: first}), "second": _latest(second, path)})
    server.unplug("headset")
    heard.append({**hear(server, path, {"desk": first}), "second": _latest(second, path)})
    for each in (first, second):
        each.source.stop()
    return {"heard": heard, "told": [first.told, second.told]}


def _latest(here: Ear, path: Path) -> float:
    clip, _ = soundfile.read(path, dtype="float32")
    return likeness(here.sink.audio[-2 * len(clip) :], clip)


def followed(server: PrivateSoundServer, path: Path) -> Mapping[str, Any]:
    """The default is a device, and becomes another: first one that PortAudio knows, then one just connected."""
    os.environ["ALSA_CONFIG_PATH"] = server.list_devices("desk", "headset")
    server.plug(HEADSET)
    patience = MicrophonePatience(between_looks=0.3)
    follower = Ear(MicrophoneSource(None, PortAudio(), patience=patience))
    keeper = Ear(MicrophoneSource(None, PortAudio(), follows_default=False, patience=patience))
    heard = [hear(server, path, {"desk": follower}) | {"keeper": _latest(keeper, path)}]
    server.list_devices("headset", "desk")
    follower.wait_for(SourceRecovered)
    heard.append(hear(server, path, {"headset": follower, "desk": keeper}))
    keeper.source.stop()
    server.plug(LAPEL)
    server.list_devices("lapel", "headset", "desk")
    follower.wait_for(SourceRecovered, 2)
    heard.append(hear(server, path, {"lapel": follower}))
    follower.source.stop()
    return {
        "heard": heard,
        "names": [follower.source.description, keeper.source.description],
        "told": [follower.told, keeper.told],
        "reasons": follower.reasons,
        "losses": follower.losses,
    }


def unplugged(server: PrivateSoundServer, path: Path) -> Mapping[str, Any]:
    """The only microphone is unplugged in the middle of a word, and plugged in again."""
    here = ear()
    begin = here.sink.end_sample
    server.begin_to_play(path, "desk")
    here.sink.wait_for(lambda sink: np.abs(sink.audio[begin:]).max(initial=0.0) > 0.05)
    server.unplug("desk")
    here.wait_for(SourceLost)
    server.plug(DESK)
    here.wait_for(SourceRecovered)
    heard = hear(server, path, {"desk": here})
    here.source.stop()
    return {"heard": [heard], "told": here.told, "reasons": here.reasons, "losses": here.losses}


def muted(server: PrivateSoundServer, path: Path) -> Mapping[str, Any]:
    """The microphone is muted, and heard again; while it hears, this program stands still for a while."""
    server.mute("desk", is_muted=True)
    here = ear()
    here.wait_for(SourceSilent)
    (silent,) = (part for part in here.sink.taken if isinstance(part, SourceSilent))
    server.mute("desk", is_muted=False)
    stand_still = threading.Timer(0.3, PyDLL(None).usleep, (int(STANDSTILL_SECONDS * 1e6),))
    stand_still.start()
    heard = hear(server, path, {"desk": here})
    stand_still.join()
    here.source.stop()
    silences = [type(part).__name__ for part in here.sink.taken if isinstance(part, SourceSilent | SourceAudible)]
    return {"heard": [heard], "told": here.told, "silences": silences, "silent_at": silent.at_sample}


SCENARIOS: Mapping[str, Callable[[PrivateSoundServer, Path], Mapping[str, Any]]] = {
    scenario.__name__: scenario for scenario in (crash, rates, moved_by_the_server, followed, unplugged, muted)
}


def main(name: str, folder: Path, path: Path) -> None:
    server = PrivateSoundServer(folder, NATIVE if name == "rates" else (DESK,))
    server.start()
    try:
        report = SCENARIOS[name](server, path)
    finally:
        server.kill()
    json.dump({**report, "threads": [thread.name for thread in threading.enumerate()]}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
