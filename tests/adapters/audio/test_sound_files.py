"""Every format is heard right, and a file that cannot be heard says why before anything starts."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.adapters.audio.sound_files import played, speechlike, write
from tests.unprivileged import NOBODY

from realtime_mlx_stt.adapters.audio.files.file_source import FileSource
from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioFileNotFoundError,
    AudioFormatError,
    AudioSourceError,
    FileRequest,
    SourceFailed,
)

SAMPLES = speechlike(20_000)


def refusal(path: Path) -> AudioSourceError:
    with pytest.raises(AudioSourceError) as raised:
        SystemAudioSources().open(FileRequest(path=path))
    return raised.value


@pytest.mark.parametrize(
    ("subtype", "tolerance"),
    [
        ("PCM_16", 2**-15),
        ("PCM_24", 2**-15),
        ("PCM_32", 2**-15),
        ("FLOAT", 2**-15),
        ("DOUBLE", 2**-15),
        ("PCM_U8", 2**-7 + 2**-15),
        ("ULAW", 0.02),
        ("ALAW", 0.02),
    ],
)
def test_every_kind_of_wav_sounds_like_the_16_bit_one(tmp_path: Path, subtype: str, tolerance: float) -> None:
    reference = played(FileSource(write(tmp_path / "a.wav", SAMPLES, format="WAV", subtype="PCM_16"))).audio
    path = write(tmp_path / "b.wav", SAMPLES, format="WAV", subtype=subtype)
    heard = played(FileSource(path)).audio
    assert len(heard) == len(reference)
    assert np.abs(heard - reference).max() <= tolerance


@pytest.mark.parametrize(
    ("format_name", "subtype", "tolerance"),
    [
        ("FLAC", "PCM_16", 1e-4),
        ("FLAC", "PCM_24", 1e-4),
        ("AIFF", "PCM_16", 1e-4),
        ("RF64", "FLOAT", 1e-6),
        ("OGG", "VORBIS", 0.05),
        ("OGG", "OPUS", 0.05),
        ("MP3", "MPEG_LAYER_III", 0.05),
    ],
)
def test_every_format_gives_as_many_samples_as_it_said(
    tmp_path: Path, format_name: str, subtype: str, tolerance: float
) -> None:
    path = write(tmp_path / "sound", SAMPLES, format=format_name, subtype=subtype)
    source = FileSource(path)
    sink = played(source)
    assert sink.end_sample == source.duration_samples == len(SAMPLES)
    assert np.sqrt(np.mean((sink.audio - SAMPLES) ** 2)) < tolerance


def test_the_samples_are_those_that_the_decoder_gives(tmp_path: Path) -> None:
    path = write(tmp_path / "sound", SAMPLES, format="MP3", subtype="MPEG_LAYER_III")
    # soundfile.read would step back to the beginning first, after which an MP3 is not quite the same.
    with soundfile.SoundFile(path) as file:
        decoded = file.read(dtype="float32")
    assert np.array_equal(played(FileSource(path)).audio, decoded)


def test_an_mp3_without_a_length_in_its_header_claims_none(tmp_path: Path) -> None:
    path = write(tmp_path / "sound", SAMPLES, format="MP3", subtype="MPEG_LAYER_III")
    path.write_bytes(path.read_bytes().replace(b"Xing", b"....").replace(b"Info", b"...."))
    source = FileSource(path)
    assert source.duration_samples is None
    source.stop()


def test_an_mp3_that_is_longer_than_its_beginning_lets_guess_fails_at_the_end_of_what_can_be_read(
    tmp_path: Path,
) -> None:
    loud = np.random.default_rng(2).uniform(-0.5, 0.5, 300_000).astype(np.float32)
    path = tmp_path / "sound.mp3"
    with soundfile.SoundFile(
        path, "w", 16_000, 1, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="VARIABLE"
    ) as file:
        file.write(loud)
        file.write(speechlike(3_000_000) * np.float32(0.01))
    path.write_bytes(path.read_bytes().replace(b"Xing", b"....").replace(b"Info", b"...."))
    sink = played(FileSource(path))
    failure = sink.taken[-1]
    assert isinstance(failure, SourceFailed)
    assert "its header does not tell how long it is" in str(failure.error)
    assert failure.at_sample == sink.end_sample > 300_000


def test_a_flac_without_a_length_in_its_header_is_heard_to_its_end(tmp_path: Path) -> None:
    path = write(tmp_path / "sound", SAMPLES, format="FLAC", subtype="PCM_16")
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    path.write_bytes(data)
    source = FileSource(path)
    assert source.duration_samples is None
    assert played(source).end_sample == len(SAMPLES)


def test_a_file_is_judged_by_what_it_holds_not_by_its_name(tmp_path: Path) -> None:
    path = write(tmp_path / "sound.raw", SAMPLES, format="WAV", subtype="PCM_16")
    assert played(FileSource(path)).end_sample == len(SAMPLES)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    for path in (tmp_path / "none.wav", tmp_path / "none" / "a.wav"):
        error = refusal(path)
        assert isinstance(error, AudioFileNotFoundError)
        assert str(path) in str(error)


def test_a_folder_is_not_a_sound_file(tmp_path: Path) -> None:
    error = refusal(tmp_path)
    assert isinstance(error, AudioFileNotFoundError)
    assert "is a folder" in str(error)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "a device or a pipe" in str(refusal(tmp_path / "pipe"))


def test_a_file_under_a_file_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert isinstance(refusal(tmp_path / "file" / "sound.wav"), AudioFileNotFoundError)


def test_a_path_that_no_file_can_have_is_refused() -> None:
    assert refusal(Path("a" * 5_000)).code == "audio-source"
    assert refusal(Path("a\0b")).code == "audio-source"


def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "sound.wav", SAMPLES, format="WAV", subtype="PCM_16")
    path.chmod(0)
    with as_nobody():
        error = refusal(path)
    assert error.code == "audio-source"
    assert "check its permissions" in str(error)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything, so it becomes somebody else for a while."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize(
    "contents",
    [b"", b"hello world\n" * 100, np.random.default_rng(1).bytes(5_000), b"\0" * 5_000, b"RIFF"],
    ids=["empty", "text", "random", "zeros", "four bytes"],
)
@pytest.mark.parametrize("name", ["sound.wav", "sound.mp3", "sound.flac", "sound.raw", "sound"])
def test_what_is_not_audio_is_refused(tmp_path: Path, contents: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(contents)
    error = refusal(path)
    assert isinstance(error, AudioFormatError)
    assert name in str(error)
    assert f"ffmpeg -i '{name}' converted.wav" in str(error) or not contents


def test_what_only_looks_like_an_mp3_file_is_not_said_to_be_missing(tmp_path: Path) -> None:
    """There are bytes in this noise with which an MP3 frame begins, and libsndfile's reason is of another error."""
    path = tmp_path / "noise.wav"
    path.write_bytes(np.random.default_rng(1).bytes(20_000))
    assert "exist" not in str(refusal(path))


