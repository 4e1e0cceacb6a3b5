"""What was said: every utterance of a session with its text, or with the reason why it has none."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
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
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["Transcript", "add_to_transcript", "fold_transcript"]

_INTERRUPTED: Final = "session-interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """A session's utterances, in the order in which they were begun.

    ``source`` is what the session listened to and ``settings`` what it works with now, None before it started.
    ``captured_samples`` is how far the audio is known to have gone; final once the session is over.
    """

    source: str = ""
    settings: SessionSettings | None = None
    captured_samples: int = 0
    utterances: tuple[TranscribedUtterance, ...] = ()
    rejected: tuple[RejectedUtterance, ...] = ()
    failed: tuple[FailedUtterance, ...] = ()
    unfinished: tuple[UnfinishedUtterance, ...] = ()

    @property
    def text(self) -> str:
        """The whole text, an utterance a line."""
        return "\n".join(utterance.text for utterance in self.utterances)


def fold_transcript(events: Iterable[StoredEvent]) -> Transcript:
    """The transcript of one session's events."""
    transcript = Transcript()
    for stored in events:
        transcript = add_to_transcript(transcript, stored)
    return transcript


def add_to_transcript(transcript: Transcript, stored: StoredEvent) -> Transcript:
    """The transcript after one more event."""
    match stored.event:
        case e.SessionInterrupted() as event:
            return _interrupt(transcript, event)
        case e.SpeechStarted() | e.SpeechEnded() | e.HypothesisRevised() as event:
            return _hear(transcript, event)
        case e.UtteranceTranscribed() | e.UtteranceRejected() | e.TranscriptionFailed() as event:
            return _finish(transcript, event)
        case e.TranscriptRevised() as event:
            return _revise(transcript, event)
        case event:
            return _go_on(transcript, event)


def _go_on(transcript: Transcript, event: e.SessionEvent) -> Transcript:
    """What the events that are about no utterance say: the settings, and how far the audio goes."""
    match event:
        case e.SessionStarted():
            return replace(transcript, source=event.source, settings=event.settings)
        case e.SettingsChanged():
            return replace(transcript, settings=event.settings)
        case e.SessionStopping() | e.SessionStopped() | e.SessionFailed():
            return _reach(transcript, event.captured_samples)
        case e.AudioGapRecorded():
            return _reach(transcript, event.start_sample + event.lost_samples)
        case _:
            return transcript


def _hear(transcript: Transcript, event: e.SpeechStarted | e.SpeechEnded | e.HypothesisRevised) -> Transcript:
    if isinstance(event, e.SpeechStarted):
        begun = UnfinishedUtterance(utterance_id=event.utterance_id, start_sample=event.start_sample)
        transcript = replace(transcript, unfinished=(*transcript.unfinished, begun))
        return _reach(transcript, event.detected_at_sample)
    if isinstance(event, e.SpeechEnded):
        transcript = _reach(transcript, event.detected_at_sample)
    unfinished = tuple(
        _hear_more(utterance, event) if utterance.utterance_id == event.utterance_id else utterance
        for utterance in transcript.unfinished
    )
    return replace(transcript, unfinished=unfinished)


def _hear_more(utterance: UnfinishedUtterance, event: e.SpeechEnded | e.HypothesisRevised) -> UnfinishedUtterance:
    if isinstance(event, e.SpeechEnded):
        return replace(utterance, start_sample=event.start_sample, end_sample=event.end_sample)
    return replace(utterance, stable_text=event.stable_text, unstable_text=event.unstable_text)


def _finish(
    transcript: Transcript, event: e.UtteranceTranscribed | e.UtteranceRejected | e.TranscriptionFailed
) -> Transcript:
    start_sample, end_sample = _span(transcript, event.utterance_id)
    waiting = tuple(u for u in transcript.unfinished if u.utterance_id != event.utterance_id)
    transcript = replace(transcript, unfinished=waiting)
    if isinstance(event, e.UtteranceRejected):
        return _reject(transcript, event, start_sample, end_sample)
    if isinstance(event, e.TranscriptionFailed):
        return _fail(transcript, event, start_sample, end_sample)
    finished = TranscribedUtterance(
        utterance_id=event.utterance_id, start_sample=start_sample, end_sample=end_sample, final=_writing(event)
    )
    return replace(transcript, utterances=_with(transcript.utterances, finished))


