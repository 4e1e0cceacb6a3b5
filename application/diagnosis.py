"""What a check of the installation finds out, and what a person can do about it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["Check", "Diagnosis", "Finding", "Verdict", "diagnose"]


class Verdict(StrEnum):
    """How a part is: as it should be, usable with a loss, or not usable."""

    GOOD = "good"
    WEAK = "weak"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found of one part; ``remedy`` is the one command or step that mends it, None when all is well."""

    verdict: Verdict
    text: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A part that can be looked at; ``remedy`` is for when looking at it fails.

    ``is_required`` parts make the whole unusable when they are broken: a file can be heard without a microphone.
    """

    part: str
    look: Callable[[], Finding]
    remedy: str
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One part with its finding."""

    part: str
    finding: Finding


def diagnose(checks: Iterable[Check]) -> Iterator[Diagnosis]:
    """Look at one part after the other; whatever is raised by that is a finding like any other."""
    for check in checks:
        yield Diagnosis(part=check.part, finding=_finding(check))


def _finding(check: Check) -> Finding:
    try:
        return check.look()
    except Exception as error:  # noqa: BLE001 - a library that is damaged may raise anything
        verdict = Verdict.BROKEN if check.is_required else Verdict.WEAK
        return Finding(verdict=verdict, text=_sentence(error), remedy=check.remedy)


def _sentence(error: Exception) -> str:
    """What the error says; only those of this package are sentences that stand alone."""
    return str(error) if isinstance(error, RealtimeSttError) else f"{type(error).__name__}: {error}"
