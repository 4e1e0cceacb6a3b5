"""Lists the codes of problems and their meanings, taken from the error classes."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from realtime_mlx_stt.adapters.web.api.operations import Operation
from realtime_mlx_stt.adapters.web.problems import status_of_kind
from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["ProblemDocument", "ProblemKind", "problem_kinds", "problems_of"]


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A problem as RFC 9457 has it; programs may branch on ``code``, which stays the same."""

    type: str
    title: str
    status: int
    detail: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemKind:
    """One code, the status of its answers, and when it comes."""

    code: str
    status: int
    meaning: str


_WITHOUT_CLASS: Final = (
    ProblemKind(code="not-found", status=404, meaning="There is nothing at this address."),
    ProblemKind(code="body-too-large", status=413, meaning="The body is larger than this server takes."),
    ProblemKind(code="defect", status=500, meaning="Something went wrong that should not; the log has it."),
)
_OF_EVERY_REQUEST: Final = frozenset(
    (
        "bad-request",
        "defect",
        "event-store",
        "host-refused",
        "not-found",
        "origin-refused",
        "rate-limited",
        "token-missing",
        "token-wrong",
    )
)
_OF_BODIES: Final = frozenset(("body-too-large", "unsupported-media-type"))


def problem_kinds() -> Mapping[str, ProblemKind]:
    """All codes that the API answers with, by code."""
    kinds = {kind.code: kind for kind in _WITHOUT_CLASS}
    for error in _errors(RealtimeSttError):
        meaning = " ".join(inspect.cleandoc(error.__doc__ or "").partition("\n\n")[0].split())
        kinds.setdefault(error.code, ProblemKind(code=error.code, status=status_of_kind(error), meaning=meaning))
    return kinds


def problems_of(operation: Operation) -> tuple[str, ...]:
    """The codes of what may go wrong in an operation, sorted."""
    codes = {*_OF_EVERY_REQUEST, *operation.problems}
    if operation.is_command:
        codes.add("idempotency-key-reused")
    if operation.body is not None or operation.raw_bodies:
        codes |= _OF_BODIES
    return tuple(sorted(codes))


def _errors(kind: type[RealtimeSttError]) -> Iterator[type[RealtimeSttError]]:
    for error in kind.__subclasses__():
        yield error
        yield from _errors(error)
