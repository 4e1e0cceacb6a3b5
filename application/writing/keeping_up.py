"""Watches whether a session's texts keep up with what is said, and says what must be left out or can come back."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceResult
from realtime_mlx_stt.application.writing.degradation import (
    Degradation,
    ServiceLevel,
    Waits,
    degradation_reports,
    levels,
    owed_report,
)
from realtime_mlx_stt.application.writing.partial_pace import LiveTextPace
from realtime_mlx_stt.application.writing.utterance_writer import InferenceService, UtteranceWriter
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.commands import ReportDegradation, ReportRestoration
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.settings import TranscriptionSettings
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

__all__ = ["KeepingUp", "Observation"]

_TELLING_SAMPLES: Final = 3 * SAMPLE_RATE_HZ // 2
"""How long the wait of an answer counts as the present one: shorter than waits must last, so that one answer alone
changes nothing."""

_PACES: Final = {ServiceLevel.FULL: LiveTextPace.NORMAL, ServiceLevel.SLOWER: LiveTextPace.SLOWER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What the watch saw last.

    ``level``: what is left of the service.
    ``hypothesis_age_seconds``: how much has been said since the audio of the newest hypothesis ended; None before
    there is one and while none is awaited.
    ``final_wait_seconds``: for how long the oldest final text that is owed has waited for others to be written.
    """

    level: ServiceLevel = ServiceLevel.FULL
    hypothesis_age_seconds: float | None = None
    final_wait_seconds: float = 0.0


class KeepingUp:
    """One session's watch, for its thread; ``observation`` may be read on any.

    A session that is not ``is_live``, a file that is heard as fast as possible, gives up nothing: it waits, and its
    log does not depend on how fast the machine is.
    """

    def __init__(self, writer: UtteranceWriter, inference: InferenceService, *, is_live: bool) -> None:
        self._writer = writer
        self._inference = inference
        self._is_live = is_live
        self._degradation = Degradation()
        self._answered = Waits()
        self._answered_at = {InferenceKind.PARTIAL: 0, InferenceKind.FINAL: 0}
        self._smaller_model: tuple[str, str] | None = None
        self._smaller: Future[None] | None = None
        self._observation = Observation()

    @property
    def pace(self) -> LiveTextPace:
        """What is left of the live text."""
        return _PACES.get(self._degradation.level, LiveTextPace.OFF)

    @property
    def observation(self) -> Observation:
        """What was seen at the last ``heard``."""
        return self._observation

    def answered(self, result: InferenceResult, at_sample: int) -> None:
        """Take from an answer how long texts wait."""
        if result.request.kind is InferenceKind.PARTIAL:
            self._answered = self._answered._replace(hypothesis_seconds=result.waited_seconds)
            self._answered_at[InferenceKind.PARTIAL] = at_sample
        elif result.request.kind is InferenceKind.FINAL:
            self._answered = self._answered._replace(final_seconds=result.waited_seconds)
            self._answered_at[InferenceKind.FINAL] = at_sample

    def heard(
        self, at_sample: int, settings: TranscriptionSettings
    ) -> Iterator[ReportDegradation | ReportRestoration]:
        """Say what must be left out now, or can come back, by how long texts wait at ``at_sample``."""
        if not self._is_live:
            return
        yield from self._adopt(settings)
        waiting = self._writer.waits
        self._observation = Observation(
            level=self._degradation.level,
            hypothesis_age_seconds=self._writer.hypothesis_age_seconds(at_sample),
            final_wait_seconds=waiting.final_seconds,
        )
        waits = Waits(*map(max, waiting, self._telling(at_sample)))
        yield from self._smaller_failure()
        if self._degradation.observe(at_sample, waits, levels(settings, has_smaller_model=self._has_smaller())):
            self._writer.writes_by_smaller_model = self._degradation.level is ServiceLevel.SMALLER_MODEL
            yield from degradation_reports(self._degradation.level, settings)

    def owed_report(self) -> ReportDegradation | ReportRestoration | None:
        """Whether so much is owed that it must be said."""
        return owed_report(self._writer.owed_samples)

    def _telling(self, at_sample: int) -> Waits:
        """The waits of the last answers, as far as they still tell of the present."""
        kinds = (InferenceKind.PARTIAL, InferenceKind.FINAL)
        is_told = [at_sample - self._answered_at[kind] < _TELLING_SAMPLES for kind in kinds]
        return Waits(*(wait if told else 0.0 for wait, told in zip(self._answered, is_told, strict=True)))

    def _has_smaller(self) -> bool:
        return self._smaller is not None and self._smaller.done() and not self._writer.has_smaller_failed

    def _adopt(self, settings: TranscriptionSettings) -> Iterator[ReportRestoration]:
        """Have the smaller model of these settings loaded before it is needed."""
        named = None if settings.smaller_model is None else (settings.engine, settings.smaller_model)
        if named == self._smaller_model:
            return
        self._smaller_model, self._smaller = named, None
        yield ReportRestoration(part="smaller-model")
        if named is not None:
            self._smaller = self._prepared(*named)

    def _prepared(self, engine: str, model: str) -> "Future[None]":
        try:
            return self._inference.prepare(engine, model)
        except RealtimeSttError as error:
            refused: Future[None] = Future()
            refused.set_exception(error)
            return refused

    def _smaller_failure(self) -> Iterator[ReportDegradation]:
        """Say once that the smaller model cannot be had; the session goes on without it."""
        error = self._smaller.exception() if self._smaller is not None and self._smaller.done() else None
        if error is not None:
            self._smaller = None
            code = error.code if isinstance(error, RealtimeSttError) else SpeechToTextError.code
            message = f"The smaller model cannot be had, and does not help out: {error}"
            yield ReportDegradation(part="smaller-model", code=code, message=message)
