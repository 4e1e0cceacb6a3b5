"""Answers in the shapes of 0.1: an envelope for what was done, ``detail`` for what was not."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import msgspec
from flask import Response, abort

from realtime_mlx_stt.adapters.web.problem_documents import Problem
from realtime_mlx_stt.adapters.web.problems import http_status
from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["answer", "as_detail", "done", "refuse", "refusing"]


def answer(content: Mapping[str, Any]) -> Response:
    """The content as it is."""
    return _json(content, 200)


def done(message: str, **facts: object) -> Response:
    """The envelope of everything that changes something; ``facts`` are its ``data``."""
    return _json({"status": "success", "data": facts, "message": message}, 200)


def refuse(status: int, detail: object, error: RealtimeSttError | None = None) -> NoReturn:
    """An answer with ``detail`` as in 0.1 and, where there is an error, also its ``code`` and sentence."""
    more = {} if error is None else {"code": error.code, "reason": str(error)}
    abort(_json({"detail": detail, **more}, status))


@contextmanager
def refusing(beginning: str = "") -> Iterator[None]:
    """Turn errors raised inside into answers whose detail begins with ``beginning``.

    A client's mistake is a 400, as 0.1 had 404 for profiles alone; everything else that cannot be done is a 500.
    """
    try:
        yield
    except RealtimeSttError as error:
        status = http_status(error)
        if status >= 500:
            status = 500
        elif status in _MISTAKES:
            status = 400
        refuse(status, f"{beginning}{error}", error)


def as_detail(problem: Problem) -> Response:
    """An answer in the shape of 0.1 for a problem that no route foresees."""
    response = _json({"detail": problem.detail, "code": problem.code}, problem.status)
    response.headers.update(problem.headers)
    return response


_MISTAKES = frozenset((400, 404, 409, 415, 422))


def _json(content: Mapping[str, Any], status: int) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(content), status, headers, content_type="application/json")
