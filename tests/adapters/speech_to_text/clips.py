"""The clips of real speech in tests/data, what they say, and how far a text is from that."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import jiwer
import numpy as np
import soundfile
import soxr

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["DATA_FOLDER", "Clip", "clip", "speech_clips", "word_error_rate"]

DATA_FOLDER: Final = Path(__file__).parents[2] / "data"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clip:
    """Mono audio at 16 kHz, and what is said in it."""

    name: str
    text: str
    audio: AudioSamples

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.audio.size / SAMPLE_RATE_HZ


@cache
def speech_clips() -> tuple[Clip, ...]:
    """All clips of speech, in the order of the manifest."""
    manifest = json.loads((DATA_FOLDER / "manifest.json").read_bytes())
    return tuple(
        Clip(name=Path(entry["file"]).stem, text=entry["text"], audio=_audio(DATA_FOLDER / entry["file"]))
        for entry in manifest["clips"]
        if entry["file"].startswith("speech/")
    )


def clip(name: str) -> Clip:
    """The clip of that name."""
    return next(each for each in speech_clips() if each.name == name)


def word_error_rate(texts: Mapping[str, str]) -> float:
    """Over all clips named in ``texts``, what was heard in each; case and punctuation do not count."""
    clips = [each for each in speech_clips() if each.name in texts]
    return float(jiwer.wer(_plain(each.text for each in clips), _plain(texts[each.name] for each in clips)))


def _plain(texts: Iterable[str]) -> list[str]:
    return [" ".join(re.findall(r"[\w']+", text.lower().replace("-", " "))) for text in texts]


def _audio(path: Path) -> AudioSamples:
    samples, rate = soundfile.read(path, dtype="float32")
    return np.asarray(soxr.resample(samples, rate, SAMPLE_RATE_HZ), dtype=np.float32)
