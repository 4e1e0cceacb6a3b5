"""Reads request bodies, and reports mistakes in them as FastAPI did to the clients of 0.1."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import msgspec
from flask import request

from realtime_mlx_stt.adapters.web.legacy.answers import refuse

__all__ = ["Field", "boolean", "mapping", "optional", "read_body", "text", "whole_number"]

Check = Callable[[object], object]
"""Returns the value as the field has it, or raises ``_WrongValueError``."""

_YES: Final = frozenset((True, "1", "on", "t", "true", "y", "yes"))
_NO: Final = frozenset((False, "0", "off", "f", "false", "n", "no"))
_MOST_LEVELS: Final = 40
_WHOLE: Final = re.compile(r"\s*[+-]?\d+(_\d+)*(\.0*)?\s*", re.ASCII)


class _WrongValueError(Exception):
    """A value is not what its field takes; ``kind`` and the message are pydantic's."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a body; without a ``default`` it must be there."""

    name: str
    check: Check
    default: object = ...


def text(value: object) -> object:
    """A string."""
    if not isinstance(value, str):
        raise _WrongValueError("string_type", "Input should be a valid string")
    return value


def mapping(value: object) -> object:
    """An object with anything in it."""
    if not isinstance(value, Mapping):
        raise _WrongValueError("dict_type", "Input should be a valid dictionary")
    return value


def boolean(value: object) -> object:
    """True or false, also as 1 and 0 and in the words that pydantic takes for them."""
    if isinstance(value, str):
        value = value.lower()
    if isinstance(value, str | int | float):
        if value in _YES or value in _NO:
            return value in _YES
        if not isinstance(value, float) or value.is_integer():
            raise _WrongValueError("bool_parsing", "Input should be a valid boolean, unable to interpret input")
    raise _WrongValueError("bool_type", "Input should be a valid boolean")


def whole_number(value: object) -> object:
    """A whole number, also as a float or a string."""
    if isinstance(value, str):
        if _WHOLE.fullmatch(value):
            return value
        message = "Input should be a valid integer, unable to parse string as an integer"
        raise _WrongValueError("int_parsing", message)
    if isinstance(value, float) and not value.is_integer():
        message = "Input should be a valid integer, got a number with a fractional part"
        raise _WrongValueError("int_from_float", message)
    if not isinstance(value, int | float):
        raise _WrongValueError("int_type", "Input should be a valid integer")
    return int(value)


def optional(check: Check) -> Check:
    """What ``check`` takes, or null."""
    return lambda value: None if value is None else check(value)


def read_body(fields: Sequence[Field], *, keeps_others: bool = False) -> Mapping[str, Any]:
    """The fields of the request's body; others in it are ignored, unless the caller checks them itself.

    A body that is not right is answered with 422.
    """
    body = _json_body()
    if body is None:
        _refuse_body([_finding("missing", [], "Field required", None)])
    if not isinstance(body, dict):
        message = "Input should be a valid dictionary or object to extract fields from"
        _refuse_body([_finding("model_attributes_type", [], message, body)])
    read: dict[str, Any] = dict(body) if keeps_others else {}
    findings: list[Mapping[str, Any]] = []
    for field in fields:
        if field.name not in body and field.default is ...:
            findings.append(_finding("missing", [field.name], "Field required", body))
            continue
        try:
            read[field.name] = field.check(body[field.name]) if field.name in body else field.default
        except _WrongValueError as error:
            findings.append(_finding(error.kind, [field.name], str(error), body[field.name]))
    if findings:
        _refuse_body(findings)
    return read


def _json_body() -> object:
    """The body's value; None if there is no body, and a text where its type is not JSON."""
    sent = request.get_data(cache=False)
    if not sent:
        return None
    if request.mimetype and not request.is_json:
        return sent.decode(errors="replace")
    try:
        value = msgspec.json.decode(sent)
    except (ValueError, RecursionError) as error:
        _refuse_json(sent, error)
    if _is_deeper(value, _MOST_LEVELS):
        _refuse_body([_invalid(0, f"It is nested more than {_MOST_LEVELS} levels deep")])
    return value


def _refuse_json(sent: bytes, error: Exception) -> NoReturn:
    """Report what is wrong with JSON in the words of Python's own decoder, which FastAPI passed on."""
    position, reason = 0, str(error)
    try:
        json.loads(sent)
    except json.JSONDecodeError as known:
        position, reason = known.pos, known.msg
    except UnicodeDecodeError:
        refuse(400, "There was an error parsing the body")
    except (ValueError, RecursionError):
        reason = "This is more than a program should be sent"
    _refuse_body([_invalid(position, reason)])


def _is_deeper(value: object, most_levels: int) -> bool:
    """Whether objects and lists are nested deeper; the code that handles them may recurse as deep."""
    level = [value]
    for _ in range(most_levels):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def _invalid(position: int, reason: str) -> Mapping[str, Any]:
    return {**_finding("json_invalid", [position], "JSON decode error", {}), "ctx": {"error": reason}}


def _finding(kind: str, where: Sequence[str | int], message: str, value: object) -> Mapping[str, Any]:
    return {"type": kind, "loc": ["body", *where], "msg": message, "input": value}


def _refuse_body(findings: Sequence[Mapping[str, Any]]) -> NoReturn:
    refuse(422, findings)
