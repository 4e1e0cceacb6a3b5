"""Whatever becomes the system's default microphone is heard, and nothing is lost on the way if it can be helped."""

import numpy as np
import pytest
from tests.adapters.audio.listening import Listening, also_listening, listening
from tests.fakes.audio_library import FakeSoundLibrary, microphone

from realtime_mlx_stt.adapters.audio.microphone.microphone_listener import MicrophonePatience
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioDeviceBusyError,
    SourceLost,
    SourceRecovered,
)

SECOND = 16_000
BUILT_IN = microphone(0, "Built-in")
HEADSET = microphone(1, "Headset", is_default=False)

PATIENCE = MicrophonePatience(until_first_frames=10.0, between_frames=10.0, before_retry=0.01, between_looks=3.0)


def two_devices() -> FakeSoundLibrary:
    return FakeSoundLibrary([BUILT_IN, HEADSET])


def hear(here: Listening, stream: int, level: float, frames: int = SECOND) -> None:
    """Let the device of that stream play, the clock go on for as long, and the microphone take it."""
    before = here.sink.end_sample
    here.clock.advance(frames / SECOND)
    here.library.streams[stream].play(np.full((frames, 1), level, dtype=np.float32))
    here.wait_for_sample(before + 1)


def look(here: Listening, stream: int = 0) -> None:
    """Let the time of one look pass while the device of that stream is heard, and one block more for its answer."""
    for _ in range(4):
        hear(here, stream, 0.25)


def told(here: Listening) -> list[str]:
    return [type(part).__name__ for part in here.sink.taken if not isinstance(part, AudioBlock)]


def test_a_device_that_becomes_the_default_is_heard_from_where_the_one_before_ended() -> None:
    library = two_devices()
    with listening(library, patience=PATIENCE) as here:
        library.make_default("Headset")
        look(here)
        library.wait_for_streams(2)
        hear(here, 0, 0.25)
        assert library.open_streams == library.streams
        assert told(here) == []
        end = here.sink.end_sample
        library.streams[1].play(np.full((800, 1), 0.5, dtype=np.float32))
        hear(here, 0, 0.25, frames=1_600)
        here.sink.wait_for(lambda _: told(here) == ["SourceLost", "SourceRecovered"])
        assert library.open_streams == library.streams[1:]
        library.streams[1].play(np.full((1_600, 1), 0.5, dtype=np.float32))
        here.wait_for_sample(end + 1_600)
        assert here.source.description == "Headset"
    assert not here.sink.losses
    border = end + 1_600
    assert (here.sink.audio[:border] == 0.25).all()
    assert (here.sink.audio[border:] == 0.5).all()
    (lost,) = (part for part in here.sink.taken if isinstance(part, SourceLost))
    assert (lost.at_sample, lost.error.code) == (border, "audio-device-changed")
    assert str(lost.error) == "The default microphone is Headset now; Built-in is left."


def test_what_both_devices_have_heard_is_kept_once() -> None:
    library = two_devices()
    with listening(library, patience=PATIENCE) as here:
        library.make_default("Headset")
        look(here)
        library.wait_for_streams(2)
        end = here.sink.end_sample
        here.clock.advance(0.2)
        library.streams[0].play(np.full((1_600, 1), 0.25, dtype=np.float32))
        here.wait_for_sample(end + 1_600)
        here.clock.advance(0.1)
        library.streams[1].play(np.full((4_800, 1), 0.5, dtype=np.float32))
        library.streams[0].play(np.full((3_200, 1), 0.25, dtype=np.float32))
        here.sink.wait_for(lambda _: "SourceRecovered" in told(here))
        hear(here, 1, 0.75)
    assert not here.sink.losses
    assert np.count_nonzero(here.sink.audio == 0.25) == end + 4_800
    assert np.count_nonzero(here.sink.audio == 0.5) == 0
    assert np.count_nonzero(here.sink.audio == 0.75) == SECOND


def test_a_default_that_was_connected_later_is_seen_once_the_present_one_is_closed() -> None:
    library = FakeSoundLibrary([BUILT_IN])
    with listening(library, patience=PATIENCE) as here:
        library.devices.append(HEADSET)
        library.make_default("Headset")
        look(here)
        assert library.wait_for_streams(2).device.name == "Headset"
        assert library.streams[0].is_closed
        here.clock.advance(0.1)
        hear(here, 1, 0.5)
        here.sink.wait_for_last(AudioBlock)
        assert told(here) == ["SourceLost", "AudioLost", "SourceRecovered"]
        assert [loss.lost_samples for loss in here.sink.losses] == [1_600]


