"""A whole sound file in memory is heard like the file, be it one that libsndfile knows or another."""

import struct
import tracemalloc
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from tests.adapters.audio.media_files import encoded
from tests.adapters.audio.sound_files import speechlike
from tests.fakes.audio_sink import CollectingSink

from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.ports.audio_source import (
    AudioFormatError,
    EncodedSoundRequest,
    FileRequest,
    SourceEnded,
    SourceFailed,
    SourceRequest,
)

SECOND = speechlike(48_000, 48_000)
MEDIA = (
    ("ipod", "aac"),
    ("mp4", "aac"),
    ("adts", "aac"),
    ("ipod", "alac"),
    ("webm", "libopus"),
    ("mov", "pcm_s16le"),
)


def heard(request: SourceRequest) -> CollectingSink:
    """All that the source delivers, to its end or failure."""
    source, sink = SystemAudioSources().open(request), CollectingSink()
    source.start(sink)
    sink.wait_for(lambda sink: bool(sink.taken) and isinstance(sink.taken[-1], SourceEnded | SourceFailed))
    source.stop()
    return sink


def in_memory(content: bytes) -> EncodedSoundRequest:
    return EncodedSoundRequest(content=content, description="upload.bin")


def refusal(content: bytes) -> str:
    with pytest.raises(AudioFormatError) as refused:
        SystemAudioSources().open(in_memory(content))
    return str(refused.value)


def written(format_name: str, subtype: str) -> bytes:
    content = BytesIO()
    soundfile.write(content, SECOND, 48_000, format=format_name, subtype=subtype)
    return content.getvalue()


@pytest.mark.parametrize(
    ("format_name", "subtype"),
    [("WAV", "PCM_16"), ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")],
)
def test_what_libsndfile_knows_is_heard_as_from_a_file(format_name: str, subtype: str, tmp_path: Path) -> None:
    content, path = written(format_name, subtype), tmp_path / "sound"
    path.write_bytes(content)
    from_memory, from_file = heard(in_memory(content)), heard(FileRequest(path=path, speed=None))
    assert np.array_equal(from_memory.audio, from_file.audio)
    assert from_memory.taken[-1] == from_file.taken[-1]


def test_its_length_and_its_name_are_known_beforehand() -> None:
    source = SystemAudioSources().open(in_memory(written("WAV", "PCM_16")))
    assert (source.description, source.duration_samples) == ("upload.bin", 16_000)
    source.stop()


@pytest.mark.parametrize(("container", "codec"), MEDIA)
def test_media_files_are_heard(container: str, codec: str) -> None:
    sink = heard(in_memory(encoded(SECOND, 48_000, container, codec)))
    assert isinstance(sink.taken[-1], SourceEnded)
    assert 16_000 <= sink.end_sample <= 16_000 + 1_024
    expected = heard(in_memory(written("WAV", "FLOAT"))).audio
    similarity = max(np.corrcoef(expected[:15_000], sink.audio[at : at + 15_000])[0, 1] for at in range(1_000))
    assert similarity > 0.98


def test_a_media_file_is_heard_from_a_folder_too(tmp_path: Path) -> None:
    content, path = encoded(SECOND, 48_000, "ipod", "aac"), tmp_path / "memo.wav"
    path.write_bytes(content)
    assert np.array_equal(heard(FileRequest(path=path, speed=None)).audio, heard(in_memory(content)).audio)


def test_a_media_file_tells_no_length() -> None:
    source = SystemAudioSources().open(in_memory(encoded(SECOND, 48_000, "webm", "libopus")))
    assert source.duration_samples is None
    source.stop()


def test_a_media_file_that_is_cut_short_is_heard_as_far_as_it_goes() -> None:
    sink = heard(in_memory(encoded(SECOND, 48_000, "webm", "libopus")[:6_000]))
    assert 3_000 < sink.end_sample < 8_000


def test_damage_in_the_middle_fails_after_all_that_could_be_read() -> None:
    content = bytearray(encoded(SECOND, 48_000, "ipod", "alac"))
    middle = len(content) // 2
    content[middle : middle + 2_000] = np.random.default_rng(3).bytes(2_000)
    sink = heard(in_memory(bytes(content)))
    assert sink.end_sample > 6_000
    last = sink.taken[-1]
    assert isinstance(last, SourceFailed)
    assert isinstance(last.error, AudioFormatError)
    assert "upload.bin cannot be read beyond 0.4 s: it is damaged" in str(last.error)


@pytest.mark.parametrize("content", [np.random.default_rng(1).bytes(50_000), b"hello " * 500, b"\x1aE\xdf\xa3"])
def test_what_is_not_audio_is_refused(content: bytes) -> None:
    assert "upload.bin is not audio that can be read" in refusal(content)


def test_nothing_is_refused() -> None:
    assert refusal(b"") == "upload.bin is empty."


def test_a_media_file_without_samples_is_refused() -> None:
    assert "upload.bin" in refusal(encoded(SECOND[:0], 48_000, "webm", "libopus"))


def test_a_film_without_sound_is_refused() -> None:
    assert "is not audio" in refusal(silent_film())


def silent_film() -> bytes:
    content = BytesIO()
    with av.open(content, "w", format="matroska") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        output.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        output.mux(stream.encode(None))
    return content.getvalue()


def test_a_playlist_leads_to_no_file(tmp_path: Path) -> None:
    sound = tmp_path / "sound.wav"
    soundfile.write(sound, SECOND, 48_000)
    hls = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{sound}\n#EXT-X-ENDLIST\n"
    concat = f"ffconcat version 1.0\nfile '{sound}'\n"
    for playlist in (hls, concat):
        assert "is not audio" in refusal(playlist.encode())


def test_names_that_are_no_utf_8_are_no_hindrance() -> None:
    content = encoded(SECOND, 48_000, "mp4", "aac")
    named = content.replace(b"isomiso2", b"isom\xff\xfeo2", 1)
    assert named != content
    assert np.array_equal(heard(in_memory(named)).audio, heard(in_memory(content)).audio)


def test_a_codec_that_nobody_knows_is_refused() -> None:
    content = encoded(SECOND, 48_000, "mov", "pcm_s16le")
    assert "not audio that can be read" in refusal(content.replace(b"sowt", b"????"))


@pytest.mark.parametrize("rate", [2.0, 2e6])
def test_a_rate_at_which_nobody_records_is_refused_in_any_container(rate: float) -> None:
    content = BytesIO()
    soundfile.write(content, SECOND, 48_000, format="CAF", subtype="PCM_16")
    at = content.getvalue().index(b"desc") + 12
    claimed = content.getvalue()[:at] + struct.pack(">d", rate) + content.getvalue()[at + 8 :]
    assert f"claims {rate:.0f} samples a second" in refusal(claimed)


def test_a_damaged_header_leads_nowhere_before_the_beginning(capfd: pytest.CaptureFixture[str]) -> None:
    content = bytearray(written("AIFF", "PCM_16"))
    content[40] = 0xFF
    with suppress(AudioFormatError):
        SystemAudioSources().open(in_memory(bytes(content))).stop()
    assert capfd.readouterr().err == ""


def test_a_header_of_many_channels_takes_no_more_memory_than_its_sound() -> None:
    sizes = struct.pack("<IHHIIHH", 16, 1, 1024, 384_000, 384_000 * 1024, 1024, 8)
    content = b"RIFF\xff\xff\xff\x7fWAVEfmt " + sizes + b"data\xff\xff\xff\x7f" + bytes(200_000)
    tracemalloc.start()
    try:
        heard(in_memory(content))
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_bytes < 100_000_000
