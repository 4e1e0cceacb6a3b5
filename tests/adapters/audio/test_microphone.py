"""A microphone's sound arrives whole; what is lost is counted; a lost device comes back by itself."""

import numpy as np
import pytest
from tests.adapters.audio.listening import also_listening, listening
from tests.adapters.audio.sound_files import speechlike
from tests.fakes.audio_library import FakeSoundLibrary, microphone
from tests.fakes.audio_sink import CollectingSink

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import StreamConverter
from realtime_mlx_stt.adapters.audio.microphone.microphone import MicrophoneSource
from realtime_mlx_stt.adapters.audio.microphone.microphone_listener import MicrophonePatience
from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioDeviceBusyError,
    AudioDeviceNotFoundError,
    AudioLost,
    AudioSourceError,
    MicrophoneRequest,
    SourceFailed,
    SourceLost,
    SourceRecovered,
)

BETWEEN = MicrophonePatience(until_first_frames=10.0, between_frames=0.05, before_retry=0.01)
AT_FIRST = MicrophonePatience(until_first_frames=0.05, between_frames=10.0, before_retry=0.01)


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (16_000, 2), (44_100, 1), (48_000, 2), (48_000, 8)])
def test_any_device_is_heard_at_its_own_rate(rate: int, channels: int) -> None:
    frames = np.repeat(speechlike(rate, rate)[:, np.newaxis], channels, axis=1)
    converter = StreamConverter(rate)
    expected = np.concatenate(
        [piece.samples for piece in converter.convert(frames) if isinstance(piece, AudioBlock)]
    )
    with listening(FakeSoundLibrary([microphone(channels=channels, sample_rate_hz=rate)])) as here:
        for part in np.array_split(frames, 97):
            here.stream.play(part)
        here.wait_for_sample(len(expected))
        assert np.array_equal(here.sink.audio, expected)


def test_the_device_is_opened_by_name_and_gives_the_source_its_own() -> None:
    library = FakeSoundLibrary([microphone(0, "Built-in"), microphone(3, "USB Headset", is_default=False)])
    with listening(library, "headset") as here:
        assert here.source.description == "USB Headset"
        assert here.stream.device.index == 3


def test_a_device_that_was_connected_later_is_found() -> None:
    library = FakeSoundLibrary([microphone(0, "Built-in")])
    library.devices.append(microphone(1, "USB Headset"))
    with listening(library, "headset") as here:
        assert here.stream.device.index == 1


def test_an_unknown_device_is_refused_before_anything_starts() -> None:
    library = FakeSoundLibrary([microphone(0, "Built-in")])
    with pytest.raises(AudioDeviceNotFoundError):
        SystemAudioSources(library).open(MicrophoneRequest(device="headset"))
    assert not library.streams


def test_a_busy_device_is_refused_and_leaves_no_thread() -> None:
    library = FakeSoundLibrary(open_error=AudioDeviceBusyError("in use"))
    source = MicrophoneSource(None, library)
    with pytest.raises(AudioDeviceBusyError):
        source.start(CollectingSink())
    source.stop()


def test_it_is_started_once() -> None:
    with listening(FakeSoundLibrary()) as here, pytest.raises(AudioSourceError, match="open it again"):
        here.source.start(here.sink)


def test_what_the_device_dropped_is_lost_by_the_devices_clock() -> None:
    with listening(FakeSoundLibrary()) as here:
        here.hear(1_600, captured_at=50.0)
        here.clock.advance(0.4)
        here.hear(1_600, captured_at=50.35, follows_overflow=True)
        here.wait_for_sample(7_200)
        assert here.sink.losses == [AudioLost(first_sample=1_600, lost_samples=4_000, reason=GapReason.OVERFLOW)]


