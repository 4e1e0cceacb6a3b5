"""What the browser's microphone hears in the tests of the page, and sessions that are there before it is opened."""

from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from tests.end_to_end.served import ServedStt, wait_until
from tests.end_to_end.sound_scenes import scene, silence, speech, wake_word

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = [
    "FIRST_WORD",
    "SECOND_WORD",
    "WOKEN_WORD",
    "seeded_session",
    "spoken_scene",
    "woken_scene",
    "write_microphone",
]

FIRST_WORD: Final = "modern"
SECOND_WORD: Final = "respectable"
WOKEN_WORD: Final = "hearts"

_BROWSER_RATE_HZ: Final = 48_000


def spoken_scene() -> AudioSamples:
    """Two clips with a pause between them, 14 s in all; the last words of each are above."""
    return scene(
        silence(0.6),
        speech("lj001-0002"),
        silence(1.4),
        speech("sense-and-sensibility-0920"),
        silence(3.0),
    )


def woken_scene() -> AudioSamples:
    """The wake word ``alexa``, and something that is said after it."""
    return scene(silence(1.0), wake_word("alexa"), silence(0.3), speech("cards-005"), silence(3.0))


def write_microphone(path: Path, samples: AudioSamples) -> Path:
    """A file that Chromium takes for a microphone."""
    played = soxr.resample(samples, SAMPLE_RATE_HZ, _BROWSER_RATE_HZ)
    soundfile.write(path, played, _BROWSER_RATE_HZ, subtype="PCM_16")
    return path


def seeded_session(served: ServedStt, *clips: str, shortest_speech_seconds: float = 0.25) -> str:
    """A session that is over, in which these clips were said; returns its name."""
    pauses = [part for clip in clips for part in (speech(clip), silence(1.0))]
    settings = {"vad": {"min_speech_duration": shortest_speech_seconds}}
    session_id = served.begin_session(settings=settings)
    path = f"/api/v1/sessions/{session_id}"
    pcm = (scene(*pauses) * 32767).astype(np.dtype("<i2")).tobytes()
    pushed = served.ask("POST", f"{path}/audio", pcm, {"Content-Type": "application/octet-stream"})
    assert not pushed.require(200).json["is_full"]
    served.ask("POST", f"{path}/audio/end", b"", {"Content-Type": "application/octet-stream"}).require(202)
    wait_until(lambda: not served.show(f"/sessions/{session_id}")["is_running"])
    return session_id
