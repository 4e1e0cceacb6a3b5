"""Decides what a session gives up while the models do not keep up with its speech, and when it is given back."""

from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ, samples_to_seconds
from realtime_mlx_stt.domain.commands import ReportDegradation, ReportRestoration
from realtime_mlx_stt.domain.settings import TranscriptionSettings

__all__ = ["Degradation", "ServiceLevel", "Waits", "degradation_reports", "levels", "owed_report"]

_BEHIND_SAMPLES: Final = 45 * SAMPLE_RATE_HZ
"""45 s: how much speech may be owed. It is more than the longest utterance, so it is reached only where the model
does not keep up.
"""

_PERSISTS_SAMPLES: Final = 2 * SAMPLE_RATE_HZ
"""How long the waits must last before anything is given up; one long text of another session is no reason."""

_CALM_SAMPLES: Final = 5 * SAMPLE_RATE_HZ
"""How long no text may wait before something is given back: longer than a sentence, so that its texts are among
them.
"""

_RELAPSE_SAMPLES: Final = 60 * SAMPLE_RATE_HZ
"""How soon something is given up again to count as given back too early; the next time it is given back later."""

_MOST_CALM_SAMPLES: Final = 32 * _CALM_SAMPLES
"""The longest time without waits that is asked for before something is given back."""


class ServiceLevel(IntEnum):
    """What is left of the service; each level also gives up what the one before does. Finals are never given up.

    ``SLOWER``: hypotheses come less often. ``NO_HYPOTHESES``: there are none, and no final text is prepared before
    its time. ``SMALLER_MODEL``: a smaller model writes the final texts.
    """

    FULL = 0
    SLOWER = 1
    NO_HYPOTHESES = 2
    SMALLER_MODEL = 3

    @property
    def word(self) -> str:
        """The level in a stable word: ``full``, or the code of the `service-degraded` that says it."""
        return _WORDS[self]


_WORDS: Final = {
    ServiceLevel.FULL: "full",
    ServiceLevel.SLOWER: "hypotheses-slower",
    ServiceLevel.NO_HYPOTHESES: "hypotheses-off",
    ServiceLevel.SMALLER_MODEL: "smaller-model",
}


class Waits(NamedTuple):
    """How long texts have waited while others were written: the newest hypothesis, and the oldest final text."""

    hypothesis_seconds: float = 0.0
    final_seconds: float = 0.0


_TOO_LONG: Final = {
    ServiceLevel.SLOWER: Waits(0.5, 0.5),
    ServiceLevel.NO_HYPOTHESES: Waits(1.5, 1.0),
    ServiceLevel.SMALLER_MODEL: Waits(float("inf"), 1.5),
}
"""The waits beyond which each level is entered. 0.5 s is the greatest age that hypotheses should have. At 1.5 s
they belong to the sentence before, and the time they cost is better spent on the final texts.
"""

_GIVEN_BACK_AT: Final = 0.5
"""A level is left again when the waits are below this part of the waits at which it is entered."""


def levels(settings: TranscriptionSettings, *, has_smaller_model: bool) -> tuple[ServiceLevel, ...]:
    """The levels that a session with these settings can be at, the best first."""
    has_hypotheses = settings.partial_interval_seconds is not None or settings.speculative_finals
    is_there = {
        ServiceLevel.FULL: True,
        ServiceLevel.SLOWER: settings.partial_interval_seconds is not None,
        ServiceLevel.NO_HYPOTHESES: has_hypotheses,
        ServiceLevel.SMALLER_MODEL: settings.smaller_model is not None and has_smaller_model,
    }
    return tuple(level for level in ServiceLevel if is_there[level])