@pytest.mark.parametrize("captured_at", [0.0, 9_000.0])
def test_without_a_sound_clock_of_the_devices_it_is_lost_by_ours(captured_at: float) -> None:
    with listening(FakeSoundLibrary()) as here:
        here.hear(1_600, captured_at=50.0)
        here.wait_for_sample(1_600)
        here.clock.advance(0.4)
        here.hear(1_600, captured_at=captured_at, follows_overflow=True)
        here.wait_for_sample(9_600)
        assert here.sink.losses == [AudioLost(first_sample=1_600, lost_samples=6_400, reason=GapReason.OVERFLOW)]


def test_an_overflow_that_lost_nothing_is_no_loss() -> None:
    with listening(FakeSoundLibrary()) as here:
        here.hear(1_600, captured_at=50.0, follows_overflow=True)
        here.hear(1_600, captured_at=50.1, follows_overflow=True)
        here.wait_for_sample(3_200)
        assert not here.sink.losses


def test_a_sink_that_is_full_loses_samples_by_count() -> None:
    with listening(FakeSoundLibrary()) as here:
        here.sink.is_open = False
        here.hear(16_000)
        here.sink.wait_for(lambda sink: sink.offers > 0)
        here.sink.is_open = True
        here.hear(160)
        here.wait_for_sample(16_160)
        assert here.sink.losses == [AudioLost(first_sample=0, lost_samples=16_000, reason=GapReason.OVERFLOW)]


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_a_device_that_ends_is_lost_once_and_comes_back_with_the_time_between(rate: int) -> None:
    with listening(FakeSoundLibrary([microphone(sample_rate_hz=rate)])) as here:
        here.hear(rate)
        here.stream.end()
        here.library.wait_for_streams(2)
        here.clock.advance(2.5)
        here.hear(rate // 10)
        here.sink.wait_for(lambda sink: len(sink.taken) > 0 and sink.end_sample > 56_000)
    kinds = [type(part).__name__ for part in here.sink.taken if not isinstance(part, AudioBlock)]
    assert kinds == ["SourceLost", "AudioLost", "SourceRecovered"]
    assert here.sink.losses == [
        AudioLost(first_sample=16_000, lost_samples=40_000, reason=GapReason.SOURCE_LOST),
    ]
    (lost,) = (part for part in here.sink.taken if isinstance(part, SourceLost))
    assert lost.at_sample == 16_000
    assert SourceRecovered(at_sample=56_000) in here.sink.taken


def test_a_device_that_falls_silent_is_lost() -> None:
    with listening(FakeSoundLibrary(), patience=BETWEEN) as here:
        here.hear(1_600)
        here.sink.wait_for_last(SourceLost)
        assert here.sink.end_sample == 1_600


def test_a_device_that_never_gives_anything_is_lost() -> None:
    with listening(FakeSoundLibrary(), patience=AT_FIRST) as here:
        here.sink.wait_for_last(SourceLost)
        assert here.sink.end_sample == 0
        here.library.wait_for_streams(3)
        assert [type(part) for part in here.sink.taken] == [SourceLost]


def test_a_lost_device_is_looked_for_until_it_is_back_under_any_number() -> None:
    library = FakeSoundLibrary([microphone(0, "Built-in"), microphone(1, "USB Headset", is_default=False)])
    with listening(library, 1) as here:
        here.hear(1_600)
        here.wait_for_sample(1_600)
        del library.devices[1]
        here.stream.end()
        library.wait_for_refreshes(3)
        assert len(library.streams) == 1
        library.devices.append(microphone(4, "USB Headset", sample_rate_hz=44_100, is_default=False))
        assert library.wait_for_streams(2).device.index == 4
        here.hear(44_100)
        here.sink.wait_for(lambda sink: any(isinstance(part, SourceRecovered) for part in sink.taken))


def test_the_default_may_be_another_device_after_a_loss() -> None:
    library = FakeSoundLibrary([microphone(0, "USB Headset")])
    with listening(library) as here:
        library.devices[:] = [microphone(2, "Built-in", sample_rate_hz=44_100)]
        here.stream.end()
        assert library.wait_for_streams(2).device.name == "Built-in"


def test_what_a_lost_stream_still_brings_is_not_heard() -> None:
    with listening(FakeSoundLibrary()) as here:
        here.hear(1_600)
        first = here.stream
        first.end()
        here.library.wait_for_streams(2)
        first.play(np.ones((160, 1), dtype=np.float32))
        here.hear(160)
        here.sink.wait_for_last(AudioBlock)
        assert not here.sink.audio.any()


def test_a_microphone_that_is_being_looked_for_stops_at_once() -> None:
    library = FakeSoundLibrary()
    patience = MicrophonePatience(until_first_frames=60.0, between_frames=60.0, before_retry=60.0)
    with listening(library, patience=patience) as here:
        here.stream.end()
        here.sink.wait_for_last(SourceLost)


def test_invalid_samples_are_lost() -> None:
    with listening(FakeSoundLibrary()) as here:
        here.stream.play(np.full((1_600, 1), np.nan, dtype=np.float32))
        here.hear(1_600)
        here.wait_for_sample(3_200)
        assert here.sink.losses == [AudioLost(first_sample=0, lost_samples=1_600, reason=GapReason.INVALID_SAMPLES)]


def test_a_defect_is_a_failure_and_not_a_silence() -> None:
    with listening(FakeSoundLibrary()) as here:
        here.stream.play(np.zeros(160, dtype=np.float32))
        here.sink.wait_for_last(SourceFailed)


def test_two_may_hear_one_device_at_once() -> None:
    library = FakeSoundLibrary()
    with listening(library) as here:
        with also_listening(library) as other:
            library.streams[0].play_silence(1_600)
            library.streams[1].play_silence(3_200)
            other.wait_for_sample(3_200)
        library.streams[0].play_silence(1_600)
        here.wait_for_sample(3_200)


def test_a_device_that_only_one_may_open_is_refused_to_the_second_and_left_to_the_first() -> None:
    library = FakeSoundLibrary(is_exclusive=True)
    with listening(library) as here:
        second = MicrophoneSource(None, library)
        with pytest.raises(AudioDeviceBusyError, match="in use"):
            second.start(CollectingSink())
        second.stop()
        here.hear(1_600)
        here.wait_for_sample(1_600)
        assert [type(part) for part in here.sink.taken] == [AudioBlock]
    with listening(library) as again:
        again.hear(160)
        again.wait_for_sample(160)


def test_a_device_that_was_connected_anew_since_it_was_listed_is_opened() -> None:
    library = FakeSoundLibrary([microphone(0, "Built-in"), microphone(1, "USB Headset", is_default=False)])
    source = MicrophoneSource("headset", library)
    library.devices[1] = microphone(5, "USB Headset", sample_rate_hz=44_100, is_default=False)
    source.start(CollectingSink())
    assert library.streams[0].device.index == 5
    assert source.description == "USB Headset"
    source.stop()


def test_a_device_that_has_gone_since_it_was_listed_is_not_found() -> None:
    library = FakeSoundLibrary([microphone(0, "Built-in"), microphone(1, "USB Headset", is_default=False)])
    source = MicrophoneSource("headset", library)
    del library.devices[1]
    with pytest.raises(AudioDeviceNotFoundError, match="there are: 0 'Built-in'"):
        source.start(CollectingSink())
    source.stop()


def test_a_device_that_was_connected_while_another_is_open_is_refused_with_the_reason() -> None:
    library = FakeSoundLibrary([microphone(0, "Built-in")])
    with listening(library):
        library.devices.append(microphone(1, "USB Headset", is_default=False))
        with pytest.raises(AudioDeviceNotFoundError, match="seen only when that is closed"):
            MicrophoneSource("headset", library)
    MicrophoneSource("headset", library)
    with pytest.raises(AudioDeviceNotFoundError, match=r"there are: 0 'Built-in', 1 'USB Headset'\.$"):
        MicrophoneSource("lapel", library)


def test_without_any_device_it_is_said_what_to_do() -> None:
    with pytest.raises(
        AudioDeviceNotFoundError, match=r"There is no microphone; connect one, or name a sound file"
    ):
        MicrophoneSource(None, FakeSoundLibrary([]))
