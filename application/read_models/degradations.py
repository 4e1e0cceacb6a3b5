"""What a session left out, when, and why: the whole history, as its log tells it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["DegradedSpan", "fold_degradations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DegradedSpan:
    """A part of the service that was left out for a while; times are seconds since 1970, UTC.

    ``part`` and ``code``: which part, and why or how much of it. ``message``: the same as a sentence.
    ``began_at``: since when. ``ended_at``: until when it was so: until it was there again, something else was said
    of the same part, or the session was over; null while it lasts.
    """

    part: str
    code: str
    message: str
    began_at: float
    ended_at: float | None = None


def fold_degradations(events: Iterable[StoredEvent]) -> tuple[DegradedSpan, ...]:
    """What was left out in one session, in the order in which it began."""
    told: list[DegradedSpan] = []
    last_at = 0.0
    for stored in events:
        event = stored.event
        match event:
            case e.ServiceDegraded():
                _end(told, stored.recorded_at, event.part)
                told.append(
                    DegradedSpan(
                        part=event.part, code=event.code, message=event.message, began_at=stored.recorded_at
                    )
                )
            case e.ServiceRestored():
                _end(told, stored.recorded_at, event.part)
            case e.SessionInterrupted():
                _end(told, last_at)  # it was found out later
            case e.SessionStopped() | e.SessionFailed():
                _end(told, stored.recorded_at)
            case _:
                pass
        last_at = stored.recorded_at
    return tuple(told)


def _end(told: list[DegradedSpan], at: float, part: str | None = None) -> None:
    """End what lasts of the part, or of all."""
    for place, each in enumerate(told):
        if each.ended_at is None and part in (None, each.part):
            told[place] = replace(each, ended_at=at)
