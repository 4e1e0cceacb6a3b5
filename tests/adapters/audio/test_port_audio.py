"""sounddevice's answers and errors, said in the port's words. A stand-in answers; no sound card is needed."""

import gc
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.fakes.audio_library import microphone

from realtime_mlx_stt.adapters.audio.microphone.port_audio import PortAudio
from realtime_mlx_stt.adapters.audio.microphone.sound_devices import SoundDevices
from realtime_mlx_stt.adapters.audio.microphone.sound_library import CapturedFrames
from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import (
    AudioDeviceBusyError,
    AudioDeviceNotFoundError,
    AudioSourceError,
)


class PortAudioError(Exception):
    """Message, PortAudio's code, and the host's triple where there is one."""


class StreamBase:
    """Whatever anybody opened."""

    closed = False


class InputStream(StreamBase):
    def __init__(self, module: "StandInModule", **options: Any) -> None:
        self.options = options
        self.calls: list[str] = []
        self._module = module

    def start(self) -> None:
        self.calls.append("start")
        if self._module.start_error is not None:
            raise self._module.start_error

    def abort(self) -> None:
        self.calls.append("abort")

    def close(self) -> None:
        self.calls.append("close")
        self.closed = True


@dataclass
class StandInModule:
    """What is used of the module ``sounddevice``."""

    devices: list[dict[str, Any]] = field(default_factory=list)
    default: int | None = None
    open_errors: list[Exception] = field(default_factory=list)
    start_error: Exception | None = None
    streams: list[InputStream] = field(default_factory=list)
    restarts: list[str] = field(default_factory=list)
    initialise_errors: list[Exception] = field(default_factory=list)
    __file__: str = ""
    _initialized: int = 1
    PortAudioError = PortAudioError
    _StreamBase = StreamBase

    def query_devices(self, kind: str | None = None) -> Any:
        if kind is None:
            return self.devices
        if self.default is None:
            raise PortAudioError("Error querying device -1")
        return {"index": self.default}

    def InputStream(self, **options: Any) -> InputStream:  # noqa: N802 - sounddevice's name
        if self.open_errors:
            raise self.open_errors.pop(0)
        self.streams.append(InputStream(self, **options))
        return self.streams[-1]

    def _terminate(self) -> None:
        if not self._initialized:
            raise PortAudioError("PortAudio not initialized", -10_000)
        self._initialized -= 1
        self.restarts.append("terminated")

    def _initialize(self) -> None:
        if self.initialise_errors:
            raise self.initialise_errors.pop(0)
        self._initialized += 1
        self.restarts.append("initialised")


def device(name: str, inputs: int, rate: float) -> dict[str, Any]:
    return {"name": name, "max_input_channels": inputs, "default_samplerate": rate}


def nothing(*_: object) -> None:
    """A callback that nobody waits for."""


def opened(
    module: StandInModule,
    device: InputDevice | None = None,
    on_frames: Callable[[CapturedFrames], None] = nothing,
) -> Any:
    device = microphone(2, channels=2, sample_rate_hz=48_000) if device is None else device
    return PortAudio(lambda: module).open_input(device, on_frames, nothing)


def test_only_inputs_are_listed_with_their_native_rate() -> None:
    module = StandInModule([device("Speaker", 0, 48_000.0), device("Mic", 2, 44_100.0)], default=1)
    assert SoundDevices(PortAudio(lambda: module)).inputs() == (
        InputDevice(index=1, name="Mic", channels=2, sample_rate_hz=44_100, is_default=True),
    )


def test_a_machine_without_inputs_or_default_lists_what_it_has() -> None:
    assert PortAudio(StandInModule).inputs() == ()
    module = StandInModule([device("Mic", 1, 16_000.0)])
    assert [found.is_default for found in PortAudio(lambda: module).inputs()] == [False]


def test_a_missing_library_is_an_error_that_says_how_to_get_it() -> None:
    def fail() -> Any:
        raise OSError("PortAudio library not found")

    for call in (PortAudio(fail).inputs, PortAudio(fail).refresh, SoundDevices(PortAudio(fail)).inputs):
        with pytest.raises(AudioSourceError, match="sudo apt-get install libportaudio2"):
            call()


def test_a_device_is_opened_at_its_own_rate_with_two_channels_at_most() -> None:
    module = StandInModule()
    opened(module, microphone(2, channels=32, sample_rate_hz=44_100))
    (stream,) = module.streams
    assert stream.options["device"] == 2
    assert stream.options["samplerate"] == 44_100
    assert stream.options["channels"] == 2
    assert stream.calls == ["start"]


def test_a_device_that_gives_all_channels_or_none_is_opened_with_all() -> None:
    module = StandInModule(open_errors=[PortAudioError("Invalid number of channels", -9998)])
    opened(module, microphone(2, channels=8))
    assert module.streams[0].options["channels"] == 8