def _reject(transcript: Transcript, event: e.UtteranceRejected, start_sample: int, end_sample: int) -> Transcript:
    rejected = RejectedUtterance(
        utterance_id=event.utterance_id,
        start_sample=start_sample,
        end_sample=end_sample,
        rule=event.rule,
        text=event.text,
        voiced_seconds=event.voiced_seconds,
        average_log_probability=event.average_log_probability,
        no_speech_probability=event.no_speech_probability,
        compression_ratio=event.compression_ratio,
    )
    return replace(transcript, rejected=_with(transcript.rejected, rejected))


def _fail(transcript: Transcript, event: e.TranscriptionFailed, start_sample: int, end_sample: int) -> Transcript:
    failed = FailedUtterance(
        utterance_id=event.utterance_id,
        start_sample=start_sample,
        end_sample=end_sample,
        code=event.code,
        message=event.message,
    )
    return replace(transcript, failed=_with(transcript.failed, failed))


def _interrupt(transcript: Transcript, event: e.SessionInterrupted) -> Transcript:
    for utterance_id in event.lost_utterances:
        lost = e.TranscriptionFailed(
            utterance_id=utterance_id,
            code=_INTERRUPTED,
            message="The program ended before the text was written.",
        )
        transcript = _finish(transcript, lost)
    return transcript


def _revise(transcript: Transcript, event: e.TranscriptRevised) -> Transcript:
    """A later pass over a rejected or failed utterance gives it the only text it has."""
    for utterance in transcript.utterances:
        if utterance.utterance_id == event.utterance_id:
            revised = replace(utterance, revised=_writing(event))
            others = tuple(u for u in transcript.utterances if u is not utterance)
            return replace(transcript, utterances=_with(others, revised))
    start_sample, end_sample = _span(transcript, event.utterance_id)
    rescued = TranscribedUtterance(
        utterance_id=event.utterance_id, start_sample=start_sample, end_sample=end_sample, final=_writing(event)
    )
    return replace(
        transcript,
        utterances=_with(transcript.utterances, rescued),
        rejected=tuple(u for u in transcript.rejected if u.utterance_id != event.utterance_id),
        failed=tuple(u for u in transcript.failed if u.utterance_id != event.utterance_id),
    )


def _writing(event: e.UtteranceTranscribed | e.TranscriptRevised) -> Writing:
    return Writing(
        text=event.text,
        words=event.words,
        confidence=event.confidence,
        language=event.language,
        model=event.model,
    )


def _span(transcript: Transcript, utterance_id: UtteranceId) -> tuple[int, int]:
    for waiting in transcript.unfinished:
        if waiting.utterance_id == utterance_id:
            end_sample = transcript.captured_samples if waiting.end_sample is None else waiting.end_sample
            return waiting.start_sample, end_sample
    textless: tuple[RejectedUtterance | FailedUtterance, ...] = (*transcript.rejected, *transcript.failed)
    return next(((u.start_sample, u.end_sample) for u in textless if u.utterance_id == utterance_id), (0, 0))


def _reach(transcript: Transcript, sample: int) -> Transcript:
    return replace(transcript, captured_samples=max(transcript.captured_samples, sample))


_Utterance = TypeVar("_Utterance", TranscribedUtterance, RejectedUtterance, FailedUtterance)


def _with(utterances: tuple[_Utterance, ...], added: _Utterance) -> tuple[_Utterance, ...]:
    """The utterances and one more, in the order of their ids: texts may be finished in another."""
    grown = list(utterances)
    grown.append(added)
    grown.sort(key=lambda utterance: utterance.utterance_id)
    return tuple(grown)
