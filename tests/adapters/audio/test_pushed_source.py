"""Audio that a client pushes is heard once, in its order and at its places, however it is cut and sent again."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.audio.sound_files import speechlike
from tests.fakes.audio_sink import BlockingSink, CollectingSink

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Frames, StreamConverter, converted_samples
from realtime_mlx_stt.adapters.audio.pushed.push_intake import PushedItem
from realtime_mlx_stt.adapters.audio.pushed.pushed_frames import PushedFrames
from realtime_mlx_stt.adapters.audio.pushed.pushed_source import PushedAudioSource
from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioClientGoneError,
    AudioDelivery,
    AudioEncoding,
    AudioEndedError,
    AudioFormatError,
    AudioLost,
    AudioPositionError,
    AudioSourceError,
    PushReceipt,
    PushRequest,
    SourceEnded,
    SourceFailed,
    SourceLost,
)

FLOAT = PushRequest(encoding=AudioEncoding.PCM_F32LE)


def at(rate: int, channels: int = 1) -> PushRequest:
    return PushRequest(encoding=AudioEncoding.PCM_F32LE, sample_rate_hz=rate, channels=channels)


def opened(request: PushRequest) -> PushedAudioSource:
    source = SystemAudioSources().open(request)
    assert isinstance(source, PushedAudioSource)
    return source


@contextmanager
def pushing(request: PushRequest = FLOAT, sink: CollectingSink | None = None) -> Iterator[PushedAudioSource]:
    source = opened(request)
    if sink is not None:
        source.start(sink)
    yield source
    source.stop()


def ended(source: PushedAudioSource, sink: CollectingSink) -> CollectingSink:
    source.end()
    sink.wait_for_last(SourceEnded)
    assert isinstance(sink.taken[-1], SourceEnded)
    assert sink.taken[-1].at_sample == sink.end_sample
    return sink


def converted(frames: Frames, rate: int) -> Frames:
    converter = StreamConverter(rate)
    pieces = [*converter.convert(frames.reshape(len(frames), -1)), *converter.finish()]
    return np.concatenate([piece.samples for piece in pieces if isinstance(piece, AudioBlock)])


class FullSink(CollectingSink):
    """Has no room before ``let_go``, and waits for none once it is ``stopping``; offers are refused while full."""

    def __init__(self) -> None:
        super().__init__()
        self.is_held = threading.Event()
        self._room = threading.Event()
        self._takes = True

    def put(self, delivery: AudioDelivery) -> bool:
        self.is_held.set()
        assert self._room.wait(60.0)
        return self._takes and super().offer(delivery)

    def let_go(self) -> None:
        self._room.set()

    def wait_no_more(self) -> None:
        self._takes = False
        self._room.set()


class TestSamples:
    def test_floats_pass_as_they_are(self) -> None:
        sink, samples = CollectingSink(), speechlike(8_000)
        with pushing(FLOAT, sink) as source:
            assert source.push(samples.tobytes(), 0) == PushReceipt(next_position=8_000, is_full=False)
            assert np.array_equal(ended(source, sink).audio, samples)

    def test_whole_numbers_of_16_bits_are_parts_of_full_scale(self) -> None:
        sink, numbers = CollectingSink(), np.array([-32_768, -1, 0, 1, 16_384, 32_767], dtype="<i2")
        with pushing(PushRequest(), sink) as source:
            source.push(numbers.tobytes())
            assert np.array_equal(ended(source, sink).audio, numbers / np.float32(32_768))

    @pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
    def test_any_rate_is_heard_as_everywhere(self, rate: int) -> None:
        sink, samples = CollectingSink(), speechlike(rate, rate)
        with pushing(at(rate), sink) as source:
            for part in np.array_split(samples, 50):
                source.push(part.tobytes())
            assert np.array_equal(ended(source, sink).audio, converted(samples, rate))

    def test_channels_are_interleaved_and_their_mean_is_heard(self) -> None:
        sink = CollectingSink()
        frames = np.stack([speechlike(4_000), np.zeros(4_000, np.float32)], axis=1)
        with pushing(at(16_000, channels=2), sink) as source:
            assert source.push(frames.tobytes()).next_position == 4_000
            assert np.array_equal(ended(source, sink).audio, frames[:, 0] / np.float32(2))

    def test_what_is_no_number_is_a_loss(self) -> None:
        sink, samples = CollectingSink(), speechlike(16_000)
        samples[4_000:5_000] = np.nan
        with pushing(FLOAT, sink) as source:
            source.push(samples.tobytes())
            (loss,) = ended(source, sink).losses
        assert loss == AudioLost(first_sample=4_000, lost_samples=1_000, reason=GapReason.INVALID_SAMPLES)

    def test_much_at_once_is_delivered_in_parts(self) -> None:
        sink = CollectingSink()
        with pushing(FLOAT, sink) as source:
            source.push(speechlike(100_000).tobytes())
            assert max(len(block.samples) for block in ended(source, sink).blocks) <= 8_000

    @pytest.mark.parametrize("rate", [0, 999, 384_001])
    def test_a_rate_that_no_sound_has_is_refused(self, rate: int) -> None:
        with pytest.raises(AudioFormatError, match=f"not {rate}"):
            opened(at(rate))

    @pytest.mark.parametrize("channels", [0, 9])
    def test_so_many_channels_are_refused(self, channels: int) -> None:
        with pytest.raises(AudioFormatError, match=f"not {channels}"):
            opened(at(16_000, channels))

    @pytest.mark.parametrize("patience_seconds", [0.0, -1.0, float("nan")])
    def test_a_patience_that_is_no_time_is_refused(self, patience_seconds: float) -> None:
        with pytest.raises(AudioSourceError, match="above 0"):
            opened(PushRequest(patience_seconds=patience_seconds))


class TestPositions:
    def test_what_was_taken_before_is_not_taken_again(self) -> None:
        sink, samples = CollectingSink(), speechlike(4_000)
        with pushing(FLOAT, sink) as source:
            source.push(samples[:3_000].tobytes(), 0)
            assert source.push(samples[500:2_000].tobytes(), 500).next_position == 3_000
            assert source.push(samples[1_000:].tobytes(), 1_000).next_position == 4_000
            assert source.next_position == 4_000
            assert np.array_equal(ended(source, sink).audio, samples)

    @pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
    def test_a_hole_is_a_loss_of_the_samples_that_it_would_have_made(self, rate: int) -> None:
        sink, samples = CollectingSink(), speechlike(3 * rate, rate)
        with pushing(at(rate), sink) as source:
            source.push(samples[:rate].tobytes(), 0)
            assert source.push(samples[2 * rate :].tobytes(), 2 * rate).next_position == 3 * rate
            (loss,) = ended(source, sink).losses
        assert loss == AudioLost(first_sample=16_000, lost_samples=16_000, reason=GapReason.SKIPPED)
        assert sink.end_sample == 48_000
        assert np.array_equal(sink.audio[:16_000], converted(samples[:rate], rate))
        assert np.array_equal(sink.audio[32_000:], converted(samples[2 * rate :], rate))

    def test_a_hole_at_the_beginning_is_a_loss(self) -> None:
        sink = CollectingSink()
        with pushing(FLOAT, sink) as source:
            source.push(speechlike(100).tobytes(), 7)
            assert ended(source, sink).losses == [
                AudioLost(first_sample=0, lost_samples=7, reason=GapReason.SKIPPED)
            ]

    def test_ten_minutes_may_be_left_out_and_not_more(self) -> None:
        sink, most = CollectingSink(), 600 * 16_000
        with pushing(FLOAT, sink) as source:
            with pytest.raises(AudioPositionError, match="position 9600001 cannot follow"):
                source.push(bytes(4), most + 1)
            assert source.next_position == 0
            assert source.push(bytes(4), most).next_position == most + 1
            assert [loss.lost_samples for loss in ended(source, sink).losses] == [most]

    def test_what_is_left_out_in_all_cannot_go_far_ahead_of_the_clock(self) -> None:
        minute = 60 * 16_000
        with pushing() as source:
            for _ in range(10):
                source.push(bytes(4), source.next_position + minute)
            with pytest.raises(AudioPositionError):
                source.push(bytes(4), source.next_position + minute)
            assert source.push(bytes(4)).next_position == 10 * (minute + 1) + 1

    def test_nothing_is_before_the_beginning(self) -> None:
        with pushing() as source, pytest.raises(AudioPositionError, match="-1"):
            source.push(bytes(4), -1)

    def test_bytes_that_are_no_whole_frames_are_refused_and_nothing_is_taken(self) -> None:
        with pushing(at(16_000, channels=2)) as source:
            with pytest.raises(AudioFormatError, match="12 bytes are no whole number of frames of 8 bytes"):
                source.push(bytes(12))
            assert source.next_position == 0

    def test_an_empty_push_takes_nothing_wherever_it_is(self) -> None:
        with pushing() as source:
            assert source.push(b"", 10**30) == PushReceipt(next_position=0, is_full=False)


@dataclass(frozen=True)
class Journey:
    """How frames came to a source: the parts that came, each from its first frame to the one behind its last."""

    rate: int
    numbers: Frames
    parts: tuple[tuple[int, int], ...]

    def lost_frames(self) -> list[tuple[int, int]]:
        known, lost = 0, []
        for start, end in self.parts:
            if start > known:
                lost.append((known, start))
            known = max(known, end)
        return lost


@st.composite
def journeys(draw: st.DrawFn, *, with_holes: bool) -> Journey:
    """Every part begins at or before what has come, as after a lost connection, or, if so, behind a hole."""
    rate = draw(st.sampled_from((8_000, 16_000, 44_100, 48_000, 384_000)))
    known, parts = 0, []
    for _ in range(draw(st.integers(1, 30))):
        length = draw(st.sampled_from((0, 1, 12, 13, 160, 700, 4_000)) | st.integers(1, 3_000))
        offsets = st.just(0) | st.integers(-3_000, 0)
        offset = draw(offsets | st.integers(1, 2_000) | st.just(1) if with_holes else offsets)
        start = max(0, known + offset)
        if length:
            parts.append((start, start + length))
            known = max(known, start + length)
    numbers = np.random.default_rng(known).uniform(-0.9, 0.9, known).astype(np.float32)
    return Journey(rate=rate, numbers=numbers, parts=tuple(parts))


def heard(journey: Journey, parts: Sequence[tuple[int, int]]) -> CollectingSink:
    sink = CollectingSink()
    with pushing(at(journey.rate), sink) as source:
        for start, end in parts:
            while source.push(journey.numbers[start:end].tobytes(), start).is_full:
                sink.wait_for(lambda _: True)
        return ended(source, sink)


@settings(max_examples=60, deadline=None)
@given(journeys(with_holes=False))
def test_neither_the_cut_nor_what_is_sent_again_changes_what_is_delivered(journey: Journey) -> None:
    sink = heard(journey, journey.parts)
    assert not sink.losses
    assert np.array_equal(sink.audio, heard(journey, [(0, len(journey.numbers))]).audio)
    assert sink.end_sample == converted_samples(len(journey.numbers), journey.rate)


@settings(max_examples=60, deadline=None)
@given(journeys(with_holes=True))
def test_holes_keep_every_sample_within_one_of_its_place_and_none_is_counted_twice(journey: Journey) -> None:
    sink = heard(journey, journey.parts)
    end = converted_samples(len(journey.numbers), journey.rate)
    assert sink.end_sample == end
    expected_loss = sum(end - start for start, end in journey.lost_frames()) * 16_000 / journey.rate
    lost = sum(loss.lost_samples for loss in sink.losses)
    assert abs(lost - expected_loss) <= 1.5 * len(journey.lost_frames())
    assert all(loss.reason is GapReason.SKIPPED for loss in sink.losses)


class TestMarks:
    @pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000, 384_000])
    def test_however_many_there_are_every_sample_keeps_its_place_and_its_sound(self, rate: int) -> None:
        sink, samples, marks = CollectingSink(), speechlike(rate, rate), list[int]()
        borders = range(0, rate, rate // 43 + 1)
        with pushing(at(rate), sink) as source:
            for first in borders:
                source.push(samples[first : first + borders.step].tobytes(), first)
                source.when_delivered(lambda: marks.append(sink.end_sample))
            ended(source, sink)
        assert marks == [converted_samples(min(rate, first + borders.step), rate) for first in borders]
        assert not sink.losses
        assert np.corrcoef(sink.audio, converted(samples, rate))[0, 1] > 0.998

    def test_the_parts_between_them_still_wait_as_bounded_pieces(self) -> None:
        with pushing() as source:
            while not source.push(bytes(4)).is_full:
                source.when_delivered(lambda: None)
            assert source.next_position <= 300

    def test_what_is_no_number_is_told_before_the_mark_behind_it(self) -> None:
        sink, losses = CollectingSink(), SimpleQueue[list[AudioLost]]()
        with pushing(FLOAT, sink) as source:
            source.push(np.full(100, np.nan, dtype=np.float32).tobytes())
            source.when_delivered(lambda: losses.put(sink.losses))
            (loss,) = losses.get(timeout=60.0)
        assert loss == AudioLost(first_sample=0, lost_samples=100, reason=GapReason.INVALID_SAMPLES)

    def test_a_mark_is_no_sign_of_life_and_is_reached_at_once_when_the_client_is_lost(self) -> None:
        sink, called = CollectingSink(), threading.Event()
        with pushing(PushRequest(patience_seconds=0.5), sink) as source:
            source.when_delivered(lambda: None)
            sink.wait_for_last(SourceLost)
            source.when_delivered(called.set)
            assert called.is_set()

    def test_a_mark_behind_what_is_no_sound_is_reached(self) -> None:
        sink, called = CollectingSink(), threading.Event()
        source = opened(PushRequest(encoding=AudioEncoding.CONTAINER))
        source.push(b"this is no sound")
        source.when_delivered(called.set)
        source.start(sink)
        sink.wait_for_last(SourceFailed)
        assert called.wait(60.0)
        source.stop()


class TestFullSession:
    def test_a_push_is_not_taken_while_seconds_are_waiting_and_is_when_there_is_room(self) -> None:
        sink, second = FullSink(), speechlike(16_000)
        with pushing(FLOAT, sink) as source:
            source.push(second[:1].tobytes())
            assert sink.is_held.wait(60.0)
            answers = [source.push(second.tobytes()) for _ in range(15)]
            full = [answer for answer in answers if answer.is_full]
            assert len(full) == 5
            assert {answer.next_position for answer in full} == {source.next_position}
            sink.let_go()
            sink.wait_for(lambda sink: sink.end_sample > 16_000)
            assert not source.push(second.tobytes(), source.next_position).is_full
            assert ended(source, sink).end_sample == source.next_position

    def test_fewer_seconds_wait_of_what_takes_many_bytes(self) -> None:
        half_second = bytes(4 * 8 * 192_000)
        with pushing(at(384_000, channels=8)) as source:
            while not source.push(half_second).is_full:
                pass
            assert source.next_position * 4 * 8 < 2**24 + len(half_second)

    def test_what_was_taken_before_is_no_reason_to_send_it_again_later(self) -> None:
        sink, second = FullSink(), speechlike(16_000)
        with pushing(FLOAT, sink) as source:
            while not source.push(second.tobytes()).is_full:
                pass
            assert not source.push(second.tobytes(), 0).is_full
            sink.let_go()

    def test_the_end_comes_behind_all_that_waits(self) -> None:
        sink = FullSink()
        with pushing(FLOAT, sink) as source:
            source.push(speechlike(20_000).tobytes())
            source.end()
            sink.let_go()
            sink.wait_for_last(SourceEnded)
            assert sink.end_sample == 20_000

    def test_a_stop_offers_what_waits(self) -> None:
        sink = FullSink()
        with pushing(at(48_000), sink) as source:
            source.push(speechlike(60_000, 48_000).tobytes())
            assert sink.is_held.wait(60.0)
            sink.wait_no_more()
            source.stop()
            assert sink.end_sample == 20_000
            assert not sink.losses
            assert isinstance(sink.taken[-1], AudioBlock)

    def test_what_is_not_taken_at_a_stop_is_told_as_lost(self) -> None:
        class WithoutRoom(FullSink):
            def offer(self, delivery: AudioDelivery) -> bool:
                return isinstance(delivery, AudioLost) and super().offer(delivery)

        sink = WithoutRoom()
        with pushing(FLOAT, sink) as source:
            source.push(speechlike(20_000).tobytes())
            assert sink.is_held.wait(60.0)
            sink.wait_no_more()
            source.stop()
        assert sink.end_sample == sum(loss.lost_samples for loss in sink.losses) == 20_000
        assert {loss.reason for loss in sink.losses} == {GapReason.OVERFLOW}


class TestEnd:
    def test_a_client_that_gives_no_sign_of_life_is_given_up(self) -> None:
        sink = CollectingSink()
        with pushing(PushRequest(patience_seconds=0.1), sink) as source:
            source.push(bytes(200))
            sink.wait_for_last(SourceFailed)
            failure = sink.taken[-1]
            assert isinstance(failure, SourceFailed)
            assert isinstance(failure.error, AudioClientGoneError)
            assert "no audio and no sign of life for 0.1 s" in str(failure.error)
            assert failure.at_sample == sink.end_sample == 100
            assert sink.taken[-2] == SourceLost(at_sample=100, error=failure.error)
            with pytest.raises(AudioEndedError, match="no sign of life"):
                source.push(bytes(2))

    def test_a_stop_need_not_wait_for_the_last_texts_of_a_client_that_is_gone(self) -> None:
        sink = CollectingSink()
        with pushing(PushRequest(patience_seconds=1.0), sink) as source:
            sink.wait_for_last(SourceLost)
            source.stop()
        assert isinstance(sink.taken[-1], SourceLost)

    def test_an_empty_push_is_a_sign_of_life(self) -> None:
        sink, pause = CollectingSink(), threading.Event()
        with pushing(PushRequest(patience_seconds=1.0), sink) as source:
            for _ in range(24):
                pause.wait(0.05)
                source.push(b"")
            assert not sink.taken

    def test_after_its_end_nothing_is_taken(self) -> None:
        sink = CollectingSink()
        with pushing(FLOAT, sink) as source:
            ended(source, sink)
            source.end()
            with pytest.raises(AudioEndedError, match="end of the audio"):
                source.push(b"")

    def test_after_a_stop_nothing_is_taken(self) -> None:
        with pushing() as source:
            source.stop()
            with pytest.raises(AudioEndedError, match="no more audio"):
                source.push(bytes(4))

    def test_it_is_heard_once(self) -> None:
        with pushing(FLOAT, CollectingSink()) as source, pytest.raises(AudioSourceError, match="open it again"):
            source.start(CollectingSink())

    def test_it_is_not_heard_after_it_was_stopped(self) -> None:
        with pushing() as source:
            source.stop()
            with pytest.raises(AudioSourceError, match="open it again"):
                source.start(CollectingSink())

    def test_a_defect_ends_it_with_a_word(self, caplog: pytest.LogCaptureFixture) -> None:
        class Defective(PushedFrames):
            def deliveries(self, next_item: Callable[[], PushedItem | None]) -> Iterator[AudioDelivery]:
                raise ZeroDivisionError("for a test")

        sink = CollectingSink()
        source = PushedAudioSource(Defective(FLOAT), "a client")
        source.start(sink)
        sink.wait_for_last(SourceFailed)
        assert "failed by a defect" in caplog.text
        with pytest.raises(AudioEndedError, match="failed by a defect"):
            source.push(bytes(4))
        source.stop()


def test_clients_may_push_from_several_threads_at_once() -> None:
    sink, samples = CollectingSink(), speechlike(32_000)
    parts = [(first, samples[first : first + 320].tobytes()) for first in range(0, len(samples), 320)]

    def push_all(source: PushedAudioSource) -> None:
        for position, payload in parts:
            while source.push(payload, position).is_full:
                pass

    with pushing(FLOAT, sink) as source:
        threads = [threading.Thread(target=push_all, args=(source,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60.0)
        assert np.array_equal(ended(source, sink).audio, samples)


def test_a_million_tiny_pushes_wait_in_little_room() -> None:
    sink = BlockingSink()
    source = opened(FLOAT)
    source.start(sink)
    position = 0
    for _ in range(1_000):
        position = source.push(bytes(4), position + 2).next_position
    assert position <= 3 * 300
    sink.let_go()
    source.stop()
