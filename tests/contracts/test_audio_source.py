"""What every source of sound does, whatever it is: positions without holes, one end, and a stop that is one."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

import numpy as np
import pytest
import soundfile
from tests.adapters.audio.sound_files import speechlike
from tests.application.stand_ins import FileSource as StandInFileSource
from tests.application.stand_ins import ManualSource
from tests.fakes.audio_library import FakeSoundLibrary, microphone
from tests.fakes.audio_pacing import ManualPacing
from tests.fakes.audio_sink import BlockingSink, CollectingSink

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import StreamConverter, converted_samples
from realtime_mlx_stt.adapters.audio.files.file_source import FileSource
from realtime_mlx_stt.adapters.audio.microphone.microphone import MicrophoneSource
from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioDelivery,
    AudioEncoding,
    AudioEndedError,
    AudioSource,
    EncodedSoundRequest,
    PushedSource,
    PushRequest,
    SamplesRequest,
    SourceEnded,
)

_SAMPLES = 24_001
_AUDIO = (np.random.default_rng(7).uniform(-0.5, 0.5, _SAMPLES)).astype(np.float32)


class Rig(Protocol):
    """A source of the sound above, and what makes it hear that."""

    source: AudioSource

    def feed(self) -> None: ...


@dataclass
class FileRig:
    source: AudioSource

    def feed(self) -> None:
        """A file plays by itself."""


@dataclass
class MicrophoneRig:
    library: FakeSoundLibrary = field(default_factory=lambda: FakeSoundLibrary([microphone(sample_rate_hz=16_000)]))

    def __post_init__(self) -> None:
        self.source: AudioSource = MicrophoneSource(None, self.library)

    def feed(self) -> None:
        if self.library.streams:
            for first in range(0, _SAMPLES, 480):
                self.library.streams[0].play(_AUDIO[first : first + 480, np.newaxis])


@dataclass
class StandInRig:
    manual: ManualSource = field(default_factory=lambda: ManualSource(description="a stand-in", opened=[]))

    def __post_init__(self) -> None:
        self.source: AudioSource = self.manual

    def feed(self) -> None:
        if not self.manual.is_stopped:
            self.manual.hear(_AUDIO)


@dataclass
class PushedRig:
    """A client that pushes, and sends again what it is not sure of; it notices that nothing is taken any more."""

    rate: int = 16_000

    def __post_init__(self) -> None:
        source = SystemAudioSources().open(PushRequest(encoding=AudioEncoding.PCM_F32LE, sample_rate_hz=self.rate))
        assert isinstance(source, PushedSource)
        self.pushed: PushedSource = source
        self.source: AudioSource = source

    def feed(self) -> None:
        with suppress(AudioEndedError):
            for first in range(0, _SAMPLES, 480):
                start = max(0, first - 700)
                self.pushed.push(_AUDIO[start : first + 480].tobytes(), start)


@dataclass
class EndedPushRig(PushedRig):
    """Such a client that has said all before anybody listens."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.pushed.push(_AUDIO.tobytes())
        self.pushed.end()


def whole_file() -> EncodedSoundRequest:
    content = BytesIO()
    soundfile.write(content, _AUDIO, 16_000, format="WAV", subtype="FLOAT")
    return EncodedSoundRequest(content=content.getvalue(), description="a file in memory")


FINITE = ("file", "paced file", "file in memory", "samples in memory", "stand-in file")
ENDLESS = ("microphone", "pushed", "stand-in")


@pytest.fixture
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    path = tmp_path / "sound.wav"
    soundfile.write(path, _AUDIO, 16_000, subtype="FLOAT")
    rigs: dict[str, Rig] = {
        "file": FileRig(FileSource(path)),
        "paced file": FileRig(FileSource(path, 1.0, ManualPacing())),
        "samples in memory": FileRig(
            SystemAudioSources().open(SamplesRequest(samples=_AUDIO, sample_rate_hz=16_000))
        ),
        "file in memory": FileRig(SystemAudioSources().open(whole_file())),
        "pushed": PushedRig(),
        "pushed to its end": EndedPushRig(),
        "stand-in file": FileRig(StandInFileSource(description="a stand-in", opened=[], audio=_AUDIO)),
        "microphone": MicrophoneRig(),
        "stand-in": StandInRig(),
    }
    yield rigs[request.param]
    for each in rigs.values():
        each.source.stop()


