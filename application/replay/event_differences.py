"""Describes, in sentences, how two hearings differ in the events that belong to no utterance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from itertools import zip_longest

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["event_differences"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """An event, with the part of it that must be the same in both hearings, as text."""

    stored: StoredEvent
    essence: str


def event_differences(
    first: Sequence[StoredEvent], second: Sequence[StoredEvent], known_until_sample: int | None = None
) -> Iterator[str]:
    """A sentence for each difference; an event is called by its number in the first log.

    Events that only the second hearing has, at ``known_until_sample`` or after it, are no difference: the first
    hearing knew nothing of that part. With None the first knew everything.
    """
    before, now = list(_told(first)), list(_told(second))
    matcher = SequenceMatcher(
        None, [told.essence for told in before], [told.essence for told in now], autojunk=False
    )
    for word, first_from, first_to, second_from, second_to in matcher.get_opcodes():
        if word == "equal":
            continue
        for one, two in zip_longest(before[first_from:first_to], now[second_from:second_to]):
            if one is None and two is not None:
                if known_until_sample is None or _position(two.stored.event) < known_until_sample:
                    yield f"There is a new event now: {two.essence}."
            elif one is not None:
                yield f"Event {one.stored.seq} was {one.essence}, and {_what_became(two)}."


def _what_became(told: _Told | None) -> str:
    return "does not come again" if told is None else f"is now {told.essence}"


_CompleteEvents = (
    e.WakeWordDetected
    | e.WakeWordExpired
    | e.ListeningPaused
    | e.ListeningResumed
    | e.AudioGapRecorded
    | e.SessionStopping
    | e.AudioSourceRecovered
)
_ComparedEvents = _CompleteEvents | e.AudioSourceLost | e.SettingsChanged


def _told(log: Sequence[StoredEvent]) -> Iterator[_Told]:
    for stored in log:
        if isinstance(stored.event, _ComparedEvents):
            yield _Told(stored=stored, essence=_essence(stored.event))


def _essence(event: _ComparedEvents) -> str:
    if isinstance(event, e.AudioSourceLost):
        return f"{event.type} at_sample={event.at_sample}"
    if isinstance(event, e.SettingsChanged):
        return f"{event.type} settings={event.settings}"
    values = (f"{field.name}={_shown(getattr(event, field.name))}" for field in fields(event))
    return " ".join((event.type, *values))


def _shown(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _position(event: e.SessionEvent) -> int:
    """Where in the audio the event happened; 0 when it does not tell."""
    match event:
        case e.AudioGapRecorded():
            return event.start_sample
        case e.SessionStopping():
            return event.captured_samples
        case (
            e.WakeWordDetected()
            | e.WakeWordExpired()
            | e.ListeningPaused()
            | e.ListeningResumed()
            | e.AudioSourceLost()
            | e.AudioSourceRecovered()
            | e.SettingsChanged()
        ):
            return event.at_sample or 0
        case _:
            return 0
