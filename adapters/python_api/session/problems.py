"""Makes the exceptions that ``on_error`` is given from what goes wrong in a session."""

from typing import Any, Self

from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.events import (
    AudioGapRecorded,
    AudioSourceLost,
    GapReason,
    ServiceDegraded,
    SessionEvent,
    SessionFailed,
    TranscriptionFailed,
)

__all__ = ["SessionProblemError", "problem_of"]

_SECONDS = 16_000


class SessionProblemError(RealtimeSttError):
    """Something went wrong in a session, of which ``event`` is the record; ``code`` is the event's own."""

    code = "session-problem"

    def __init__(self, code: str, message: str, event: SessionEvent) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]  # each problem has the code of what went wrong
        self.event = event

    def __reduce__(self) -> tuple[type[Self], tuple[str, str, SessionEvent], dict[str, Any]]:
        """How it is made again where it is copied or sent to another process."""
        return type(self), (self.code, self.args[0], self.event), vars(self)


def problem_of(event: SessionEvent) -> SessionProblemError | None:
    """The problem that the event reports, None if it reports none. A pause that was asked for is no problem."""
    match event:
        case TranscriptionFailed() | AudioSourceLost() | ServiceDegraded() | SessionFailed():
            return SessionProblemError(event.code, event.message, event)
        case AudioGapRecorded() if event.reason is not GapReason.PAUSED:
            lost = f"{event.lost_samples / _SECONDS:.2f} s of sound were lost ({event.reason})."
            return SessionProblemError(f"audio-gap-{event.reason}", lost, event)
        case _:
            return None
