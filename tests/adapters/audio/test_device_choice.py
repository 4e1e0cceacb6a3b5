"""The microphone a person means is found; where that is not plain, the answer helps to say it better."""

import pytest
from tests.fakes.audio_library import FakeSoundLibrary, microphone

from realtime_mlx_stt.adapters.audio.microphone.device_choice import choose_device
from realtime_mlx_stt.adapters.audio.microphone.sound_devices import SoundDevices
from realtime_mlx_stt.ports.audio_source import AudioDeviceNotFoundError

BUILT_IN = microphone(0, "MacBook Pro Microphone", is_default=False)
YETI = microphone(2, "Yeti Stereo Microphone", channels=2, is_default=True)
LINE = microphone(5, "Line In", is_default=False)
DEVICES = (BUILT_IN, YETI, LINE)


@pytest.mark.parametrize(
    ("wanted", "device"),
    [
        (None, YETI),
        (0, BUILT_IN),
        (5, LINE),
        ("yeti", YETI),
        ("LINE", LINE),
        ("macbook pro", BUILT_IN),
        (" Line In ", LINE),
    ],
)
def test_a_device_is_found_by_number_by_a_part_of_its_name_or_as_the_default(
    wanted: int | str | None, device: object
) -> None:
    assert choose_device(DEVICES, wanted) == device


def test_a_whole_name_wins_over_a_part_of_another() -> None:
    assert choose_device((*DEVICES, microphone(7, "Yeti", is_default=False)), "yeti").index == 7


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("microphone", ["Several", "0 'MacBook Pro Microphone'", "2 'Yeti Stereo Microphone'"]),
        ("yetti", ["did you mean 'Yeti Stereo Microphone'?", "5 'Line In'"]),
        ("webcam", ["No microphone has 'webcam'", "0 'MacBook", "2 'Yeti", "5 'Line In'"]),
        (" ", ["No microphone has ' '", "0 'MacBook"]),
        (1, ["number 1", "0 'MacBook", "2 'Yeti", "5 'Line In'"]),
    ],
)
def test_an_unclear_wish_is_answered_with_what_there_is(wanted: int | str, words: list[str]) -> None:
    with pytest.raises(AudioDeviceNotFoundError) as raised:
        choose_device(DEVICES, wanted)
    for word in words:
        assert word in str(raised.value)


def test_without_any_device_the_answer_says_so() -> None:
    with pytest.raises(AudioDeviceNotFoundError, match="There is no microphone"):
        choose_device((), None)


def test_without_a_default_the_answer_lists_the_devices() -> None:
    with pytest.raises(AudioDeviceNotFoundError, match="no default microphone; name one of these: 0 'MacBook"):
        choose_device((BUILT_IN, LINE), None)


def test_listing_devices_looks_for_them_anew() -> None:
    library = FakeSoundLibrary([BUILT_IN])
    devices = SoundDevices(library)
    assert devices.inputs() == (BUILT_IN,)
    library.devices.append(YETI)
    assert devices.inputs() == (BUILT_IN, YETI)