class Degradation:
    """One session's level, computed from waits and positions of the audio, which stand for time; no clock is read.

    It goes one level down when texts wait too long for 2 s without a break, and one up when no text waits half as
    long for 5 s. A level that is entered again within a minute of being left is then left only after twice the
    time, up to 160 s, so that a load at the border does not make the service come and go.
    """

    def __init__(self) -> None:
        self._level = ServiceLevel.FULL
        self._pressed_since: int | None = None
        self._calm_since: int | None = None
        self._calm_samples = _CALM_SAMPLES
        self._given_back_at: int | None = None

    @property
    def level(self) -> ServiceLevel:
        """What is left of the service."""
        return self._level

    def observe(self, at_sample: int, waits: Waits, available: tuple[ServiceLevel, ...]) -> bool:
        """Take the present waits, and return whether the level changed. Positions never go back."""
        if self._level not in available:
            self._enter(max(level for level in available if level < self._level))
            return True
        place = available.index(self._level)
        worse = available[place + 1] if place + 1 < len(available) else None
        self._time(at_sample, waits, worse)
        if worse is not None and _has_passed(at_sample, self._pressed_since, _PERSISTS_SAMPLES):
            self._note_relapse(at_sample)
            self._enter(worse)
            return True
        if place > 0 and _has_passed(at_sample, self._calm_since, self._calm_samples):
            self._given_back_at = at_sample
            self._enter(available[place - 1])
            return True
        return False

    def _time(self, at_sample: int, waits: Waits, worse: ServiceLevel | None) -> None:
        is_pressed = worse is not None and _exceeds(waits, _TOO_LONG[worse], 1.0)
        is_calm = self._level > 0 and not _exceeds(waits, _TOO_LONG[self._level], _GIVEN_BACK_AT)
        self._pressed_since = _since(at_sample, self._pressed_since) if is_pressed else None
        self._calm_since = _since(at_sample, self._calm_since) if is_calm else None

    def _note_relapse(self, at_sample: int) -> None:
        is_relapse = self._given_back_at is not None and at_sample - self._given_back_at < _RELAPSE_SAMPLES
        self._calm_samples = min(2 * self._calm_samples, _MOST_CALM_SAMPLES) if is_relapse else _CALM_SAMPLES

    def _enter(self, level: ServiceLevel) -> None:
        self._level, self._pressed_since, self._calm_since = level, None, None


def degradation_reports(
    level: ServiceLevel, settings: TranscriptionSettings
) -> Iterator[ReportDegradation | ReportRestoration]:
    """Reports, in words, of what is given up at the level and what is not; repeated reports change nothing."""
    has_hypotheses = ServiceLevel.NO_HYPOTHESES in levels(settings, has_smaller_model=False)
    if has_hypotheses and level >= ServiceLevel.NO_HYPOTHESES:
        yield ReportDegradation(
            part="hypotheses",
            code=ServiceLevel.NO_HYPOTHESES.word,
            message="There are only final texts for now, because the model does not keep up with all that is said.",
        )
    elif has_hypotheses and level is ServiceLevel.SLOWER:
        yield ReportDegradation(
            part="hypotheses",
            code=ServiceLevel.SLOWER.word,
            message="Hypotheses come less often, because the model does not keep up with all that is said.",
        )
    else:
        yield ReportRestoration(part="hypotheses")
    if level is ServiceLevel.SMALLER_MODEL:
        message = f"{settings.smaller_model} writes for now, because {settings.model} does not keep up."
        yield ReportDegradation(part="model", code=level.word, message=message)
    else:
        yield ReportRestoration(part="model")


def owed_report(owed_samples: int) -> ReportDegradation | ReportRestoration | None:
    """Report that the texts of much speech are late, or that none is any more; repeated reports change nothing."""
    if owed_samples > _BEHIND_SAMPLES:
        seconds = samples_to_seconds(owed_samples)
        message = f"The texts of {seconds:.0f} s of speech are late; a faster model would keep up."
        return ReportDegradation(part="transcription", code="transcription-behind", message=message)
    return ReportRestoration(part="transcription") if owed_samples == 0 else None


def _exceeds(waits: Waits, bounds: Waits, share: float) -> bool:
    """Whether one of the waits is longer than ``share`` of its bound."""
    return any(wait > share * bound for wait, bound in zip(waits, bounds, strict=True))


def _since(at_sample: int, before: int | None) -> int:
    return at_sample if before is None else before


def _has_passed(at_sample: int, since: int | None, samples: int) -> bool:
    return since is not None and at_sample - since >= samples
