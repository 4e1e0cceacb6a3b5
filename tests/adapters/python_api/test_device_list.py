"""``list_audio_devices`` tells the microphones there are, in the words programs know."""

from dataclasses import is_dataclass

import pytest
from tests.adapters.python_api.idle_process import IdleProcess
from tests.adapters.python_api.signatures import REQUIRED, defaults_of, parameter_types
from tests.fakes.audio_devices import FakeAudioDevices

from realtime_mlx_stt.adapters.python_api.device_list import AudioDevice, list_audio_devices
from realtime_mlx_stt.adapters.python_api.process_services import using_services
from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import AudioSourceError

DESK = InputDevice(index=4, name="Desk", channels=1, sample_rate_hz=44_100, is_default=False)


def test_the_signatures() -> None:
    assert is_dataclass(AudioDevice)
    assert list(defaults_of(AudioDevice).items()) == [
        ("index", REQUIRED),
        ("name", REQUIRED),
        ("channels", REQUIRED),
        ("sample_rate", REQUIRED),
        ("is_default", False),
    ]
    assert parameter_types(AudioDevice) == {
        "index": int,
        "name": str,
        "channels": int,
        "sample_rate": int,
        "is_default": bool,
    }
    assert defaults_of(list_audio_devices) == {}


def test_every_microphone_is_told_even_where_none_is_the_default() -> None:
    usb = InputDevice(index=7, name="USB", channels=2, sample_rate_hz=48_000, is_default=True)
    with using_services(IdleProcess(devices=FakeAudioDevices([DESK, usb]))):
        assert list_audio_devices() == [AudioDevice(4, "Desk", 1, 44_100), AudioDevice(7, "USB", 2, 48_000, True)]
    with using_services(IdleProcess(devices=FakeAudioDevices([DESK]))):
        assert list_audio_devices() == [AudioDevice(4, "Desk", 1, 44_100, False)]


def test_no_microphone_is_no_error() -> None:
    with using_services(IdleProcess()):
        assert list_audio_devices() == []


def test_a_sound_system_that_does_not_answer_is_one() -> None:
    silent = FakeAudioDevices(failure=AudioSourceError("PortAudio is missing."))
    with using_services(IdleProcess(devices=silent)), pytest.raises(AudioSourceError):
        list_audio_devices()
