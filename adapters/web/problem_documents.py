"""Describes problems as RFC 9457 has it, without Flask: the server meets problems before an application does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

__all__ = ["PROBLEM_TYPE", "Problem", "code_of_status", "problem_document"]

PROBLEM_TYPE: Final = "application/problem+json"
"""The media type of RFC 9457."""

_CODES: Final[Mapping[int, str]] = {413: "body-too-large", 414: "address-too-long", 500: "defect"}
"""Codes for statuses whose names in Python are long or have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a client is told of an error; ``code`` is stable, ``detail`` a sentence that may change."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)


def code_of_status(status: int) -> str:
    """The code of a problem of which no more is known than its status."""
    return _CODES.get(status) or HTTPStatus(status).phrase.lower().replace(" ", "-")


def problem_document(problem: Problem) -> Mapping[str, object]:
    """The problem as RFC 9457 has it, with the stable ``code`` besides; ``type`` leads to the documentation."""
    return {
        "type": f"/docs#problem-{problem.code}",
        "title": problem.code.replace("-", " ").capitalize(),
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
    }
