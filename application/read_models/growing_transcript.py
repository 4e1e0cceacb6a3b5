"""A transcript while it grows: what each event does to it, at a cost that does not grow with it."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from realtime_mlx_stt.application.read_models.utterances import (
    FailedUtterance,
    RejectedUtterance,
    TranscribedUtterance,
    UnfinishedUtterance,
    Writing,
)
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings

__all__ = ["GrowingTranscript"]

_INTERRUPTED: Final = "session-interrupted"


@dataclass(slots=True, kw_only=True)
class GrowingTranscript:
    """What ``Transcript`` holds, in lists that are sorted by the utterances' ids. For one thread.

    ``unfinished`` is in the order in which the utterances were begun.
    """

    source: str = ""
    settings: SessionSettings | None = None
    captured_samples: int = 0
    utterances: list[TranscribedUtterance] = field(default_factory=list)
    rejected: list[RejectedUtterance] = field(default_factory=list)
    failed: list[FailedUtterance] = field(default_factory=list)
    unfinished: dict[UtteranceId, UnfinishedUtterance] = field(default_factory=dict)

    def add(self, event: e.SessionEvent) -> None:
        """Take one more event."""
        match event:
            case e.SpeechStarted():
                self._begin(event)
            case e.SpeechEnded() | e.HypothesisRevised():
                self._hear_more(event)
            case e.UtteranceTranscribed() | e.UtteranceRejected() | e.TranscriptionFailed():
                self._finish(event)
            case e.TranscriptRevised():
                self._revise(event)
            case e.SessionInterrupted():
                self._interrupt(event)
            case _:
                self._go_on(event)

    def _go_on(self, event: e.SessionEvent) -> None:
        """What the events that are about no utterance say: the settings, and how far the audio goes."""
        match event:
            case e.SessionStarted():
                self.source, self.settings = event.source, event.settings
            case e.SettingsChanged():
                self.settings = event.settings
            case e.SessionStopping() | e.SessionStopped() | e.SessionFailed():
                self._reach(event.captured_samples)
            case e.AudioGapRecorded():
                self._reach(event.start_sample + event.lost_samples)
            case _:
                pass

    def _begin(self, event: e.SpeechStarted) -> None:
        begun = UnfinishedUtterance(utterance_id=event.utterance_id, start_sample=event.start_sample)
        self.unfinished[event.utterance_id] = begun
        self._reach(event.detected_at_sample)

    def _hear_more(self, event: e.SpeechEnded | e.HypothesisRevised) -> None:
        utterance = self.unfinished.get(event.utterance_id)
        if isinstance(event, e.SpeechEnded):
            self._reach(event.detected_at_sample)
        if utterance is None:
            return
        self.unfinished[event.utterance_id] = (
            replace(utterance, start_sample=event.start_sample, end_sample=event.end_sample)
            if isinstance(event, e.SpeechEnded)
            else replace(utterance, stable_text=event.stable_text, unstable_text=event.unstable_text)
        )

    def _finish(self, event: e.UtteranceTranscribed | e.UtteranceRejected | e.TranscriptionFailed) -> None:
        span = self._span(event.utterance_id)
        waiting = self.unfinished.pop(event.utterance_id, None)
        match event:
            case e.UtteranceTranscribed():
                _insert(self.utterances, _transcribed(event, span))
            case e.UtteranceRejected():
                _insert(self.rejected, _rejected(event, span))
            case e.TranscriptionFailed():
                _insert(self.failed, _failed(event, span, waiting))

    def _interrupt(self, event: e.SessionInterrupted) -> None:
        for utterance_id in event.lost_utterances:
            lost = e.TranscriptionFailed(
                utterance_id=utterance_id,
                code=_INTERRUPTED,
                message="The program ended before the text was written.",
            )
            self._finish(lost)

    def _revise(self, event: e.TranscriptRevised) -> None:
        """A later pass over a rejected or failed utterance gives it the only text it has."""
        place = _place(self.utterances, event.utterance_id)
        if place is not None:
            self.utterances[place] = replace(self.utterances[place], revised=_writing(event))
            return
        _insert(self.utterances, _transcribed(event, self._span(event.utterance_id)))
        for textless in (self.rejected, self.failed):
            place = _place(textless, event.utterance_id)
            if place is not None:
                del textless[place]

    def _span(self, utterance_id: UtteranceId) -> tuple[int, int]:
        waiting = self.unfinished.get(utterance_id)
        if waiting is not None:
            return waiting.start_sample, self.captured_samples if waiting.end_sample is None else waiting.end_sample
        for textless in (self.rejected, self.failed):
            place = _place(textless, utterance_id)
            if place is not None:
                return textless[place].start_sample, textless[place].end_sample
        return 0, 0

    def _reach(self, sample: int) -> None:
        self.captured_samples = max(self.captured_samples, sample)


def _transcribed(
    event: e.UtteranceTranscribed | e.TranscriptRevised, span: tuple[int, int]
) -> TranscribedUtterance:
    return TranscribedUtterance(
        utterance_id=event.utterance_id, start_sample=span[0], end_sample=span[1], final=_writing(event)
    )


def _rejected(event: e.UtteranceRejected, span: tuple[int, int]) -> RejectedUtterance:
    return RejectedUtterance(
        utterance_id=event.utterance_id,
        start_sample=span[0],
        end_sample=span[1],
        rule=event.rule,
        text=event.text,
        voiced_seconds=event.voiced_seconds,
        average_log_probability=event.average_log_probability,
        no_speech_probability=event.no_speech_probability,
        compression_ratio=event.compression_ratio,
    )


def _failed(
    event: e.TranscriptionFailed, span: tuple[int, int], waiting: UnfinishedUtterance | None
) -> FailedUtterance:
    return FailedUtterance(
        utterance_id=event.utterance_id,
        start_sample=span[0],
        end_sample=span[1],
        code=event.code,
        message=event.message,
        hypothesis="" if waiting is None else waiting.stable_text + waiting.unstable_text,
    )


def _writing(event: e.UtteranceTranscribed | e.TranscriptRevised) -> Writing:
    return Writing(
        text=event.text,
        words=event.words,
        confidence=event.confidence,
        language=event.language,
        model=event.model,
    )


_Finished = TranscribedUtterance | RejectedUtterance | FailedUtterance
_Utterance = TypeVar("_Utterance", TranscribedUtterance, RejectedUtterance, FailedUtterance)


def _id(utterance: _Finished) -> UtteranceId:
    return utterance.utterance_id


def _insert(utterances: list[_Utterance], added: _Utterance) -> None:
    """Put the utterance where its id belongs: texts may be finished in another order, but mostly are not."""
    utterances.insert(bisect_left(utterances, added.utterance_id, key=_id), added)


def _place(utterances: Sequence[_Finished], utterance_id: UtteranceId) -> int | None:
    place = bisect_left(utterances, utterance_id, key=_id)
    return place if place < len(utterances) and utterances[place].utterance_id == utterance_id else None
