"""Whoever lists microphones lists those that are there now, as the sound system has them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import pytest
from tests.fakes.audio_devices import FakeAudioDevices
from tests.fakes.audio_library import FakeSoundLibrary, microphone

from realtime_mlx_stt.adapters.audio.microphone.sound_devices import SoundDevices
from realtime_mlx_stt.ports.audio_devices import AudioDevices, InputDevice
from realtime_mlx_stt.ports.audio_source import AudioSourceError

BUILT_IN = microphone(0, "MacBook Pro Microphone", sample_rate_hz=48_000)
YETI = microphone(3, "Yeti", channels=2, sample_rate_hz=44_100, is_default=False)
TIMEOUT_SECONDS = 60.0


class Machine(Protocol):
    """A sound system that a test can change, and its devices as the port tells of them."""

    @property
    def devices(self) -> AudioDevices: ...

    def plug(self, *devices: InputDevice) -> None:
        """Have these and no others."""
        ...

    def fail(self, error: AudioSourceError | None) -> None:
        """Do not answer; with None, answer again."""
        ...


@dataclass
class UnreliableLibrary(FakeSoundLibrary):
    """The library of the tests, which may fail to look for devices."""

    failure: AudioSourceError | None = None

    def refresh(self) -> bool:
        if self.failure is not None:
            raise self.failure
        return super().refresh()


class LibraryMachine:
    def __init__(self) -> None:
        self._library = UnreliableLibrary([])
        self.devices = SoundDevices(self._library)

    def plug(self, *devices: InputDevice) -> None:
        self._library.devices = list(devices)

    def fail(self, error: AudioSourceError | None) -> None:
        self._library.failure = error


class FakeMachine:
    def __init__(self) -> None:
        self.devices = FakeAudioDevices()

    def plug(self, *devices: InputDevice) -> None:
        self.devices.found = devices

    def fail(self, error: AudioSourceError | None) -> None:
        self.devices.failure = error


@pytest.fixture(params=[LibraryMachine, FakeMachine], ids=["sound library", "fake"])
def machine(request: pytest.FixtureRequest) -> Machine:
    make: Callable[[], Machine] = request.param
    return make()


def test_devices_are_listed_in_the_order_of_the_sound_system_with_all_it_says(machine: Machine) -> None:
    machine.plug(YETI, BUILT_IN)
    assert machine.devices.inputs() == (YETI, BUILT_IN)


def test_without_a_device_the_list_is_empty(machine: Machine) -> None:
    assert machine.devices.inputs() == ()


def test_what_is_plugged_in_or_out_is_seen_the_next_time(machine: Machine) -> None:
    for plugged in ((BUILT_IN,), (BUILT_IN, YETI), (YETI,), ()):
        machine.plug(*plugged)
        assert machine.devices.inputs() == plugged


def test_a_sound_system_that_does_not_answer_is_an_error_until_it_answers(machine: Machine) -> None:
    machine.plug(BUILT_IN)
    machine.fail(AudioSourceError("The sound system does not answer."))
    with pytest.raises(AudioSourceError) as raised:
        machine.devices.inputs()
    assert raised.value.code == "audio-source"
    machine.fail(None)
    assert machine.devices.inputs() == (BUILT_IN,)


def test_several_threads_may_ask_at_once(machine: Machine) -> None:
    machine.plug(BUILT_IN, YETI)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(machine.devices.inputs) for _ in range(40)]
        assert {each.result(TIMEOUT_SECONDS) for each in asked} == {(BUILT_IN, YETI)}
