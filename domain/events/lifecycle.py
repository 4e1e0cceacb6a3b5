"""Facts about a session as a whole: its beginning, its settings, its troubles and its end."""

from dataclasses import dataclass
from typing import ClassVar

from realtime_mlx_stt.domain.events.reasons import StopReason
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings

__all__ = [
    "ServiceDegraded",
    "ServiceRestored",
    "SessionFailed",
    "SessionInterrupted",
    "SessionStarted",
    "SessionStopped",
    "SessionStopping",
    "SettingsChanged",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A session began to take audio; the first event of every session.

    ``source``: what it listens to: a device, a file, a client.
    ``started_at``: just before the source was started; sample 0 was captured once it delivered.
    """

    type: ClassVar[str] = "session-started"
    version: ClassVar[int] = 1

    settings: SessionSettings
    source: str
    started_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStopping:
    """A session takes no more audio; texts that are still being computed are awaited.

    ``reason``: why it takes no more.
    """

    type: ClassVar[str] = "session-stopping"
    version: ClassVar[int] = 1

    reason: StopReason
    captured_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStopped:
    """A session is over as it should be, and nothing of it is outstanding.

    ``reason``: why it took no more audio.
    """

    type: ClassVar[str] = "session-stopped"
    version: ClassVar[int] = 1

    reason: StopReason
    captured_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFailed:
    """A session is over because something failed that it cannot do without."""

    type: ClassVar[str] = "session-failed"
    version: ClassVar[int] = 1

    code: str
    message: str
    captured_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInterrupted:
    """A session that was found open after a crash was closed.

    ``lost_utterances``: those that had begun and never got their final text, in order.
    """

    type: ClassVar[str] = "session-interrupted"
    version: ClassVar[int] = 1

    lost_utterances: tuple[UtteranceId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged:
    """A session works with other settings from here on; an utterance that has begun keeps its audio.

    ``at_sample``: from which position on, or null when it is not known.
    """

    type: ClassVar[str] = "settings-changed"
    version: ClassVar[int] = 1

    settings: SessionSettings
    at_sample: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDegraded:
    """A part of the service is being left out until further notice.

    Said again of the same part, it replaces what was said before: another reason, or more or less left out.

    ``part``: which part, in a word such as ``event-store``, ``recording`` or ``hypotheses``.
    ``code``: why, or how much of it, in a stable word such as ``hypotheses-slower`` or ``hypotheses-off``.
    """

    type: ClassVar[str] = "service-degraded"
    version: ClassVar[int] = 1

    part: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRestored:
    """A part of the service that was left out is there again.

    ``part``: which part, in the word of the event that said it was left out.
    """

    type: ClassVar[str] = "service-restored"
    version: ClassVar[int] = 1

    part: str