@pytest.mark.parametrize(
    ("format_name", "subtype"),
    [("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")],
)
@pytest.mark.parametrize("length", [4, 12, 20, 30, 36, 44])
def test_a_header_that_is_cut_short_is_refused(tmp_path: Path, format_name: str, subtype: str, length: int) -> None:
    path = write(tmp_path / "sound", SAMPLES, format=format_name, subtype=subtype)
    path.write_bytes(path.read_bytes()[:length])
    assert isinstance(refusal(path), AudioFormatError)


@pytest.mark.parametrize("format_name", ["WAV", "FLAC", "OGG", "AIFF"])
def test_a_file_without_samples_is_refused(tmp_path: Path, format_name: str) -> None:
    path = write(tmp_path / "s", SAMPLES[:0], format=format_name, subtype=soundfile.default_subtype(format_name))
    assert isinstance(refusal(path), AudioFormatError)


def test_an_absurd_sample_rate_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "sound", SAMPLES, 10, format="WAV", subtype="PCM_16")
    assert "10 samples a second" in str(refusal(path))


@pytest.mark.parametrize("speed", [0.0, -1.0, float("inf"), float("nan")])
def test_a_speed_that_is_none_is_refused(tmp_path: Path, speed: float) -> None:
    path = write(tmp_path / "sound.wav", SAMPLES, format="WAV", subtype="PCM_16")
    with pytest.raises(AudioSourceError, match="number above 0"):
        SystemAudioSources().open(FileRequest(path=path, speed=speed))


def test_a_wav_that_is_cut_short_is_heard_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write(tmp_path / "sound.wav", SAMPLES, format="WAV", subtype="FLOAT")
    path.write_bytes(path.read_bytes()[: -4 * 5_000])
    assert np.array_equal(played(FileSource(path)).audio, SAMPLES[:-5_000])


def test_damage_in_the_middle_fails_after_all_that_could_be_read(tmp_path: Path) -> None:
    loud = np.random.default_rng(5).uniform(-0.5, 0.5, 100_000).astype(np.float32)
    path = write(tmp_path / "sound.flac", loud, format="FLAC", subtype="PCM_16")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    sink = played(FileSource(path))
    failure = sink.taken[-1]
    assert isinstance(failure, SourceFailed)
    assert isinstance(failure.error, AudioFormatError)
    assert "damaged or cut short" in str(failure.error)
    assert failure.at_sample == sink.end_sample > 40_000
    assert np.abs(sink.audio - loud[: sink.end_sample]).max() <= 2**-14


def test_hours_are_read_half_a_second_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "hours.wav"
    with soundfile.SoundFile(path, "w", 8_000, 1, "PCM_U8") as file:
        for _ in range(60):
            file.write(np.zeros(8_000 * 60, dtype=np.float32))
    sink = CountingSink()
    source = FileSource(path)
    source.start(sink)
    sink.wait_for_end()
    assert sink.samples == source.duration_samples == 3_600 * 16_000
    assert sink.longest_block <= 10_000


class CountingSink:
    """Keeps nothing but counts."""

    def __init__(self) -> None:
        self.samples = 0
        self.longest_block = 0
        self._ended = threading.Event()

    def offer(self, delivery: object) -> bool:
        if isinstance(delivery, AudioBlock):
            self.samples += len(delivery.samples)
            self.longest_block = max(self.longest_block, len(delivery.samples))
        else:
            self._ended.set()
        return True

    put = offer

    def wait_for_end(self) -> None:
        assert self._ended.wait(60.0)
