"""Writes ``docs/asyncapi.json`` from the messages and the event types: ``python -m docs.async_reference``."""

import json
import typing
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

import msgspec
from docs.docstrings import explanation

from realtime_mlx_stt.adapters.web.api.event_envelopes import ENVELOPE_TYPES
from realtime_mlx_stt.adapters.web.stream.messages import ClientMessage, ServerMessage
from realtime_mlx_stt.adapters.web.stream.routes import NEW_STREAM, SESSION_STREAM
from realtime_mlx_stt.adapters.web.websocket.close_codes import CloseCode
from realtime_mlx_stt.domain import events as e

__all__ = ["ASYNC_DOCUMENT", "CLIENT_MESSAGES", "SERVER_MESSAGES", "async_document", "async_text"]

ASYNC_DOCUMENT: Final = Path(__file__).parent / "asyncapi.json"
"""Where the document is kept."""

CLIENT_MESSAGES: Final[tuple[type[msgspec.Struct], ...]] = typing.get_args(ClientMessage)
"""Every text that a client may send."""

SERVER_MESSAGES: Final[tuple[type[msgspec.Struct], ...]] = typing.get_args(ServerMessage)
"""Every text of the server's but events."""

_SCHEMA: Final = "#/components/schemas/{name}"
_AUDIO: Final = "audio-frame"
_CHANNELS: Final = {"newStream": NEW_STREAM, "sessionStream": SESSION_STREAM}
_SUMMARIES: Final = {
    "newStream": "Starts a session and opens its stream; the first message is `open`.",
    "sessionStream": "Opens the stream of a session, running or over; the first message is `open`, "
    "unless the address says `after`.",
}
_INTRODUCTION: Final = (
    "One WebSocket for a session: its events as they happen or happened, the audio that the client sends, and "
    "commands. Both sides say how far they have got, so that a client whose connection broke goes on where it was. "
    "websocket.md tells how."
)


def async_document() -> dict[str, Any]:
    """The document, AsyncAPI 3.0, in JSON's own types.

    Raises:
        ValueError: a message is not explained by a docstring.
    """
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "realtime-mlx-stt: session streams",
            "version": "1",
            "description": _INTRODUCTION,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {"local": {"host": "127.0.0.1:8000", "protocol": "ws"}},
        "channels": {name: _channel(name, address) for name, address in _CHANNELS.items()},
        "operations": dict(_operations()),
        "components": {"messages": dict(_messages()), "schemas": _schemas()},
        "x-close-codes": {str(code.value): _close_meaning(code) for code in CloseCode},
    }


def async_text() -> str:
    """The document as it is kept."""
    return json.dumps(async_document(), ensure_ascii=False, indent=2) + "\n"


def _channel(name: str, address: str) -> Mapping[str, Any]:
    described: dict[str, Any] = {"address": address, "summary": _SUMMARIES[name]}
    if "{session_id}" in address:
        described["parameters"] = {"session_id": {"description": "The session's name."}}
        after = {"type": "integer", "minimum": 0, "description": "As in `open`; nothing need be said then."}
        described["bindings"] = {"ws": {"query": {"type": "object", "properties": {"after": after}}}}
    described["messages"] = {key: {"$ref": f"#/components/messages/{key}"} for key, _ in _messages()}
    return described


def _operations() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The server is the application that the document is about: it receives what the client says."""
    taken = [_tag(kind) for kind in CLIENT_MESSAGES] + [_AUDIO]
    sent = [_tag(kind) for kind in (*SERVER_MESSAGES, *ENVELOPE_TYPES)]
    for channel in _CHANNELS:
        for action, keys in (("receive", taken), ("send", sent)):
            yield (
                f"{action}On{channel[0].upper()}{channel[1:]}",
                {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{channel}"},
                    "messages": [{"$ref": f"#/channels/{channel}/messages/{key}"} for key in keys],
                },
            )


def _messages() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind in (*CLIENT_MESSAGES, *SERVER_MESSAGES, *ENVELOPE_TYPES):
        told = explanation(kind)
        reference = {"$ref": _SCHEMA.format(name=kind.__name__)}
        yield _tag(kind), {"name": _tag(kind), "summary": f"{told.summary}.", "payload": reference}
    yield (
        _AUDIO,
        {
            "name": _AUDIO,
            "summary": "A binary message: audio with the place where it belongs.",
            "contentType": "application/octet-stream",
            "payload": {
                "type": "string",
                "format": "binary",
                "description": "8 bytes: the position of the first frame (a sample of each channel) since the "
                "session began, of the first byte where the audio is a container; unsigned, the lowest byte first. "
                "Then the audio, as `open` declared it.",
            },
        },
    )


def _schemas() -> dict[str, Any]:
    kinds = (*CLIENT_MESSAGES, *SERVER_MESSAGES, *ENVELOPE_TYPES)
    _, components = msgspec.json.schema_components(kinds, ref_template=_SCHEMA)
    types = {part.__name__: part for kind in kinds for part in _types_of(kind)}
    for name, schema in components.items():
        _explain(schema, types[name])
    return dict(sorted(components.items()))


def _types_of(hint: Any) -> Iterator[type]:
    """The types that a type hint is made of, at every depth: those of a union, of a list, of an object's fields."""
    if isinstance(hint, type):
        yield hint
    fields = typing.get_type_hints(hint) if msgspec.inspect.is_struct_type(hint) or is_dataclass(hint) else {}
    for part in (*typing.get_args(hint), *fields.values()):
        yield from _types_of(part)


def _explain(schema: dict[str, Any], described: type) -> None:
    """Describe the schema by the type's docstring, and each field or word of it by what the docstring says of it.

    Msgspec's own descriptions are replaced: how they are indented depends on its version.
    """
    told = explanation(described)
    words = told.meanings if issubclass(described, Enum) else {}
    schema["description"] = " ".join((*told.paragraphs, *(f"`{word}`: {words[word]}" for word in words)))
    usual = explanation(e).meanings if described in e.EVENT_TYPES else {}
    meanings = {**usual, **told.meanings}
    for name, field in schema.get("properties", {}).items():
        if name in meanings and "$ref" not in field:
            field["description"] = meanings[name]


def _close_meaning(code: CloseCode) -> str:
    return explanation(CloseCode).meanings[code.name.lower()]


def _tag(kind: type[msgspec.Struct]) -> str:
    """The word in the ``type`` of such a message."""
    return str(kind.__struct_config__.tag)


if __name__ == "__main__":
    ASYNC_DOCUMENT.write_text(async_text(), encoding="utf-8")