def each_of(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("rig", names, indirect=True)


def names_of_threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


@each_of(*FINITE, *ENDLESS)
def test_it_has_a_name_before_it_starts(rig: Rig) -> None:
    assert rig.source.description


@each_of(*FINITE)
def test_a_source_with_an_end_delivers_every_sample_once_and_then_its_end(rig: Rig) -> None:
    sink = CollectingSink()
    rig.source.start(sink)
    sink.wait_for_last(SourceEnded)
    assert sink.taken[-1] == SourceEnded(at_sample=_SAMPLES)
    assert sink.end_sample == _SAMPLES
    assert np.array_equal(sink.audio, _AUDIO)
    assert rig.source.duration_samples == _SAMPLES


@each_of(*ENDLESS)
def test_a_source_without_an_end_delivers_all_that_is_heard(rig: Rig) -> None:
    sink = CollectingSink()
    rig.source.start(sink)
    rig.feed()
    sink.wait_for(lambda sink: sink.end_sample == _SAMPLES)
    assert np.array_equal(sink.audio, _AUDIO)
    assert rig.source.duration_samples is None


@each_of("pushed to its end")
def test_a_source_that_is_pushed_to_its_end_delivers_every_sample_once_and_then_its_end(rig: Rig) -> None:
    sink = CollectingSink()
    rig.source.start(sink)
    sink.wait_for_last(SourceEnded)
    assert sink.taken[-1] == SourceEnded(at_sample=_SAMPLES)
    assert np.array_equal(sink.audio, _AUDIO)


@each_of("file", "paced file", "file in memory", "pushed", "stand-in file", "microphone")
def test_it_delivers_from_one_thread_of_its_own_which_is_gone_after_the_stop(rig: Rig) -> None:
    sink = CollectingSink()
    rig.source.start(sink)
    rig.feed()
    sink.wait_for(lambda sink: bool(sink.taken))
    rig.source.stop()
    (thread,) = sink.threads
    assert thread is not threading.current_thread()
    assert not thread.is_alive()


@each_of(*FINITE, *ENDLESS)
def test_nothing_is_delivered_after_the_stop_which_may_be_repeated(rig: Rig) -> None:
    sink = CollectingSink()
    rig.source.start(sink)
    rig.source.stop()
    taken = len(sink.taken)
    rig.feed()
    rig.source.stop()
    assert len(sink.taken) == taken


class StoppableSink(CollectingSink):
    """Is like a session's once that is being stopped: it waits for nothing any more, and still takes offers."""

    def __init__(self) -> None:
        super().__init__()
        self.is_stopping = False

    def put(self, delivery: AudioDelivery) -> bool:
        return not self.is_stopping and self.offer(delivery)


@pytest.mark.parametrize("device_holds", [0, 3])
@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_a_stop_hands_over_all_that_was_captured_before_it(rate: int, device_holds: int) -> None:
    frames = speechlike(rate, rate)[:, np.newaxis]
    converter = StreamConverter(rate)
    converted = [*converter.convert(frames), *converter.finish()]
    library, sink = FakeSoundLibrary([microphone(sample_rate_hz=rate)]), StoppableSink()
    source = MicrophoneSource(None, library)
    source.start(sink)
    pieces = np.array_split(frames, 97)
    border = len(pieces) - device_holds
    library.streams[0].held.extend(pieces[border:])
    for piece in pieces[:border]:
        library.streams[0].play(piece)
    sink.is_stopping = True
    source.stop()
    assert library.streams[0].is_closed
    assert sink.end_sample == converted_samples(len(frames), rate) == 16_000
    assert not sink.losses
    expected = [piece.samples for piece in converted if isinstance(piece, AudioBlock)]
    assert np.array_equal(sink.audio, np.concatenate(expected))


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_what_a_full_sink_refused_before_the_stop_is_told_as_lost(rate: int) -> None:
    library, sink = FakeSoundLibrary([microphone(sample_rate_hz=rate)]), CollectingSink()
    source = MicrophoneSource(None, library)
    source.start(sink)
    sink.is_open = False
    library.streams[0].play_silence(rate // 10)
    sink.wait_for(lambda sink: sink.offers > 0)
    library.streams[0].play_silence(rate // 10)
    sink.is_open = True
    source.stop()
    assert sink.end_sample == 3_200
    assert sum(loss.lost_samples for loss in sink.losses) > 1_000


@each_of("file", "paced file", "file in memory", "stand-in file")
def test_a_source_that_can_wait_hands_over_nothing_more_once_no_room_is_waited_for(rig: Rig) -> None:
    sink = StoppableSink()
    sink.is_stopping = True
    rig.source.start(sink)
    rig.source.stop()
    assert not sink.taken


@each_of(*FINITE, *ENDLESS)
def test_a_source_that_was_never_started_can_be_stopped(rig: Rig) -> None:
    rig.source.stop()
    rig.source.stop()


@each_of("file", "paced file", "file in memory", "pushed", "microphone")
def test_a_sink_that_holds_a_delivery_for_ever_does_not_hold_the_stop(rig: Rig) -> None:
    sink = BlockingSink()
    rig.source.start(sink)
    rig.feed()
    assert sink.is_held.wait(60.0)
    rig.source.stop()
    assert sink.thread is not None
    assert sink.thread.is_alive(), "the stop waited until the sink was given up"
    sink.let_go()
    sink.thread.join(60.0)
    assert not sink.thread.is_alive()
    assert sink.deliveries == 1


@each_of("file", "paced file", "file in memory", "pushed", "microphone")
def test_it_can_be_stopped_from_within_a_delivery(rig: Rig) -> None:
    class StoppingSink(CollectingSink):
        def offer(self, delivery: object) -> bool:
            rig.source.stop()
            return super().offer(delivery)  # type: ignore[arg-type]  # whatever it is

    sink = StoppingSink()
    rig.source.start(sink)
    rig.feed()
    sink.wait_for(lambda sink: bool(sink.taken))
    (thread,) = sink.threads
    thread.join(60.0)
    assert not thread.is_alive()
    assert len(sink.taken) == 1


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_a_client_is_called_when_all_that_was_taken_before_is_delivered_and_nothing_behind_it(rate: int) -> None:
    rig, sink, places = PushedRig(rate), CollectingSink(), SimpleQueue[tuple[int, threading.Thread]]()
    frames = speechlike(rate, rate)
    borders = [0, rate // 7, rate // 7, rate // 3 + 1, rate]
    for start, end in pairwise(borders):
        rig.pushed.push(frames[start:end].tobytes(), start)
        rig.pushed.when_delivered(lambda: places.put((sink.end_sample, threading.current_thread())))
    assert places.empty(), "nothing is delivered before the start"
    rig.source.start(sink)
    called = [places.get(timeout=60.0) for _ in borders[1:]]
    assert [place for place, _ in called] == [converted_samples(end, rate) for end in borders[1:]]
    assert {thread for _, thread in called} == sink.threads
    rig.source.stop()


@each_of("pushed to its end")
def test_a_client_is_called_at_once_when_all_is_delivered(rig: Rig) -> None:
    assert isinstance(rig, PushedRig)
    sink, called = CollectingSink(), threading.Event()
    rig.source.start(sink)
    rig.pushed.when_delivered(called.set)
    assert called.wait(60.0)
    assert sink.end_sample == _SAMPLES
    rig.source.stop()
    again = threading.Event()
    rig.pushed.when_delivered(again.set)
    assert again.is_set()


@pytest.mark.parametrize("is_started", [True, False])
def test_a_client_is_called_by_the_stop_if_its_audio_is_not_delivered_by_then(is_started: bool) -> None:
    rig, sink, called = PushedRig(), BlockingSink(), threading.Event()
    rig.feed()
    rig.pushed.when_delivered(called.set)
    if is_started:
        rig.source.start(sink)
        assert sink.is_held.wait(60.0)
    assert not called.is_set()
    rig.source.stop()
    assert called.is_set()
    sink.let_go()
