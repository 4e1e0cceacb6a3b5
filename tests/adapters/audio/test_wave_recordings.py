"""A recording survives a kill, grows beyond what WAV can count, stays private, and says when it cannot go on."""

import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from realtime_mlx_stt.adapters.audio.wave_recordings import WaveRecordings
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_recording import RecordingError, RecordingNotFoundError
from realtime_mlx_stt.ports.audio_source import AudioSamples

SESSION = SessionId("1j5zqm0k2-8w3xq")
SAMPLES = np.linspace(-1.5, 1.5, 30_000, dtype=np.float32)

_WRITE_AND_WAIT = """
import sys
from pathlib import Path
import numpy as np
from realtime_mlx_stt.adapters.audio.wave_recordings import WaveRecordings
recording = WaveRecordings(Path(sys.argv[1]), int(sys.argv[2])).create("1j5zqm0k2-8w3xq")
for part in np.split(np.linspace(-1.5, 1.5, 30_000, dtype=np.float32), 60):
    recording.write(part)
print("written", flush=True)
sys.stdin.read()
"""


def read(path: Path) -> AudioSamples:
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == 16_000
    result: AudioSamples = samples
    return result


def test_the_file_is_a_float_wav_named_by_its_session(tmp_path: Path) -> None:
    recordings = WaveRecordings(tmp_path)
    recording = recordings.create(SESSION)
    recording.write(SAMPLES)
    recording.close()
    assert recordings.path(SESSION) == tmp_path / "1j5zqm0k2-8w3xq.wav"
    info = soundfile.info(recordings.path(SESSION))
    assert (info.format, info.subtype, info.channels, info.frames) == ("WAV", "FLOAT", 1, 30_000)
    assert np.array_equal(read(recordings.path(SESSION)), SAMPLES)


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    recordings = WaveRecordings(tmp_path / "state" / "recordings")
    recordings.create(SESSION).close()
    assert stat.S_IMODE(recordings.path(SESSION).stat().st_mode) == 0o600
    assert stat.S_IMODE(recordings.path(SESSION).parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("limit_bytes", [2**32 - 2**16, 50_000], ids=["short", "long"])
def test_a_killed_program_leaves_every_sample_that_it_wrote(tmp_path: Path, limit_bytes: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _WRITE_AND_WAIT, str(tmp_path), str(limit_bytes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "src"},
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        writer.send_signal(signal.SIGKILL)
    assert np.array_equal(read(WaveRecordings(tmp_path).path(SESSION)), SAMPLES)


def test_it_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    recordings = WaveRecordings(tmp_path)
    recording = recordings.create(SESSION)
    recording.write(SAMPLES[:700])
    assert np.array_equal(read(recordings.path(SESSION)), SAMPLES[:700])
    recording.close()


def test_a_sound_that_wav_cannot_count_becomes_an_rf64(tmp_path: Path) -> None:
    recordings = WaveRecordings(tmp_path, riff_limit_bytes=4 * 20_000)
    recording = recordings.create(SESSION)
    for part in np.split(SAMPLES, 30):
        recording.write(part)
    recording.close()
    assert soundfile.info(recordings.path(SESSION)).format == "RF64"
    assert np.array_equal(read(recordings.path(SESSION)), SAMPLES)


def test_a_disk_that_takes_no_more_is_an_error_and_keeps_what_it_took(tmp_path: Path) -> None:
    recordings = WaveRecordings(tmp_path)
    recording = recordings.create(SESSION)
    recording.write(SAMPLES[:12_000])
    with files_no_longer_than(50_001), pytest.raises(RecordingError, match="make room on its disk"):
        recording.write(SAMPLES[12_000:])
    recording.close()
    kept = read(recordings.path(SESSION))
    assert len(kept) == (50_001 - 92) // 4
    assert np.array_equal(kept, SAMPLES[: len(kept)])


def test_a_disk_that_takes_nothing_leaves_no_file(tmp_path: Path) -> None:
    recordings = WaveRecordings(tmp_path)
    with files_no_longer_than(0), pytest.raises(RecordingError):
        recordings.create(SESSION)
    assert not list(tmp_path.iterdir())


def test_a_part_is_read_to_the_sample_also_from_an_rf64(tmp_path: Path) -> None:
    recordings = WaveRecordings(tmp_path, riff_limit_bytes=4 * 20_000)
    recording = recordings.create(SESSION)
    for part in np.split(SAMPLES, 30):
        recording.write(part)
        assert np.array_equal(recordings.read(SESSION, 11, 500), SAMPLES[11:500])
    recording.close()
    assert np.array_equal(recordings.read(SESSION, 19_999, 25_001), SAMPLES[19_999:25_001])


def test_a_part_of_what_a_full_disk_kept_can_be_read(tmp_path: Path) -> None:
    recordings = WaveRecordings(tmp_path)
    recording = recordings.create(SESSION)
    recording.write(SAMPLES[:12_000])
    with files_no_longer_than(50_001), pytest.raises(RecordingError):
        recording.write(SAMPLES[12_000:])
    recording.close()
    kept = (50_001 - 92) // 4
    assert np.array_equal(recordings.read(SESSION, 12_000, kept), SAMPLES[12_000:kept])
    with pytest.raises(RecordingError, match=r"ends before 0.78 s"):
        recordings.read(SESSION, 12_000, kept + 1)


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_another_programs_file_in_its_place_is_not_taken_for_a_recording(tmp_path: Path, subtype: str) -> None:
    soundfile.write(tmp_path / f"{SESSION}.wav", SAMPLES, 16_000, subtype=subtype)
    with pytest.raises(RecordingError, match="no recording as this program writes it"):
        WaveRecordings(tmp_path).read(SESSION, 0, 10)


@contextmanager
def files_no_longer_than(limit_bytes: int) -> Iterator[None]:
    """What a full disk does, done by the process's own limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    recordings = WaveRecordings(tmp_path)
    recording = recordings.create(SESSION)
    recording.write(SAMPLES)
    recording.close()
    with pytest.raises(RecordingError, match="There is a recording"):
        recordings.create(SESSION)
    assert np.array_equal(read(recordings.path(SESSION)), SAMPLES)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordingError):
        WaveRecordings(tmp_path / "file" / "recordings").create(SESSION)
    with pytest.raises(RecordingError):
        WaveRecordings(tmp_path / "file").create(SESSION)


def test_a_finished_recording_takes_no_more(tmp_path: Path) -> None:
    recording = WaveRecordings(tmp_path).create(SESSION)
    recording.close()
    with pytest.raises(RecordingError, match="is finished"):
        recording.write(SAMPLES)


@pytest.mark.parametrize("name", ["../secret", "a/b", "", ".hidden", "a\0b", "x" * 300])
def test_a_name_that_leads_elsewhere_is_none(tmp_path: Path, name: str) -> None:
    recordings = WaveRecordings(tmp_path)
    with pytest.raises(RecordingNotFoundError):
        recordings.path(SessionId(name))
    with pytest.raises(RecordingError):
        recordings.create(SessionId(name))
