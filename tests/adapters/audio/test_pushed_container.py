"""Opus in WebM or Ogg is heard while it is pushed, the same however its bytes are cut and sent again."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.audio.media_files import encoded
from tests.adapters.audio.sound_files import speechlike
from tests.fakes.audio_sink import CollectingSink

from realtime_mlx_stt.adapters.audio.pushed.pushed_source import PushedAudioSource
from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.ports.audio_source import (
    AudioClientGoneError,
    AudioEncoding,
    AudioEndedError,
    AudioPositionError,
    AudioSamples,
    EncodedSoundRequest,
    PushReceipt,
    PushRequest,
    SourceEnded,
    SourceFailed,
)

SECONDS = speechlike(3 * 48_000, 48_000)
RECORDER = Path(__file__).parent / "browser_recorder.webm"
CONTAINERS = ("webm", "ogg")
CLUSTER = b"\x1f\x43\xb6\x75"
"""How a stretch of sound begins in WebM."""


@cache
def sent(container: str) -> bytes:
    return encoded(SECONDS, 48_000, container, "libopus")


@contextmanager
def pushing(sink: CollectingSink, patience_seconds: float = 60.0) -> Iterator[PushedAudioSource]:
    request = PushRequest(encoding=AudioEncoding.CONTAINER, patience_seconds=patience_seconds)
    source = SystemAudioSources().open(request)
    assert isinstance(source, PushedAudioSource)
    source.start(sink)
    yield source
    source.stop()


def ended(source: PushedAudioSource, sink: CollectingSink) -> CollectingSink:
    source.end()
    sink.wait_for(lambda sink: bool(sink.taken) and isinstance(sink.taken[-1], SourceEnded | SourceFailed))
    return sink


def failure(content: bytes) -> str:
    sink = CollectingSink()
    with pushing(sink) as source:
        source.push(content)
        ended(source, sink)
    last = sink.taken[-1]
    assert isinstance(last, SourceFailed)
    assert last.error.code == "audio-format"
    return str(last.error)


@cache
def as_a_whole(container: str) -> AudioSamples:
    sink = CollectingSink()
    source = SystemAudioSources().open(EncodedSoundRequest(content=sent(container), description="it"))
    source.start(sink)
    sink.wait_for_last(SourceEnded)
    return sink.audio


@pytest.mark.parametrize("container", CONTAINERS)
def test_it_is_heard_as_the_file_that_it_is(container: str) -> None:
    sink = CollectingSink()
    with pushing(sink) as source:
        assert source.push(sent(container)) == PushReceipt(next_position=len(sent(container)), is_full=False)
        ended(source, sink)
    assert sink.taken[-1] == SourceEnded(at_sample=48_000)
    assert sink.end_sample == 48_000
    assert np.corrcoef(sink.audio, as_a_whole(container)[:48_000])[0, 1] > 0.999
    assert np.corrcoef(sink.audio, speechlike(48_000))[0, 1] > 0.95


@pytest.mark.parametrize("container", CONTAINERS)
def test_it_is_heard_while_it_is_pushed(container: str) -> None:
    sink, content = CollectingSink(), sent(container)
    with pushing(sink) as source:
        for first in range(0, len(content) * 3 // 4, 100):
            source.push(content[first : first + 100])
        sink.wait_for(lambda sink: sink.end_sample > 16_000)


def test_what_the_recorder_of_a_browser_gives_is_heard_from_its_first_bytes_on() -> None:
    """3 s of examples/speech.wav as Chromium's MediaRecorder gave them, 100 ms at a time, at 32 kbit/s."""
    sink, content = CollectingSink(), RECORDER.read_bytes()
    with pushing(sink) as source:
        source.push(content[:1_000])
        sink.wait_for(lambda sink: sink.end_sample > 2_000)
        source.push(content[1_000:])
        ended(source, sink)
    assert sink.taken[-1] == SourceEnded(at_sample=48_000)
    assert np.abs(sink.audio).max() > 0.5


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(CONTAINERS), st.lists(st.integers(1, 4_000), min_size=1, max_size=60), st.integers(0, 500))
def test_neither_the_cut_nor_what_is_sent_again_changes_what_is_delivered(
    container: str, sizes: list[int], again: int
) -> None:
    content, sink, position, turn = sent(container), CollectingSink(), 0, 0
    whole = CollectingSink()
    with pushing(whole) as source:
        source.push(content)
        ended(source, whole)
    with pushing(sink) as source:
        while position < len(content):
            start = max(0, position - again)
            position = source.push(content[start : position + sizes[turn % len(sizes)]], start).next_position
            turn += 1
        ended(source, sink)
    assert np.array_equal(sink.audio, whole.audio)


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_container_has_no_holes(container: str) -> None:
    content = sent(container)
    with pushing(CollectingSink()) as source:
        source.push(content[:1_000])
        with pytest.raises(AudioPositionError, match=r"position 1001 cannot follow .* position 1000"):
            source.push(content[1_001:], 1_001)
        assert source.push(content[1_000:], 1_000).next_position == len(content)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("length", [0, 3, 50, 500, 5_000, 15_000])
