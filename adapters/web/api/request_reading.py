"""Reads what a request brings into the types of its operation, and says what is wrong with it."""

import math
from typing import Any, Final

import msgspec
from flask import request

from realtime_mlx_stt.adapters.web.problems import BadRequestError, UnsupportedMediaTypeError

__all__ = ["read_body", "read_query"]

_TOKEN: Final = "token"  # noqa: S105 - the name of a parameter that the guards read, and nobody else


def _number(written: str) -> int | float:
    """A number with a point in it; one like ``2.0`` is a whole number to JSON Schema."""
    number = float(written)
    if math.isinf(number):
        raise msgspec.ValidationError(f"The number {written[:20]} is too large")
    return int(number) if number.is_integer() else number


_DECODER: Final = msgspec.json.Decoder(float_hook=_number)


def read_query(kind: type) -> Any:
    """The parameters behind the path as a ``kind``.

    Raises:
        BadRequestError: one is unknown, given twice, or not what it should be.
    """
    given = {name: values for name, values in request.args.lists() if name != _TOKEN}
    twice = [name for name, values in given.items() if len(values) > 1]
    if twice:
        raise BadRequestError(f"The parameter '{twice[0]}' is given more than once.")
    try:
        return msgspec.convert({name: values[0] for name, values in given.items()}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequestError(f"A parameter is not what it should be: {error}.") from error


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
