"""Facts about listening: pauses, wake words, and the source of the sound."""

from dataclasses import dataclass
from typing import ClassVar

from realtime_mlx_stt.domain.events.reasons import GapReason

__all__ = [
    "AudioGapRecorded",
    "AudioSourceLost",
    "AudioSourceRecovered",
    "ListeningPaused",
    "ListeningResumed",
    "WakeWordDetected",
    "WakeWordExpired",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningPaused:
    """Audio is no longer listened to until listening is resumed.

    ``at_sample``: the first sample that is not listened to.
    """

    type: ClassVar[str] = "listening-paused"
    version: ClassVar[int] = 1

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningResumed:
    """Audio is listened to again; what was captured in between is recorded as a gap before this.

    ``at_sample``: the first sample that is listened to.
    """

    type: ClassVar[str] = "listening-resumed"
    version: ClassVar[int] = 1

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordDetected:
    """The wake word was heard, or heard again; the session now listens for speech.

    ``word``: which of the wake words in the settings it was, as it is written there: a path for one's own model.
    ``score``: how sure the detector is.
    ``at_sample``: where the word ended.
    ``deadline_sample``: before this position speech must have been noticed.
    """

    type: ClassVar[str] = "wake-word-detected"
    version: ClassVar[int] = 1

    word: str
    score: float
    at_sample: int
    deadline_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordExpired:
    """Nothing was said in time after the wake word, or nothing more; the session waits for it again.

    ``word``: which wake word it was, as in the settings.
    ``at_sample``: where the session went back to waiting.
    """

    type: ClassVar[str] = "wake-word-expired"
    version: ClassVar[int] = 1

    word: str
    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioGapRecorded:
    """Samples were not heard, and never will be.

    ``start_sample``: the first of them.
    ``lost_samples``: how many there are.
    ``reason``: why they were not heard.
    """

    type: ClassVar[str] = "audio-gap-recorded"
    version: ClassVar[int] = 1

    start_sample: int
    lost_samples: int
    reason: GapReason


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSourceLost:
    """The source stopped delivering, or another takes its place; the session waits for audio.

    ``at_sample``: where the audio breaks off.
    """

    type: ClassVar[str] = "audio-source-lost"
    version: ClassVar[int] = 1

    at_sample: int
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSourceRecovered:
    """The source, or what takes its place, delivers again; what passed meanwhile is recorded as a gap before this.

    ``at_sample``: where the audio goes on.
    """

    type: ClassVar[str] = "audio-source-recovered"
    version: ClassVar[int] = 1

    at_sample: int
