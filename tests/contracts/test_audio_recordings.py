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
from realtime_mlx_stt.ports.audio_recording import AudioRecordings, RecordingNotFoundError
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