def test_a_default_that_another_open_device_hides_is_changed_to_when_that_is_closed() -> None:
    library = two_devices()
    with listening(library, patience=PATIENCE) as here:
        with also_listening(library, "Headset"):
            library.devices.append(microphone(2, "Lapel"))
            library.make_default("Lapel")
            for _ in range(12):
                hear(here, 0, 0.25)
            assert told(here) == []
        here.clock.advance(PATIENCE.between_looks)
        for _ in range(3):
            library.streams[0].play_silence(160)
        assert library.wait_for_streams(3).device.name == "Lapel"


@pytest.mark.parametrize(("device", "follows_default"), [("Built-in", True), (0, True), (None, False)])
def test_a_device_that_was_named_or_is_to_be_kept_is_kept(device: int | str | None, follows_default: bool) -> None:
    library = two_devices()
    with listening(library, device, PATIENCE, follows_default=follows_default) as here:
        library.make_default("Headset")
        look(here)
        look(here)
        here.stream.end()
        assert library.wait_for_streams(2).device.name == "Built-in"
    assert library.looks == []


def test_where_the_sound_system_moves_streams_itself_nobody_looks() -> None:
    library = FakeSoundLibrary([microphone(0, "default"), HEADSET], moving=frozenset({"default"}))
    with listening(library, patience=PATIENCE) as here:
        library.make_default("Headset")
        look(here)
        look(here)
    assert library.looks == []
    assert len(library.streams) == 1


def test_a_default_that_cannot_be_opened_is_tried_again_while_the_one_before_is_heard() -> None:
    library = two_devices()
    with listening(library, patience=PATIENCE) as here:
        library.make_default("Headset")
        library.open_error = AudioDeviceBusyError("in use")
        look(here)
        look(here)
        assert told(here) == []
        library.open_error = None
        look(here)
        assert library.wait_for_streams(2).device.name == "Headset"


def test_a_default_that_gives_nothing_is_let_be_until_another_is_the_default() -> None:
    library = FakeSoundLibrary([BUILT_IN, HEADSET, microphone(2, "Lapel", is_default=False)])
    with listening(library, patience=PATIENCE) as here:
        library.make_default("Headset")
        for _ in range(30):
            hear(here, 0, 0.25)
        assert [stream.device.name for stream in library.streams] == ["Built-in", "Headset"]
        assert library.streams[1].is_closed
        library.make_default("Lapel")
        look(here)
        assert library.wait_for_streams(3).device.name == "Lapel"
        assert told(here) == []


def test_a_look_that_finds_nothing_is_ended_and_another_begun() -> None:
    library = FakeSoundLibrary([BUILT_IN, HEADSET], looks_find_nothing=True)
    with listening(library, patience=PATIENCE) as here:
        for _ in range(12):
            hear(here, 0, 0.25)
        assert len(library.looks) >= 3
        assert [each.is_closed for each in library.looks] == [True] * (len(library.looks) - 1) + [False]


def test_a_device_that_is_lost_just_then_leaves_nothing_open() -> None:
    library = two_devices()
    with listening(library, patience=PATIENCE) as here:
        library.make_default("Headset")
        look(here)
        library.wait_for_streams(2)
        library.streams[0].end()
        assert library.wait_for_streams(3).device.name == "Headset"
        assert library.streams[1].is_closed
        hear(here, 2, 0.5)
        here.sink.wait_for_last(AudioBlock)
        assert told(here) == ["SourceLost", "SourceRecovered"]


def test_a_default_that_breaks_off_as_it_is_changed_to_is_looked_for_like_any_lost_device() -> None:
    library = two_devices()
    with listening(library, patience=PATIENCE) as here:
        library.make_default("Headset")
        look(here)
        library.wait_for_streams(2).end()
        hear(here, 0, 0.25)
        library.wait_for_streams(3)
        here.clock.advance(0.5)
        hear(here, 2, 0.5)
        here.sink.wait_for_last(AudioBlock)
        assert told(here) == ["SourceLost", "AudioLost", "SourceRecovered"]


def test_a_default_that_was_changed_between_two_sessions_is_the_one_that_is_opened() -> None:
    library = two_devices()
    library.make_default("Headset")
    with listening(library) as here:
        assert here.stream.device.name == "Headset"


def test_two_microphones_may_follow_at_once() -> None:
    library = two_devices()
    with listening(library, patience=PATIENCE) as here, also_listening(library, patience=PATIENCE) as other:
        library.make_default("Headset")
        for listener, old, new in ((here, 0, 2), (other, 1, 3)):
            look(listener, old)
            library.wait_for_streams(new + 1)
            library.streams[new].play(np.full((800, 1), 0.5, dtype=np.float32))
            hear(listener, old, 0.25)
            listener.sink.wait_for_last(SourceRecovered)
            assert told(listener) == ["SourceLost", "SourceRecovered"]
