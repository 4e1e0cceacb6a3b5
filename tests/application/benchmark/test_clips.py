"""Clips are read by the way that all sound takes, and joined so that each speaker says other words at a time."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.adapters.speech_to_text.clips import DATA_FOLDER

from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.application.benchmark.clips import Clip, joined_clips, read_clip, spoken_clips
from realtime_mlx_stt.ports.audio_source import (
    AudioFormatError,
    AudioSink,
    AudioSource,
    AudioSourceError,
    SourceFailed,
    SourceRequest,
)
from realtime_mlx_stt.ports.benchmark import BenchmarkError

RATE = 16_000


@dataclass
class FailingSource:
    """Fails as soon as it is started."""

    description: str = "failing"
    duration_samples: int | None = None

    def open(self, _request: SourceRequest) -> AudioSource:
        return self

    def start(self, sink: AudioSink) -> None:
        sink.put(SourceFailed(at_sample=0, error=AudioFormatError("It is damaged.")))

    def stop(self) -> None:
        """Nothing runs."""


def clip(name: str, seconds: float, text: str | None = None) -> Clip:
    return Clip(name=name, samples=np.ones(round(seconds * RATE), dtype=np.float32), text=text or name)


def test_a_clip_is_what_its_file_holds() -> None:
    read = read_clip(SystemAudioSources(), DATA_FOLDER / "speech" / "jfk.wav", "said")
    assert (read.name, read.text, read.seconds) == ("jfk", "said", 11.0)


def test_a_file_that_is_damaged_or_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioFormatError):
        read_clip(FailingSource(), tmp_path / "x.wav", None)
    with pytest.raises(AudioSourceError):
        read_clip(SystemAudioSources(), tmp_path / "x.wav", None)


def test_a_clip_longer_than_whisper_hears_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros(31 * RATE, dtype=np.float32), RATE)
    with pytest.raises(BenchmarkError, match=r"lasts 31\.0 s"):
        read_clip(SystemAudioSources(), path, None)


def test_speakers_begin_with_other_clips_and_one_after_the_other() -> None:
    clips = [clip("a", 1.0), clip("b", 2.0), clip("c", 1.0), clip("d", 1.0)]
    first, second = spoken_clips(clips, 2, 5.0)
    assert (first.text, second.text) == ("a b", "c d a")
    assert first.samples.size == round((1.0 + 1.2 + 2.0 + 1.2) * RATE)
    assert int(np.argmax(second.samples > 0)) == round(0.7 * RATE)


def test_few_clips_are_said_over_and_over() -> None:
    assert spoken_clips([clip("a", 1.0)], 8, 10.0)[7].text == "a a a a a"


def test_speakers_can_be_let_speak_until_they_have_said_every_clip() -> None:
    clips = [clip(name, 1.0) for name in "abcde"]
    assert [each.text for each in spoken_clips(clips, 2, 1.0, every_clip=True)] == ["a b c", "c d e"]
    assert [each.text for each in spoken_clips(clips, 2, 8.0, every_clip=True)] == ["a b c d", "c d e a"]


def test_what_nobody_wrote_down_is_not_known() -> None:
    unknown = Clip(name="b", samples=np.ones(RATE, dtype=np.float32), text=None)
    assert spoken_clips([clip("a", 1.0), unknown], 1, 4.0)[0].text is None
    assert {joined.text for joined in joined_clips([clip("a", 1.0), unknown])} == {None}


def test_joins_are_longer_and_begin_with_different_clips() -> None:
    clips = [clip(name, seconds) for name, seconds in (("a", 11.0), ("b", 5.0), ("c", 4.0), ("d", 8.0))]
    joins = joined_clips(clips)
    assert [(join.name, join.text) for join in joins] == [
        ("b and 1 more", "b c"),
        ("c and 2 more", "c d b"),
        ("d and 2 more", "d a b"),
    ]
    assert [join.seconds for join in joins] == pytest.approx([9.3, 17.6, 24.6])
    assert not joins[0].samples[round(5.0 * RATE) : round(5.3 * RATE)].any()


def test_there_is_no_join_of_one_clip() -> None:
    assert joined_clips([clip("a", 5.0)]) == ()
