"""What every keeper of recordings does: a session's samples come back as they were written."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.application.stand_ins import FakeRecordings, ManualSources
from tests.fakes.audio_sink import CollectingSink

from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.adapters.audio.wave_recordings import WaveRecordings
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_recording import AudioRecordings, RecordingError, RecordingNotFoundError
from realtime_mlx_stt.ports.audio_source import AudioSources, FileRequest, SourceEnded

Pair = tuple[AudioRecordings, AudioSources]
_SESSION = SessionId("session-1")


def _wave(tmp_path: Path) -> Pair:
    return WaveRecordings(tmp_path / "recordings"), SystemAudioSources()


def _fake(_tmp_path: Path) -> Pair:
    sources = ManualSources(opened=[])
    return FakeRecordings(sources), sources


@pytest.fixture(params=[_wave, _fake], ids=["wave files", "fake"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Pair:
    make: Callable[[Path], Pair] = request.param
    return make(tmp_path)


def test_samples_come_back_to_the_last_bit_from_the_file_that_is_named(pair: Pair) -> None:
    recordings, sources = pair
    samples = np.random.default_rng(3).standard_normal(5_000).astype(np.float32)
    recording = recordings.create(_SESSION)
    for first in range(0, len(samples), 512):
        recording.write(samples[first : first + 512])
    recording.close()
    sink = CollectingSink()
    source = sources.open(FileRequest(path=recordings.path(_SESSION), speed=None))
    source.start(sink)
    sink.wait_for_last(SourceEnded)
    source.stop()
    assert np.array_equal(sink.audio, samples)


def test_a_recording_can_be_closed_twice(pair: Pair) -> None:
    recordings, _ = pair
    recording = recordings.create(_SESSION)
    recording.close()
    recording.close()


def test_a_session_that_was_not_recorded_has_no_recording(pair: Pair) -> None:
    recordings, _ = pair
    recordings.create(_SESSION).close()
    with pytest.raises(RecordingNotFoundError) as raised:
        recordings.path(SessionId("session-2"))
    assert raised.value.code == "recording-not-found"


def test_a_part_is_read_to_the_sample_while_more_is_being_written(pair: Pair) -> None:
    recordings, _ = pair
    samples = np.random.default_rng(5).standard_normal(4_000).astype(np.float32)
    recording = recordings.create(_SESSION)
    recording.write(samples[:3_000])
    assert np.array_equal(recordings.read(_SESSION, 1_001, 3_000), samples[1_001:3_000])
    recording.write(samples[3_000:])
    recording.close()
    assert np.array_equal(recordings.read(_SESSION, 2_999, 3_002), samples[2_999:3_002])
    assert np.array_equal(recordings.read(_SESSION, 0, 4_000), samples)
    assert len(recordings.read(_SESSION, 70, 70)) == 0


def test_what_was_not_recorded_cannot_be_read(pair: Pair) -> None:
    recordings, _ = pair
    recording = recordings.create(_SESSION)
    recording.write(np.zeros(100, dtype=np.float32))
    recording.close()
    with pytest.raises(RecordingError, match="ends before"):
        recordings.read(_SESSION, 50, 101)
    with pytest.raises(RecordingNotFoundError):
        recordings.read(SessionId("session-2"), 0, 1)


def test_a_deleted_recording_is_gone_and_the_others_are_not(pair: Pair) -> None:
    recordings, _ = pair
    other = SessionId("session-2")
    for session_id in (_SESSION, other):
        recordings.create(session_id).close()
    recordings.delete(_SESSION)
    with pytest.raises(RecordingNotFoundError):
        recordings.path(_SESSION)
    recordings.path(other)


@pytest.mark.parametrize("name", ["never-recorded", "", "..", "../session-1", "a/b", "nul\0"])
def test_without_a_recording_nothing_is_deleted(pair: Pair, name: str) -> None:
    recordings, _ = pair
    recordings.create(_SESSION).close()
    recordings.delete(SessionId(name))
    recordings.path(_SESSION)
