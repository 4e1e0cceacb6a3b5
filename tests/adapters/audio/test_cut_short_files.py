"""A file that promises more than it holds is heard as far as it goes, and that it is cut short is told."""

import re
import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.adapters.audio.media_files import encoded
from tests.adapters.audio.sound_files import played
from tests.fakes.audio_sink import CollectingSink

from realtime_mlx_stt.adapters.audio.files.file_source import FileSource
from realtime_mlx_stt.adapters.audio.files.ogg_pages import follow_one_another
from realtime_mlx_stt.adapters.audio.files.promised_bytes import promised_share
from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.ports.audio_source import AudioCutShortError, EncodedSoundRequest, SourceCutShort, SourceEnded

RATE = 16_000
SOUND = np.random.default_rng(4).uniform(-0.5, 0.5, 5 * RATE).astype(np.float32)
"""Noise, which takes several pages of an Ogg file."""

KINDS = (
    ("WAV", "PCM_16"),
    ("WAV", "FLOAT"),
    ("WAV", "IMA_ADPCM"),
    ("WAVEX", "PCM_24"),
    ("RIFX", "PCM_16"),
    ("RF64", "PCM_16"),
    ("W64", "PCM_16"),
    ("AIFF", "PCM_24"),
    ("AIFF", "FLOAT"),
    ("AIFF", "IMA_ADPCM"),
    ("CAF", "PCM_16"),
    ("AU", "ULAW"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
)
_SIZE_OF_DATA = 4
_STREAMED_SIZES = (0xFFFF_FFFF, 0x7FFF_FFFF, 0x7FFF_F000, 0x8000_0000)
"""What ffmpeg, players, sox and arecord write where they cannot go back to the header."""


def written(format_name: str, subtype: str) -> bytes:
    content = BytesIO()
    endian = "BIG" if format_name == "RIFX" else None
    format_name = "WAV" if format_name == "RIFX" else format_name
    soundfile.write(content, SOUND, RATE, format=format_name, subtype=subtype, endian=endian)
    return content.getvalue()


def cut(content: bytes) -> bytes:
    return content[: len(content) * 6 // 10]


def told(sink: CollectingSink) -> list[str]:
    """What is said of a file that is cut short; it comes right before the end."""
    assert isinstance(sink.taken[-1], SourceEnded)
    news = [delivery for delivery in sink.taken if isinstance(delivery, SourceCutShort)]
    assert news == [delivery for delivery in sink.taken[-2:] if isinstance(delivery, SourceCutShort)]
    assert all(isinstance(each.error, AudioCutShortError) and each.at_sample == sink.end_sample for each in news)
    return [str(each.error) for each in news]


def said_of(path: Path, content: bytes) -> list[str]:
    path.write_bytes(content)
    return told(played(FileSource(path)))


@pytest.mark.parametrize(("format_name", "subtype"), KINDS)
def test_a_file_that_was_cut_says_so_and_where(tmp_path: Path, format_name: str, subtype: str) -> None:
    path = tmp_path / "talk"
    path.write_bytes(cut(written(format_name, subtype)))
    sink = played(FileSource(path))
    (sentence,) = told(sink)
    heard_seconds = sink.end_sample / RATE
    assert 1.5 < heard_seconds < 4.0
    assert sentence.startswith(str(path))
    assert "cut short" in sentence
    assert f"it ends at {heard_seconds:.1f} s" in sentence
    if format_name != "OGG":
        assert re.search(r"promises 5\.[01] s of sound", sentence)  # some codecs fill up their last block


@pytest.mark.parametrize(("format_name", "subtype"), KINDS)
def test_nothing_is_said_of_a_whole_file(tmp_path: Path, format_name: str, subtype: str) -> None:
    assert said_of(tmp_path / "talk", written(format_name, subtype)) == []


def test_an_upload_says_so_too() -> None:
    content = cut(written("WAV", "PCM_16"))
    source, sink = (
        SystemAudioSources().open(EncodedSoundRequest(content=content, description="talk")),
        CollectingSink(),
    )
    source.start(sink)
    sink.wait_for_last(SourceEnded)
    source.stop()
    (sentence,) = told(sink)
    assert sentence == (
        "talk is cut short: its header promises 5.0 s of sound, but it ends at 3.0 s. All that is there is heard; "
        "for the rest, fetch or record it again."
    )


@pytest.mark.parametrize("size", _STREAMED_SIZES)
def test_the_size_of_a_wav_file_that_was_streamed_is_no_promise(tmp_path: Path, size: int) -> None:
    content = bytearray(written("WAV", "PCM_16"))
    at = content.index(b"data") + _SIZE_OF_DATA
    content[at : at + 4] = struct.pack("<I", size)
    assert said_of(tmp_path / "talk.wav", bytes(content)) == []


@pytest.mark.parametrize(
    ("format_name", "before_size", "size"),
    [
        ("AIFF", b"SSND", 0),
        ("AIFF", b"SSND", 0x7F00_0008),
        ("CAF", b"data", -1),
        ("AU", b"\0\0\0\x18", -1),
        ("RF64", b"data", 0x1_0000_0000 - 2),
    ],
)
def test_a_size_that_is_no_promise_promises_nothing(
    tmp_path: Path, format_name: str, before_size: bytes, size: int
) -> None:
    """What sox and ffmpeg write where they cannot go back; in RF64 only one size says that another has it."""
    content = bytearray(written(format_name, "PCM_16"))
    at = content.index(before_size) + len(before_size)
    width = 8 if format_name == "CAF" else 4
    content[at : at + width] = size.to_bytes(8, "big", signed=True)[-width:]
    assert said_of(tmp_path / "talk", bytes(content)) == []


@pytest.mark.parametrize("length", range(8, 26, 2))
def test_a_header_that_is_cut_promises_nothing(length: int) -> None:
    for format_name in ("RF64", "W64", "AIFF", "CAF", "AU"):
        assert promised_share(BytesIO(written(format_name, "PCM_16")[:length])) == 1.0


def test_joined_ogg_files_are_heard_to_the_end_of_the_last(tmp_path: Path) -> None:
    path = tmp_path / "talk.ogg"
    for subtype in ("VORBIS", "OPUS"):
        path.write_bytes(written("OGG", subtype) * 2)
        sink = played(FileSource(path))
        assert sink.end_sample / RATE == pytest.approx(10.0, abs=0.05)
        assert told(sink) == []
        assert len(said_of(path, written("OGG", subtype) + cut(written("OGG", subtype)))) == 1


def test_streams_side_by_side_in_an_ogg_file_do_not_follow_one_another() -> None:
    first, later = b"OggS\0\x02" + bytes(40), b"OggS\0\0" + bytes(1_000_000 - 3)
    assert not follow_one_another(BytesIO(first * 2 + later * 3))
    assert follow_one_another(BytesIO(first * 2 + later * 3 + first + later))
    assert not follow_one_another(BytesIO(b"RIFF" + later + first))


@pytest.mark.parametrize("after", [bytes(200_000), bytes(2_500_000), b"TAG" + bytes(125)])
def test_what_follows_the_end_of_an_ogg_file_is_no_matter(tmp_path: Path, after: bytes) -> None:
    whole = written("OGG", "VORBIS")
    assert said_of(tmp_path / "talk.ogg", whole + after) == []
    assert len(said_of(tmp_path / "talk.ogg", cut(whole) + after)) == 1


def test_what_comes_before_the_samples_of_a_wav_file_is_passed_over(tmp_path: Path) -> None:
    """An odd chunk is followed by a byte that is not counted; in the chunk stands what looks like samples."""
    whole = written("WAV", "PCM_16")
    note = struct.pack("<4sI", b"note", 13) + b"data\x00\x00\x00\x70dream" + b"\0"
    noted = whole[:12] + note + whole[12:]
    assert said_of(tmp_path / "talk.wav", noted) == []
    assert len(said_of(tmp_path / "talk.wav", cut(noted))) == 1


def test_what_lacks_a_moment_is_whole(tmp_path: Path) -> None:
    assert said_of(tmp_path / "talk.wav", written("WAV", "PCM_16")[: -2 * RATE // 10]) == []


@pytest.mark.parametrize("kept", [20, 60])
def test_an_ogg_file_whose_last_page_is_cut_says_so(tmp_path: Path, kept: int) -> None:
    whole = written("OGG", "VORBIS")
    content = whole[: whole.rindex(b"OggS") + kept]
    (sentence,) = said_of(tmp_path / "talk.ogg", content)
    assert "without the mark that ends an Ogg file" in sentence


def test_an_ogg_file_that_libsndfile_does_not_know_says_so_too(tmp_path: Path) -> None:
    whole = encoded(SOUND, RATE, "oga", "flac")
    assert said_of(tmp_path / "talk.oga", whole) == []
    (sentence,) = said_of(tmp_path / "talk.oga", cut(whole))
    assert "without the mark that ends an Ogg file" in sentence


def test_a_media_file_promises_nothing(tmp_path: Path) -> None:
    assert said_of(tmp_path / "talk.webm", cut(encoded(SOUND, RATE * 3, "webm", "libopus"))) == []