def test_frames_are_copied_with_their_time_and_overflow() -> None:
    module = StandInModule()
    taken: list[CapturedFrames] = []
    opened(module, on_frames=taken.append)
    buffer = np.ones((480, 2), dtype=np.float32)
    module.streams[0].options["callback"](
        buffer, 480, SimpleNamespace(inputBufferAdcTime=7.5), SimpleNamespace(input_overflow=True)
    )
    buffer[:] = 0.0
    (captured,) = taken
    assert captured.frames.all()
    assert captured.captured_at == 7.5
    assert captured.follows_overflow


def test_a_stream_is_closed_once() -> None:
    module = StandInModule()
    stream = opened(module)
    stream.close()
    stream.close()
    assert module.streams[0].calls == ["start", "abort", "close"]


def test_a_stream_that_does_not_start_is_closed() -> None:
    module = StandInModule(start_error=PortAudioError("Unanticipated host error", -9999, (8, -16, "Device busy")))
    with pytest.raises(AudioDeviceBusyError, match="Device busy"):
        opened(module)
    assert module.streams[0].closed


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (PortAudioError("Error opening InputStream: Invalid device", -9996), AudioDeviceNotFoundError),
        (PortAudioError("Error opening InputStream: Device unavailable", -9985), AudioDeviceBusyError),
        (PortAudioError("Error opening InputStream: Invalid sample rate", -9997), AudioSourceError),
        (PortAudioError("Invalid number of channels", -9998), AudioSourceError),
        (PortAudioError("no code"), AudioSourceError),
        (ValueError("strange"), AudioSourceError),
        (ValueError(), AudioSourceError),
    ],
)
def test_errors_are_the_ports_and_name_the_device(error: Exception, kind: type[AudioSourceError]) -> None:
    with pytest.raises(AudioSourceError, match="USB microphone") as raised:
        opened(StandInModule(open_errors=[error]))
    assert type(raised.value) is kind


def test_a_sound_system_that_does_not_answer_is_an_error_that_names_no_device() -> None:
    gc.collect()
    module = StandInModule(initialise_errors=[PortAudioError("Host error", -9999, (8, -111, "Connection refused"))])
    with pytest.raises(AudioSourceError, match=r"does not answer \(Host error: Connection refused\)") as raised:
        PortAudio(lambda: module).refresh()
    assert type(raised.value) is AudioSourceError


def test_devices_are_looked_for_anew_only_while_no_stream_is_open() -> None:
    gc.collect()
    module = StandInModule()
    library = PortAudio(lambda: module)
    stream = library.open_input(microphone(), nothing, nothing)
    assert not library.refresh()
    assert not module.restarts
    stream.close()
    assert library.refresh()
    assert module.restarts == ["terminated", "initialised"]


def test_a_sound_system_that_did_not_answer_is_asked_again() -> None:
    gc.collect()
    module = StandInModule(initialise_errors=[PortAudioError("Unanticipated host error", -9999)])
    library = PortAudio(lambda: module)
    with pytest.raises(AudioSourceError):
        library.refresh()
    library.refresh()
    assert module.restarts == ["terminated", "initialised"]


def test_a_stream_that_somebody_else_opened_is_not_broken_off() -> None:
    gc.collect()
    module = StandInModule()
    theirs = StreamBase()
    PortAudio(lambda: module).refresh()
    assert not module.restarts
    theirs.closed = True
    PortAudio(lambda: module).refresh()
    assert module.restarts


def test_a_stream_is_alone_until_anybody_opens_another() -> None:
    gc.collect()
    module = StandInModule()
    library = PortAudio(lambda: module)
    stream = library.open_input(microphone(), nothing, nothing)
    assert library.is_alone(stream)
    theirs = StreamBase()
    assert not library.is_alone(stream)
    theirs.closed = True
    second = library.open_input(microphone(), nothing, nothing)
    assert not library.is_alone(stream)
    second.close()
    assert library.is_alone(stream)
    stream.close()


def test_what_other_threads_are_making_meanwhile_is_left_alone() -> None:
    """A tuple that is being made must not be held by anybody else: Python would not finish it."""
    module, is_looked = StandInModule(), threading.Event()
    made, failures = [0], list[SystemError]()

    def make() -> None:
        while not is_looked.is_set() and not failures:
            try:
                made[0] += len(tuple(number for number in range(1000)))
            except SystemError as error:
                failures.append(error)

    making = threading.Thread(target=make)
    making.start()
    try:
        for _ in range(20):
            PortAudio(lambda: module).refresh()
    finally:
        is_looked.set()
        making.join()
    assert failures == []
    assert made[0] > 0


@pytest.mark.parametrize(
    ("name", "is_moved"),
    [("default", True), ("pulse", True), ("pipewire", True), ("MacBook Pro Microphone", False), ("hw:1,0", False)],
)
def test_only_what_a_sound_server_is_behind_is_moved_by_it(name: str, is_moved: bool) -> None:
    assert PortAudio(StandInModule).moves_streams(microphone(name=name)) is is_moved


def test_a_look_where_sounddevice_is_missing_sees_nothing_and_stays_silent(tmp_path: Path) -> None:
    module = StandInModule()
    module.__file__ = str(tmp_path / "sounddevice.py")
    looking = PortAudio(lambda: module).look_for_default()
    assert looking.name is None
    looking.close()
