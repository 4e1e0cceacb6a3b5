"""Checks the parts of the installation: what was found of each, and what a person can do about it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from realtime_mlx_stt.application.profiles.profiles import Profiles
from realtime_mlx_stt.application.told_settings import told_settings
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.settings import TranscriptionSettings
from realtime_mlx_stt.ports.model_repository import ModelRepository

__all__ = ["Check", "Diagnosis", "Finding", "Verdict", "diagnose", "profile_check"]


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
    """Look at one part after the other; an error that this raises becomes a finding too."""
    for check in checks:
        yield Diagnosis(part=check.part, finding=_finding(check))


def _finding(check: Check) -> Finding:
    try:
        return check.look()
    except Exception as error:  # noqa: BLE001 - a library that is damaged may raise anything
        verdict = Verdict.BROKEN if check.is_required else Verdict.WEAK
        return Finding(verdict=verdict, text=_sentence(error), remedy=check.remedy)


def _sentence(error: Exception) -> str:
    """The error as a sentence; only messages of this package's own errors are sentences that stand alone."""
    return str(error) if isinstance(error, RealtimeSttError) else f"{type(error).__name__}: {error}"


def profile_check(name: str, profiles: Profiles, models: ModelRepository) -> Check:
    """Check a profile: what would write, what it is told, and whether all its models are here."""

    def look() -> Finding:
        transcription = profiles.configuration(name).settings.transcription
        text = f"{name}: {told_settings(transcription)}"
        if transcription.engine != TranscriptionSettings().engine:
            return Finding(verdict=Verdict.GOOD, text=text)  # only the usual engine has its models here
        missing = _missing(models, filter(None, (transcription.model, transcription.smaller_model)))
        if missing is None:
            return Finding(verdict=Verdict.GOOD, text=text)
        text += f"; {missing} is not on this machine yet"
        return Finding(verdict=Verdict.WEAK, text=text, remedy=f"stt models pull {missing}")

    return Check(part="profile", look=look, remedy="name one of `stt profiles`, or save it anew")


def _missing(models: ModelRepository, names: Iterable[str]) -> str | None:
    """The first of the models that would have to be fetched; folders and models of the hub are only known by name.

    Raises:
        UnknownModelError: no model has one of the names.
    """
    listed = {each.name: each.is_available for each in models.models()}
    for name in names:
        if name not in listed:
            models.require_known(name)
        if not listed.get(name, True):
            return name
    return None