def test_a_stop_anywhere_hands_over_what_came_and_is_no_failure(container: str, length: int) -> None:
    sink = CollectingSink()
    with pushing(sink) as source:
        source.push(sent(container)[:length])
        source.stop()
    assert not any(isinstance(delivery, SourceEnded | SourceFailed) for delivery in sink.taken)
    if length == 15_000:
        assert sink.end_sample > 15_000


@pytest.mark.parametrize("container", CONTAINERS)
def test_an_end_in_the_middle_is_an_end(container: str) -> None:
    sink = CollectingSink()
    with pushing(sink) as source:
        source.push(sent(container)[:15_000])
        ended(source, sink)
    assert isinstance(sink.taken[-1], SourceEnded)


def test_nothing_at_all_is_an_end_too() -> None:
    sink = CollectingSink()
    with pushing(sink) as source:
        assert ended(source, sink).taken == [SourceEnded(at_sample=0)]


@pytest.mark.parametrize("content", [b"RIFF....WAVE", b"abc", np.random.default_rng(1).bytes(300)])
def test_what_is_no_container_fails_at_once(content: bytes) -> None:
    assert "neither WebM nor Ogg" in failure(content)


def test_what_only_begins_like_one_fails() -> None:
    assert "no WebM or Ogg with Opus" in failure(b"OggS" + np.random.default_rng(1).bytes(30_000))
    assert "no WebM or Ogg with Opus" in failure(sent("webm")[:200])


def test_what_would_only_fill_the_memory_fails() -> None:
    header, _ = RECORDER.read_bytes().split(CLUSTER, 1)
    block_of_250_mb = CLUSTER + b"\x01" + b"\xff" * 7 + b"\xe7\x81\x00" + b"\xa3\x1f\xa0\x00\x00"
    assert "nothing to be heard in 8 MB" in failure(header + block_of_250_mb + bytes(9 * 2**20))


def test_another_codec_than_opus_fails() -> None:
    assert "no WebM or Ogg with Opus" in failure(encoded(SECONDS, 48_000, "ogg", "flac"))


def test_after_a_failure_nothing_is_taken() -> None:
    sink = CollectingSink()
    with pushing(sink) as source:
        source.push(b"garbage")
        sink.wait_for_last(SourceFailed)
        with pytest.raises(AudioEndedError, match="neither WebM nor Ogg"):
            source.push(b"more")


@pytest.mark.parametrize("length", [0, 2, 5_000])
def test_a_client_that_gives_no_sign_of_life_is_given_up(length: int) -> None:
    sink = CollectingSink()
    with pushing(sink, patience_seconds=0.2) as source:
        source.push(sent("webm")[:length])
        sink.wait_for_last(SourceFailed)
    last = sink.taken[-1]
    assert isinstance(last, SourceFailed)
    assert isinstance(last.error, AudioClientGoneError)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(CONTAINERS), st.lists(st.tuples(st.integers(0, 10_000), st.binary(min_size=1, max_size=20))))
def test_damage_anywhere_ends_in_an_end_or_a_failure(container: str, damage: list[tuple[int, bytes]]) -> None:
    content, sink = BytesIO(sent(container)), CollectingSink()
    for place, damaged in damage:
        content.seek(place)
        content.write(damaged)
    with pushing(sink) as source:
        source.push(content.getvalue())
        ended(source, sink)
    assert sink.end_sample <= 48_000 + 960


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_mark_lies_behind_all_that_can_be_decoded_without_what_follows_it(container: str) -> None:
    sink, content, places = CollectingSink(), sent(container), SimpleQueue[int]()
    with pushing(sink) as source:
        for first in range(0, len(content), 500):
            source.push(content[first : first + 500])
            source.when_delivered(lambda: places.put(sink.end_sample))
        reached = [places.get(timeout=60.0) for _ in range(0, len(content), 500)]
        ended(source, sink)
    assert reached == sorted(reached)
    assert 32_000 < reached[-1] <= 48_000
