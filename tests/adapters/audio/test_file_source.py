"""A paced file delivers when a microphone would have, without drift; an unpaced one as fast as it is taken."""

import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from tests.adapters.audio.sound_files import played, speechlike, write
from tests.fakes.audio_pacing import ManualPacing
from tests.fakes.audio_sink import CollectingSink

from realtime_mlx_stt.adapters.audio.files.file_source import FileSource
from realtime_mlx_stt.application.session.mailbox import SessionMailbox
from realtime_mlx_stt.ports.audio_source import AudioBlock, AudioSourceError, SourceEnded


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "sound.wav", speechlike(88_200, 44_100), 44_100, format="WAV", subtype="PCM_16")


def test_its_name_is_the_files(path: Path) -> None:
    source = FileSource(path)
    assert source.description == "sound.wav"
    source.stop()


def test_a_name_that_is_no_text_is_described_in_text(path: Path) -> None:
    name = {"linux": "so\udcffnd.wav"}.get(sys.platform, "so\ufffdnd.wav")  # on macOS every name is text
    source = FileSource(path.rename(path.with_name(name)))
    assert source.description == "so�nd.wav"
    source.stop()


@pytest.mark.parametrize("speed", [1.0, 0.5, 8.0])
def test_a_block_is_due_when_its_last_sample_would_have_been_heard(path: Path, speed: float) -> None:
    pacing = ManualPacing()
    sink = played(FileSource(path, speed, pacing))
    ends = [block.end_sample / 16_000 / speed for block in sink.blocks]
    assert pacing.moments == pytest.approx([*ends, ends[-1]])


def test_paced_blocks_are_short(path: Path) -> None:
    lengths = [len(block.samples) for block in played(FileSource(path, 1.0, ManualPacing())).blocks]
    assert max(lengths) == 512
    assert np.mean(lengths) > 400


def test_being_late_once_makes_nothing_later(path: Path) -> None:
    on_time, late = ManualPacing(), ManualPacing(lateness={3: 0.5})
    played(FileSource(path, 1.0, on_time))
    played(FileSource(path, 1.0, late))
    assert late.moments == on_time.moments


def test_the_pace_does_not_change_what_is_heard(path: Path) -> None:
    paced, unpaced = played(FileSource(path, 1.0, ManualPacing())), played(FileSource(path))
    assert np.array_equal(paced.audio, unpaced.audio)
    assert paced.taken[-1] == unpaced.taken[-1] == SourceEnded(at_sample=32_000)


def test_a_paced_file_waits_for_real_time(path: Path) -> None:
    began_at = time.monotonic()
    played(FileSource(path, 20.0))
    assert time.monotonic() - began_at >= 2.0 / 20.0


def test_a_file_that_waits_for_its_next_moment_stops_at_once(path: Path) -> None:
    source, sink = FileSource(path, 1e-4), CollectingSink()
    threads = set(threading.enumerate())
    source.start(sink)
    source.stop()
    assert set(threading.enumerate()) <= threads
    assert not sink.taken


def test_a_file_that_waits_for_room_ends_when_no_more_is_taken(path: Path) -> None:
    mailbox = SessionMailbox(audio_capacity_samples=8_000)
    source = FileSource(path)
    source.start(mailbox)
    first = mailbox.take()
    assert isinstance(first, AudioBlock)
    mailbox.refuse_audio()
    source.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "player-sound.wav"]


def test_its_thread_has_a_name(path: Path) -> None:
    (thread,) = played(FileSource(path)).threads
    assert thread.name == "player-sound.wav"


def test_it_is_played_once(path: Path) -> None:
    source = FileSource(path)
    source.start(CollectingSink())
    with pytest.raises(AudioSourceError, match="open it again"):
        source.start(CollectingSink())
    source.stop()


def test_a_stopped_source_does_not_start(path: Path) -> None:
    source = FileSource(path)
    source.stop()
    with pytest.raises(AudioSourceError, match="open it again"):
        source.start(CollectingSink())
