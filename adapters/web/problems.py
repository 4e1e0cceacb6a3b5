"""Answers every error with a status, a stable code and a sentence, in the shape that clients of its path know."""

import logging
from collections.abc import Callable, Mapping
from typing import ClassVar, Final

import msgspec
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from realtime_mlx_stt.adapters.web.problem_documents import PROBLEM_TYPE, Problem, code_of_status, problem_document
from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = [
    "STATUSES",
    "BadRequestError",
    "ErrorShape",
    "RefusedRequestError",
    "TooManySessionsError",
    "TooManyStreamsError",
    "UnsupportedMediaTypeError",
    "answer_as",
    "answer_errors",
    "http_status",
    "problem_of",
    "shape_errors",
    "status_of_kind",
]

_LOGGER = logging.getLogger(__name__)

STATUSES: Final[Mapping[str, int]] = {
    # What the client asked for is not there.
    "audio-file-not-found": 404,
    "profile-not-found": 404,
    "recording-not-found": 404,
    "session-not-found": 404,
    "unknown-model": 404,
    "utterance-not-found": 404,
    # What the client sent can be understood, and cannot be done by anybody.
    "audio-device-not-found": 422,
    "invalid-setting": 422,
    "profile-name": 422,
    "no-translation": 422,
    "unknown-engine": 422,
    "unknown-language": 422,
    "unknown-wake-word": 422,
    "audio-format": 415,
    # It cannot be done in the present state.
    "audio-not-pushed": 409,
    "audio-position": 409,
    "event-store-conflict": 409,
    "illegal-command": 409,
    "session-not-running": 409,
    "session-problem": 409,
    "session-running": 409,
    # A service behind this one let it down.
    "api-key-refused": 502,
    "transcription-service": 502,
    "api-key-missing": 503,
    "service-offline": 503,
    "service-rate-limit": 503,
    "service-timeout": 504,
    # Something on this machine is not as it should be.
    "audio-source": 503,
    "event-store": 503,
    "model-repository": 503,
    "orchestrator-closed": 503,
    "profile-store": 503,
    "recording": 503,
    "rerun-timeout": 504,
    "session-unresponsive": 503,
    "speech-to-text": 503,
    "voice-activity": 503,
    "wake-word": 503,
    # Defects of this program.
    "error": 500,
    "output": 500,
    "session-worker": 500,
}
"""The status of an error by its code, or by that of the nearest error above it in the tree."""

_DEFECT: Final = "Something went wrong that should not; the log of the server has it."


class RefusedRequestError(RealtimeSttError):
    """A request is refused before anything is done; each kind has the status of its answer."""

    code = "refused-request"
    http_status: ClassVar[int] = 400

    @property
    def headers(self) -> Mapping[str, str]:
        """Further headers of the answer."""
        return {}


class BadRequestError(RefusedRequestError):
    """The request is not what the route takes; the message says where."""

    code = "bad-request"


class UnsupportedMediaTypeError(RefusedRequestError):
    """The route takes no body of this type; the message says which it takes."""

    code = "unsupported-media-type"
    http_status = 415


class TooManySessionsError(RefusedRequestError):
    """As many sessions are running as the server allows."""

    code = "too-many-sessions"
    http_status = 429


class TooManyStreamsError(RefusedRequestError):
    """As many event streams, sockets and requests that wait are open as the server allows."""

    code = "too-many-streams"
    http_status = 429


ErrorShape = Callable[[Problem], Response]
"""Writes a problem in the shape that some clients know."""


def http_status(error: RealtimeSttError) -> int:
    """The status of an answer that tells of the error."""
    return status_of_kind(type(error))


def status_of_kind(kind: type[RealtimeSttError]) -> int:
    """The status of an answer that tells of such an error."""
    if issubclass(kind, RefusedRequestError):
        return kind.http_status
    codes = (str(vars(each).get("code")) for each in kind.__mro__)
    return next(STATUSES[code] for code in codes if code in STATUSES)


def problem_of(error: Exception) -> Problem:
    """What a client is told of the error; of an unforeseen one, only that there was one."""
    if isinstance(error, RealtimeSttError):
        headers = error.headers if isinstance(error, RefusedRequestError) else {}
        return Problem(status=http_status(error), code=error.code, detail=str(error), headers=headers)
    if isinstance(error, HTTPException) and error.code is not None:
        detail = error.description or f"{error.name}."
        return Problem(
            status=error.code, code=code_of_status(error.code), detail=detail, headers=_own_headers(error)
        )
    return Problem(status=500, code=code_of_status(500), detail=_DEFECT)


def shape_errors(app: Flask, path_prefix: str, shape: ErrorShape) -> None:
    """Answer errors of requests whose path begins with ``path_prefix`` in this shape; the longest prefix counts."""
    _shapes(app)[path_prefix] = shape


def answer_errors(app: Flask) -> None:
    """Answer every error of a request in the shape of its path, and log unforeseen ones."""

    def answer(error: Exception) -> Response | HTTPException:
        if isinstance(error, HTTPException) and (error.response is not None or (error.code or 500) < 400):
            return error
        problem = problem_of(error)
        if problem.status == 500:
            _LOGGER.error("%s %s met a defect.", request.method, request.path, exc_info=error)
        fitting = [prefix for prefix in _shapes(app) if request.path.startswith(prefix)]
        return _shapes(app)[max(fitting, key=len)](problem) if fitting else _as_problem(problem)

    app.register_error_handler(Exception, answer)


def answer_as(app: Flask, kind: type[Exception], refusal: Callable[[Exception], RefusedRequestError]) -> None:
    """Answer the errors of a library that come of what a client sent as this refusal of the request."""

    def answer(error: Exception) -> Response:
        # Flask looks up what else is registered, and so the answer has the shape of the request's path.
        return app.make_response(app.handle_user_exception(refusal(error)))

    app.register_error_handler(kind, answer)


def _as_problem(problem: Problem) -> Response:
    headers = {"Cache-Control": "no-store", **problem.headers}
    body = msgspec.json.encode(problem_document(problem))
    return Response(body, problem.status, headers, content_type=PROBLEM_TYPE)


def _shapes(app: Flask) -> dict[str, ErrorShape]:
    shapes: dict[str, ErrorShape] = app.extensions.setdefault("realtime_mlx_stt.error_shapes", {})
    return shapes


def _own_headers(error: HTTPException) -> Mapping[str, str]:
    """The headers that the exception adds besides the type, such as the methods that a route allows."""
    return {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
