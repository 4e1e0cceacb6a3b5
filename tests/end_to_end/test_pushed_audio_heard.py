"""What a client pushes or uploads is heard by the real model as well as a file, whatever its connection does."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

import numpy as np
import pytest
import soxr
from tests.adapters.audio.media_files import encoded
from tests.adapters.speech_to_text.clips import clip
from tests.end_to_end.hearing import TIMEOUT_SECONDS, Heard, Hearing
from tests.end_to_end.sound_scenes import in_a_row, plain_words, scene, silence

from realtime_mlx_stt.application.log.codec import envelope
from realtime_mlx_stt.application.replay.replay import rerun_recording
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.ports.audio_source import (
    AudioEncoding,
    AudioSamples,
    EncodedSoundRequest,
    PushRequest,
    SourceRequest,
)

NAMES: Final = ("lj001-0002", "lj001-0008")
AUDIO: Final = scene(silence(0.3), in_a_row(NAMES, 0.8)[0], silence(0.8))
SAID: Final = plain_words(" ".join(clip(name).text for name in NAMES))

PCM: Final = PushRequest(sample_rate_hz=48_000)
CONTAINER: Final = PushRequest(encoding=AudioEncoding.CONTAINER)

Push = Callable[[bytes, int], int]
"""Pushes a payload whose beginning is at this position; the position that comes next."""


@cache
def at_48_khz() -> AudioSamples:
    return np.asarray(soxr.resample(AUDIO, 16_000, 48_000), dtype=np.float32)


@cache
def whole_numbers() -> bytes:
    return np.clip(np.rint(at_48_khz() * 32_768), -32_768, 32_767).astype("<i2").tobytes()


def hear(hearing: Hearing, source: SourceRequest, push_all: Callable[[Push], None], **changes: Any) -> Heard:
    """A session whose client pushes all and then ends it."""
    orchestrator = hearing.orchestrator
    session_id = orchestrator.start_pipeline(replace(hearing.config(), source=source, lockstep=False, **changes))
    push_all(lambda payload, position: orchestrator.push_audio(session_id, payload, position).next_position)
    orchestrator.end_audio(session_id)
    return hearing.finish(session_id)


def in_frames(content: bytes, frame_bytes: int, unit_bytes: int) -> Callable[[Push], None]:
    """Pushes in frames, one after the other."""

    def push_all(push: Push) -> None:
        for first in range(0, len(content), frame_bytes):
            assert push(content[first : first + frame_bytes], first // unit_bytes) * unit_bytes > first

    return push_all


def with_lost_connections(content: bytes, sizes: Sequence[int], unit_bytes: int) -> Callable[[Push], None]:
    """Pushes in odd sizes, and after each goes back to where it believes to have been acknowledged."""

    def push_all(push: Push) -> None:
        position, turn = 0, 0
        while position * unit_bytes < len(content):
            size = sizes[turn % len(sizes)]
            start = max(0, position - size // 3)
            position = push(content[start * unit_bytes : (start + size) * unit_bytes], start)
            turn += 1

    return push_all


def told(heard: Heard) -> list[tuple[str, dict[str, Any]]]:
    """The log without what clocks said, its texts last, for they come when they can."""
    facts = [
        (stored.event.type, {name: value for name, value in data.items() if name not in clocked})
        for clocked in [("started_at", "inference_seconds")]
        for stored in heard.log
        for data in (envelope(stored)["data"],)
    ]
    return sorted(facts, key=lambda fact: fact[1]["utterance_id"] if fact[0] == e.UtteranceTranscribed.type else 0)


@cache
def webm() -> bytes:
    return encoded(at_48_khz(), 48_000, "webm", "libopus")


@pytest.fixture(scope="module")
def uncut(hearing: Hearing) -> Heard:
    """What is heard of whole numbers in frames of 20 ms."""
    return hear(hearing, PCM, in_frames(whole_numbers(), 1_920, 2))


@pytest.fixture(scope="module")
def uncut_webm(hearing: Hearing) -> Heard:
    """What is heard of Opus in WebM, a few packets at a time."""
    return hear(hearing, CONTAINER, in_frames(webm(), 700, 1))


def test_frames_of_20_ms_at_48_khz_give_the_words_of_the_clip(uncut: Heard) -> None:
    assert plain_words(uncut.text) == SAID
    assert len(uncut.utterances) == len(NAMES)
    assert uncut.log[-1].event == e.SessionStopped(reason=e.StopReason.SOURCE_ENDED, captured_samples=len(AUDIO))


def test_opus_in_webm_gives_the_words_of_the_clip(uncut_webm: Heard) -> None:
    assert plain_words(uncut_webm.text) == SAID


def test_a_lost_connection_changes_nothing_in_the_log(hearing: Hearing, uncut: Heard) -> None:
    cut = hear(hearing, PCM, with_lost_connections(whole_numbers(), (960, 7, 24_000, 4_411), 2))
    assert told(cut) == told(uncut)


def test_nor_does_it_for_a_container(hearing: Hearing, uncut_webm: Heard) -> None:
    cut = hear(hearing, CONTAINER, with_lost_connections(webm(), (90, 7, 3_000, 441), 1))
    assert told(cut) == told(uncut_webm)


def test_what_a_client_left_out_is_a_gap_and_the_recording_is_heard_again_alike(hearing: Hearing) -> None:
    hole = 24_000
    content = whole_numbers()

    def push_all(push: Push) -> None:
        half = len(content) // 4 * 2
        push(content[:half], 0)
        push(content[half:], half // 2 + hole)

    heard = hear(hearing, PCM, push_all, record_audio=True)
    (gap,) = heard.events(e.AudioGapRecorded)
    assert (gap.reason, gap.lost_samples) == (e.GapReason.SKIPPED, hole // 3)
    assert heard.log[-1].event == e.SessionStopped(
        reason=e.StopReason.SOURCE_ENDED, captured_samples=len(AUDIO) + hole // 3
    )
    recording = hearing.container.recordings().path(heard.session_id)
    assert rerun_recording(hearing.orchestrator, heard.log, recording, TIMEOUT_SECONDS).is_same


def test_an_uploaded_memo_gives_the_words_of_the_clip(hearing: Hearing) -> None:
    memo = EncodedSoundRequest(content=encoded(at_48_khz(), 48_000, "ipod", "aac"), description="memo.m4a")
    session_id = hearing.orchestrator.start_pipeline(replace(hearing.config(), source=memo))
    assert plain_words(hearing.finish(session_id).text) == SAID
