"""What a session is doing now and what is wrong with it, for a line of status."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain import state as s
from realtime_mlx_stt.domain.evolve import evolve
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["Activity", "DegradedPart", "Problem", "SessionStatus", "add_to_status", "fold_status"]


class Activity(StrEnum):
    """What a session can be doing, one word for each shape of its state."""

    NOT_STARTED = "not-started"
    AWAITING_WAKE_WORD = "awaiting-wake-word"
    LISTENING = "listening"
    HEARING_SPEECH = "hearing-speech"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


_ACTIVITIES: dict[type[s.SessionState], Activity] = {
    s.NotStarted: Activity.NOT_STARTED,
    s.AwaitingWakeWord: Activity.AWAITING_WAKE_WORD,
    s.Listening: Activity.LISTENING,
    s.HearingSpeech: Activity.HEARING_SPEECH,
    s.Paused: Activity.PAUSED,
    s.Stopping: Activity.STOPPING,
    s.Stopped: Activity.STOPPED,
    s.Failed: Activity.FAILED,
    s.Interrupted: Activity.INTERRUPTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that went wrong, as its error said."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DegradedPart:
    """A part of the service that is being left out now, and why."""

    part: str
    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStatus:
    """One session at this moment.

    ``degraded`` holds the parts left out now, ``source_problem`` why the source is lost, None while it delivers,
    and ``failure`` what ended the session, None unless it failed.
    """

    source: str = ""
    degraded: tuple[DegradedPart, ...] = ()
    source_problem: Problem | None = None
    failure: Problem | None = None
    state: s.SessionState = field(default=s.INITIAL)

    @property
    def activity(self) -> Activity:
        """What the session is doing."""
        return _ACTIVITIES[type(self.state)]

    @property
    def awaited_texts(self) -> int:
        """How many utterances have all their audio and not yet their text."""
        return 0 if isinstance(self.state, s.NotStarted) else len(self.state.context.pending)

    @property
    def woken_by(self) -> str | None:
        """The wake word that the session is awake from, if it is."""
        state = self.state
        if isinstance(state, s.Listening | s.HearingSpeech) and state.activation is not None:
            return state.activation.word
        return None


def fold_status(events: Iterable[StoredEvent]) -> SessionStatus:
    """The status after one session's events."""
    status = SessionStatus()
    for stored in events:
        status = add_to_status(status, stored)
    return status


def add_to_status(status: SessionStatus, stored: StoredEvent) -> SessionStatus:
    """The status after one more event."""
    event = stored.event
    status = replace(status, state=evolve(status.state, event))
    match event:
        case e.SessionStarted():
            return replace(status, source=event.source)
        case e.SessionFailed():
            return replace(status, failure=_problem(event))
        case e.AudioSourceLost() | e.AudioSourceRecovered():
            return replace(status, source_problem=_problem(event) if isinstance(event, e.AudioSourceLost) else None)
        case e.ServiceDegraded() | e.ServiceRestored():
            return replace(status, degraded=_degraded(status, event))
        case _:
            return status


def _degraded(status: SessionStatus, event: e.ServiceDegraded | e.ServiceRestored) -> tuple[DegradedPart, ...]:
    others = tuple(degraded for degraded in status.degraded if degraded.part != event.part)
    if isinstance(event, e.ServiceRestored):
        return others
    return (*others, DegradedPart(part=event.part, problem=_problem(event)))


def _problem(event: e.SessionFailed | e.AudioSourceLost | e.ServiceDegraded) -> Problem:
    return Problem(code=event.code, message=event.message)
