"""Reads a request into the types of its operation, and says what is wrong with it."""

import math
from functools import cache
from typing import Any, Final, get_args, get_origin, get_type_hints

import msgspec
from flask import request
from werkzeug.datastructures import MultiDict

from realtime_mlx_stt.adapters.web.api.operations import FORM
from realtime_mlx_stt.adapters.web.form_text import WHY_UNREADABLE, unreadable_parts
from realtime_mlx_stt.adapters.web.problems import BadRequestError, UnsupportedMediaTypeError

__all__ = ["read_body", "read_query"]

_TOKEN: Final = "token"  # noqa: S105 - the name of a parameter that the guards read, and nobody else


def _number(written: str) -> int | float:
    """Read a number with a decimal point; one such as ``2.0`` is a whole number in JSON Schema."""
    number = float(written)
    if math.isinf(number):
        raise msgspec.ValidationError(f"The number {written[:20]} is too large")
    return int(number) if number.is_integer() else number


_DECODER: Final = msgspec.json.Decoder(float_hook=_number)


def read_query(kind: type, *, takes_form: bool = False) -> Any:
    """The parameters behind the path as a ``kind``; those that are lists may be repeated.

    Where the request ``takes_form`` and brings one, they may be parts of that as well, which count first.

    Raises:
        BadRequestError: one is unknown, given twice, or not what it should be; or a part of the form is not UTF-8.
    """
    given = _parameters(request.args, kind)
    if takes_form and request.mimetype == FORM:
        for name in unreadable_parts(request.form):
            raise BadRequestError(f"The part '{name}' of the form {WHY_UNREADABLE}.")
        given |= _parameters(request.form, kind)
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequestError(f"A parameter is not what it should be: {error}.") from error


def _parameters(given: MultiDict[str, str], kind: type) -> dict[str, str | list[str]]:
    parameters: dict[str, str | list[str]] = {}
    for name, values in given.lists():
        if name in _lists(kind):
            parameters[name] = values
        elif len(values) > 1:
            raise BadRequestError(f"The parameter '{name}' is given more than once.")
        elif name != _TOKEN:
            parameters[name] = values[0]
    return parameters


@cache
def _lists(kind: type) -> frozenset[str]:
    """The fields that hold several values."""
    hints = get_type_hints(kind)
    return frozenset(
        name for name, hint in hints.items() if any(get_origin(each) is tuple for each in get_args(hint))
    )


def read_body(kind: Any, *, is_required: bool) -> Any:
    """The body, JSON, as a ``kind``; None where it is not required and there is none.

    Raises:
        UnsupportedMediaTypeError: it is not sent as JSON.
        BadRequestError: it is no JSON, or not what it should be.
    """
    content = request.get_data()
    if not content and not is_required:
        return None
    if not request.is_json:
        raise UnsupportedMediaTypeError("The body must be JSON; send it with 'Content-Type: application/json'.")
    try:
        return msgspec.convert(_DECODER.decode(content), kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadRequestError(f"The body is not what it should be: {error}.") from error
