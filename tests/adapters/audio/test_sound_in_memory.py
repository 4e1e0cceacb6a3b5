"""A program's own samples are heard like those of a file that holds them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.adapters.audio.sound_files import speechlike
from tests.fakes.audio_sink import CollectingSink

from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.ports.audio_source import (
    AudioFormatError,
    AudioSamples,
    FileRequest,
    SamplesRequest,
    SourceEnded,
    SourceRequest,
)

NOTHING = np.zeros(0, dtype=np.float32)


def heard(request: SourceRequest) -> AudioSamples:
    """What a source delivers up to its end."""
    sink = CollectingSink()
    SystemAudioSources().open(request).start(sink)
    sink.wait_for_last(SourceEnded)
    return sink.audio


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 48_000])
def test_samples_at_any_rate_are_heard_as_from_a_file(rate: int, tmp_path: Path) -> None:
    samples = speechlike(rate * 13 // 10, rate)
    path = tmp_path / "sound.wav"
    soundfile.write(path, samples, rate, subtype="FLOAT")
    from_memory = heard(SamplesRequest(samples=samples, sample_rate_hz=rate))
    assert np.array_equal(from_memory, heard(FileRequest(path=path, speed=None)))


def test_its_length_is_known_beforehand() -> None:
    source = SystemAudioSources().open(SamplesRequest(samples=speechlike(8000, 8000), sample_rate_hz=8000))
    assert source.duration_samples == 16_000
    assert source.description == "samples in memory"


@pytest.mark.parametrize("rate", [0, -16_000, 999, 384_001])
def test_a_rate_that_no_sound_has_is_refused(rate: int) -> None:
    with pytest.raises(AudioFormatError, match=f"not {rate}"):
        SystemAudioSources().open(SamplesRequest(samples=speechlike(8000, 8000), sample_rate_hz=rate))


def test_no_sample_at_all_is_refused() -> None:
    with pytest.raises(AudioFormatError, match="no sample"):
        SystemAudioSources().open(SamplesRequest(samples=NOTHING, sample_rate_hz=16_000))
