"""Describes the operations of the API; a table of them makes both the routes and the document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["API_ROOT", "EVENT_STREAM", "FORM", "JSON", "Answer", "Operation", "Reply"]

API_ROOT: Final = "/api/v1"
"""All paths of operations are below this."""

JSON: Final = "application/json"

EVENT_STREAM: Final = "text/event-stream"

FORM: Final = "multipart/form-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer of an operation that needs another status than 200, or headers."""

    value: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One way in which an operation answers when all is well.

    ``media`` says for each media type which type its JSON has; None for text. ``headers`` says what each means.
    """

    meaning: str
    status: int = 200
    media: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path.

    ``handle`` is called with the values of the path by their names, and with ``query`` and ``body`` where there are
    such types; it returns a value that is sent as JSON, a ``Reply``, or a response of Flask's. ``raw_bodies`` are
    the media types of a body that ``handle`` reads by itself, ``problems`` the codes of what may go wrong besides
    what may always go wrong, ``example`` a body for the documentation.
    """

    method: str
    path: str
    name: str
    group: str
    summary: str
    handle: Callable[..., object]
    answers: tuple[Answer, ...]
    description: str = ""
    query: type | None = None
    body: Any = None
    is_body_required: bool = True
    raw_bodies: tuple[str, ...] = ()
    request_headers: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    example: str = ""

    @property
    def takes_form(self) -> bool:
        """Whether its body may be a form, whose parts besides the file are the query's parameters."""
        return FORM in self.raw_bodies

    @property
    def is_command(self) -> bool:
        """Whether it changes anything, so that doing it twice is not the same as doing it once."""
        return self.method != "GET"

    @property
    def rule(self) -> str:
        """The path in Flask's notation."""
        path = self.path
        for name, converter in (("utterance_id", "int"), ("session_id", "session")):
            path = path.replace(f"{{{name}}}", f"{{{converter}:{name}}}")
        return API_ROOT + path.replace("{", "<").replace("}", ">")
