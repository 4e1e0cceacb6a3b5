"""What was said: every utterance of a session with its text, or with the reason why it has none."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.transcription import Word
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = [
    "FailedUtterance",
    "RejectedUtterance",
    "TranscribedUtterance",
    "Transcript",
    "UnfinishedUtterance",
    "Writing",
    "add_to_transcript",
    "fold_transcript",
]

_INTERRUPTED: Final = "session-interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One pass of a model over an utterance; word positions count from the start of the session."""

    text: str
    words: tuple[Word, ...]
    confidence: float
    language: str | None
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedUtterance:
    """An utterance without its last word; ``end_sample`` is None while it is being spoken."""

    utterance_id: UtteranceId
    start_sample: int
    end_sample: int | None = None
    stable_text: str = ""
    unstable_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscribedUtterance:
    """An utterance with its text: ``final`` never changes, ``revised`` is the newest later pass, if any."""

    utterance_id: UtteranceId
    start_sample: int
    end_sample: int
    final: Writing
    revised: Writing | None = None

    @property
    def best(self) -> Writing:
        """What a reader wants: the later pass where there is one."""
        return self.revised or self.final

    @property
    def text(self) -> str:
        """The text of the best pass."""
        return self.best.text


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedUtterance:
    """An utterance that was not speech after all: the text left out, the rule and the scores it went by."""

    utterance_id: UtteranceId
    start_sample: int
    end_sample: int
    rule: e.RejectionRule
    text: str
    voiced_seconds: float
    average_log_probability: float | None = None
    no_speech_probability: float | None = None
    compression_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedUtterance:
    """An utterance whose text could not be computed; ``code`` is the error's or ``session-interrupted``."""

    utterance_id: UtteranceId
    start_sample: int
    end_sample: int
    code: str
    message: str


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
        case e.SessionStarted() as event:
            return replace(transcript, source=event.source, settings=event.settings)
        case e.SettingsChanged() as event:
            return replace(transcript, settings=event.settings)
        case e.SessionStopping() | e.SessionStopped() | e.SessionFailed() as event:
            return _reach(transcript, event.captured_samples)
        case e.AudioGapRecorded() as event:
            return _reach(transcript, event.start_sample + event.lost_samples)
        case e.SessionInterrupted() as event:
            return _interrupt(transcript, event)
        case e.SpeechStarted() | e.SpeechEnded() | e.HypothesisRevised() as event:
            return _hear(transcript, event)
        case e.UtteranceTranscribed() | e.UtteranceRejected() | e.TranscriptionFailed() as event:
            return _finish(transcript, event)
        case e.TranscriptRevised() as event:
            return _revise(transcript, event)
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
    for utterance in (*transcript.unfinished, *transcript.rejected, *transcript.failed):
        if utterance.utterance_id == utterance_id:
            end_sample = utterance.end_sample
            return utterance.start_sample, transcript.captured_samples if end_sample is None else end_sample
    return 0, 0


def _reach(transcript: Transcript, sample: int) -> Transcript:
    return replace(transcript, captured_samples=max(transcript.captured_samples, sample))


_Utterance = TypeVar("_Utterance", TranscribedUtterance, RejectedUtterance, FailedUtterance)


def _with(utterances: tuple[_Utterance, ...], added: _Utterance) -> tuple[_Utterance, ...]:
    """The utterances and one more, in the order of their ids: texts may be finished in another."""
    if not utterances or utterances[-1].utterance_id < added.utterance_id:
        return (*utterances, added)
    return tuple(sorted((*utterances, added), key=lambda utterance: utterance.utterance_id))
