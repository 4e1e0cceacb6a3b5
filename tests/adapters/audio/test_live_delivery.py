"""What a full sink refuses is lost, counted to the sample, and told in few words."""

import numpy as np
from tests.fakes.audio_sink import CollectingSink

from realtime_mlx_stt.adapters.audio.live_delivery import LiveDelivery
from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.ports.audio_source import AudioBlock, AudioLost, AudioSourceError, SourceLost, SourceRecovered


def blocks(count: int, first: int = 0, length: int = 160) -> list[AudioBlock]:
    firsts = range(first, first + count * length, length)
    return [AudioBlock(first_sample=start, samples=np.zeros(length, dtype=np.float32)) for start in firsts]


def test_what_is_taken_goes_on_as_it_is() -> None:
    sink = CollectingSink()
    delivery = LiveDelivery(sink)
    given = blocks(5)
    for block in given:
        delivery.deliver(block)
    assert len(sink.taken) == 5
    assert all(taken is block for taken, block in zip(sink.taken, given, strict=True))


def test_refused_blocks_are_one_loss_of_exactly_their_samples() -> None:
    sink = CollectingSink()
    delivery = LiveDelivery(sink)
    delivery.deliver(blocks(1)[0])
    sink.is_open = False
    for block in blocks(100, first=160):
        delivery.deliver(block)
    sink.is_open = True
    delivery.deliver(blocks(1, first=101 * 160)[0])
    assert sink.losses == [AudioLost(first_sample=160, lost_samples=16_000, reason=GapReason.OVERFLOW)]
    assert sink.end_sample == 102 * 160


def test_a_sink_that_refuses_now_and_then_is_left_in_peace_for_half_a_second() -> None:
    sink = CollectingSink()
    delivery = LiveDelivery(sink)
    for n, block in enumerate(blocks(500)):
        sink.is_open = n % 5 != 0
        delivery.deliver(block)
    assert all(loss.lost_samples >= 8_000 for loss in sink.losses)
    assert len(sink.losses) <= 10
    assert sink.end_sample > 65_000


def test_a_sink_that_takes_nothing_any_more_costs_no_memory() -> None:
    sink = CollectingSink()
    sink.is_open = False
    delivery = LiveDelivery(sink)
    for block in blocks(10_000):
        delivery.deliver(block)
    sink.is_open = True
    delivery.deliver(blocks(1, first=1_600_000)[0])
    assert len(sink.taken) == 2


def test_a_refused_notice_is_owed_and_told_before_what_follows() -> None:
    sink = CollectingSink()
    delivery = LiveDelivery(sink)
    error = AudioSourceError("unplugged")
    sink.is_open = False
    delivery.deliver(blocks(1)[0])
    delivery.deliver(SourceLost(at_sample=160, error=error))
    delivery.deliver(AudioLost(first_sample=160, lost_samples=1_000, reason=GapReason.SOURCE_LOST))
    delivery.deliver(SourceRecovered(at_sample=1_160))
    sink.is_open = True
    delivery.deliver(blocks(1, first=1_160)[0])
    assert [type(part).__name__ for part in sink.taken] == [
        "AudioLost",
        "SourceLost",
        "AudioLost",
        "SourceRecovered",
        "AudioBlock",
    ]
    assert sink.end_sample == 1_320
