"""Turns events into JSON and back; they are stored and sent to subscribers in the same form."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from realtime_mlx_stt.domain.errors import DomainError
from realtime_mlx_stt.domain.events import EVENT_TYPES, SessionEvent
from realtime_mlx_stt.ports.event_store import EventStoreError, StoredEvent

__all__ = ["EventCodec", "UndecodableEventError", "Upcaster", "envelope", "envelope_line"]

_BY_WIRE_NAME: Final[Mapping[str, type[SessionEvent]]] = {event.type: event for event in EVENT_TYPES}

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns the data of an event of one version into that of the next."""

_ENCODER: Final = msgspec.json.Encoder()


class UndecodableEventError(EventStoreError):
    """A stored event is of a type or version that this program does not know, or its data has another shape."""

    code = "event-undecodable"


class EventCodec:
    """Encodes events at their current version and decodes every version that was ever stored. Thread-safe.

    ``upcasters`` turn the data of a (type, version) into that of the next version; as many as needed are applied
    one after the other. Fields that this program does not know are ignored, and new fields have defaults, so that
    few changes need an upcaster. ``versions`` replaces the current versions of some wire names, to try upcasters
    out.
    """

    def __init__(
        self,
        upcasters: Mapping[tuple[str, int], Upcaster] | None = None,
        versions: Mapping[str, int] | None = None,
    ) -> None:
        self._upcasters = dict(upcasters or {})
        self._versions = {name: event.version for name, event in _BY_WIRE_NAME.items()} | dict(versions or {})
        self._decoders: dict[str, msgspec.json.Decoder[SessionEvent]] = {
            name: msgspec.json.Decoder(event) for name, event in _BY_WIRE_NAME.items()
        }

    def encode(self, event: SessionEvent) -> bytes:
        """The event's data as a JSON object in UTF-8."""
        return _ENCODER.encode(event)

    def decode(self, type_name: str, version: int, data: bytes) -> SessionEvent:
        """The event of that wire name and version.

        Raises:
            UndecodableEventError: it is not known, or its data is not what it should be.
        """
        decoder = self._decoders.get(type_name)
        if decoder is None or version > self._versions[type_name]:
            raise UndecodableEventError(
                f"The event {type_name} of version {version} was stored by a newer version; update this program."
            )
        try:
            return decoder.decode(self._lifted(type_name, version, data))
        except (msgspec.MsgspecError, DomainError) as error:
            raise UndecodableEventError(f"A stored event {type_name} cannot be read: {error}.") from error

    def _lifted(self, type_name: str, version: int, data: bytes) -> bytes:
        current = self._versions[type_name]
        if version == current:
            return data
        fields = msgspec.json.decode(data, type=dict[str, Any])
        for step in range(version, current):
            upcaster = self._upcasters.get((type_name, step))
            if upcaster is None:
                raise UndecodableEventError(f"Nothing turns version {step} of the event {type_name} into the next.")
            try:
                fields = upcaster(fields)
            except (LookupError, TypeError, ValueError) as error:
                raise UndecodableEventError(
                    f"Version {step} of a stored event {type_name} cannot be turned into the next: {error!r}."
                ) from error
        return _ENCODER.encode(fields)


def envelope(stored: StoredEvent) -> dict[str, Any]:
    """The stored event as it is published, in JSON's own types: its place, its wire name and version, its data."""
    return {
        "session_id": stored.session_id,
        "seq": stored.seq,
        "position": stored.position,
        "type": stored.event.type,
        "version": stored.event.version,
        "recorded_at": stored.recorded_at,
        # Not by to_builtins, which leaves tuples as they are.
        "data": msgspec.json.decode(_ENCODER.encode(stored.event)),
    }


def envelope_line(stored: StoredEvent) -> str:
    """The envelope as one line of JSON, without the line's end."""
    return _ENCODER.encode(envelope(stored)).decode()
