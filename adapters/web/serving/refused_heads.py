"""Answers what is no valid request, which no application ever sees."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from gunicorn.http import errors

from realtime_mlx_stt.adapters.web.problem_documents import PROBLEM_TYPE, Problem, code_of_status, problem_document

__all__ = ["refusal", "refusal_of"]

_STATUSES: Final[Mapping[type[Exception], HTTPStatus]] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
}


def refusal_of(error: BaseException) -> bytes | None:
    """The answer to a request that could not be parsed; None if the error is not the client's fault."""
    is_own_fault = type(error).__name__.startswith("InvalidResponse")  # gunicorn has them below those of clients
    if is_own_fault or not isinstance(error, errors.ParseException):
        return None
    return refusal(_STATUSES.get(type(error), HTTPStatus.BAD_REQUEST), f"This is no request over HTTP: {error}.")


def refusal(status: HTTPStatus, detail: str) -> bytes:
    """A complete answer with a problem of RFC 9457; the connection is closed after it."""
    problem = Problem(status=int(status), code=code_of_status(status), detail=detail)
    body = json.dumps(problem_document(problem)).encode()
    lines = (
        f"HTTP/1.1 {int(status)} {status.phrase}",
        f"Content-Type: {PROBLEM_TYPE}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + body
