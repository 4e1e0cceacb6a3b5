"""Makes the types of the envelopes in which events are published, from the types of the events."""

import functools
import inspect
import operator
from types import GenericAlias
from typing import Any, Final

import msgspec

from realtime_mlx_stt.domain.events import EVENT_TYPES, SessionEvent

__all__ = ["ENVELOPE_TYPES", "EVENT_ENVELOPE", "EVENT_PAGE"]


def _envelope_type(event: type[SessionEvent]) -> type[msgspec.Struct]:
    """The type that describes ``application.log.codec.envelope`` for such an event; its ``type`` is the tag."""
    return msgspec.defstruct(
        f"{event.__name__}Envelope",
        [
            ("session_id", str),
            ("seq", int),
            ("position", int),
            ("version", int),
            ("recorded_at", float),
            ("data", event),
        ],
        namespace={"__doc__": inspect.cleandoc(event.__doc__ or "").partition("\n\n")[0]},
        tag_field="type",
        tag=event.type,
        frozen=True,
        kw_only=True,
    )


ENVELOPE_TYPES: Final = tuple(_envelope_type(event) for event in EVENT_TYPES)
"""One type of envelope for each type of event, in the order of the documentation.

``seq`` counts from 1 without gaps in a session, ``position`` grows over all sessions (0 while the log cannot be
written), ``recorded_at`` is seconds since 1970, UTC.
"""

EVENT_ENVELOPE: Final[Any] = functools.reduce(operator.or_, ENVELOPE_TYPES)
"""Any of them, told apart by ``type``."""

EVENT_PAGE: Final = msgspec.defstruct(
    "EventPage",
    [("events", GenericAlias(tuple, (EVENT_ENVELOPE, ...))), ("next_after", int), ("is_over", bool)],
    namespace={
        "__doc__": "Events in order. ``next_after``: ask with it for those that follow. ``is_over``: the session "
        "has ended and these were its last."
    },
    frozen=True,
    kw_only=True,
)
"""What GET …/events answers."""
