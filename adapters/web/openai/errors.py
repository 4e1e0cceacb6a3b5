"""Writes errors as OpenAI's API does, so that its clients raise the exceptions that their users know."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, Response, jsonify

from realtime_mlx_stt.adapters.web.problem_documents import Problem
from realtime_mlx_stt.adapters.web.problems import BadRequestError, problem_of, shape_errors

__all__ = ["InvalidParameterError", "error_document", "error_response", "register_errors"]

_STATUSES: Final[Mapping[int, int]] = {415: 400, 422: 400}
"""OpenAI's API answers 400 to whatever is wrong with a request that it can read."""

_CODES: Final[Mapping[str, str]] = {
    "unknown-model": "model_not_found",
    "token-missing": "invalid_api_key",
    "token-wrong": "invalid_api_key",
    "rate-limited": "rate_limit_exceeded",
}
"""Codes on which clients branch; all other codes are this product's."""

_PARAMETERS: Final[Mapping[str, str]] = {
    "audio-format": "file",
    "no-translation": "model",
    "unknown-language": "language",
    "unknown-model": "model",
}
"""The parameter of the request that an error is about, by the error's code."""


class InvalidParameterError(BadRequestError):
    """A parameter of a request to the OpenAI-compatible API is missing or wrong; ``parameter`` names it."""

    code = "invalid-parameter"

    def __init__(self, message: str, parameter: str) -> None:
        super().__init__(message)
        self.parameter = parameter


def register_errors(app: Flask) -> None:
    """Answer errors of this API, whoever raises them, in its own shape."""
    shape_errors(app, "/v1/", error_response)
    app.register_error_handler(InvalidParameterError, _answer_parameter)


def error_document(problem: Problem, parameter: str | None = None) -> dict[str, Any]:
    """``{"error": …}`` with the sentence, the type for its status, the parameter, and the code."""
    return {
        "error": {
            "message": problem.detail,
            "type": _type(problem.status),
            "param": parameter or _PARAMETERS.get(problem.code),
            "code": _CODES.get(problem.code, problem.code),
        }
    }


def error_response(problem: Problem, parameter: str | None = None) -> Response:
    """The answer that tells of the problem."""
    answer = jsonify(error_document(problem, parameter))
    answer.status_code = _STATUSES.get(problem.status, problem.status)
    answer.headers.extend({"Cache-Control": "no-store", **problem.headers})
    return answer


def _answer_parameter(error: InvalidParameterError) -> Response:
    return error_response(problem_of(error), error.parameter)


def _type(status: int) -> str:
    if status >= 500:
        return "server_error"
    return "requests" if status == 429 else "invalid_request_error"
