"""Checks a session's stored events against what every log must keep."""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import pairwise

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["log_violations"]

_CAPTURES = (e.SessionStopping, e.SessionStopped, e.SessionFailed)


def log_violations(log: Sequence[StoredEvent]) -> tuple[str, ...]:
    """A sentence for each violation; none for a sound log, or for a sound beginning of one that goes on."""
    events = [stored.event for stored in log]
    return (
        *_sequence_violations(log),
        *_life_violations(events),
        *_utterance_violations(events),
        *_hypothesis_violations(events),
        *_audio_violations(events),
    )


def _sequence_violations(log: Sequence[StoredEvent]) -> Iterator[str]:
    for expected, stored in enumerate(log, start=1):
        if stored.seq != expected:
            yield f"Event {expected} has seq {stored.seq}."
            return
    for before, after in pairwise(log):
        if after.position <= before.position:
            yield f"Event {after.seq} lies at position {after.position}, not behind {before.position}."


def _life_violations(events: Sequence[e.SessionEvent]) -> Iterator[str]:
    for seq, event in enumerate(events, start=1):
        if isinstance(event, e.SessionStarted) != (seq == 1):
            yield f"Event {seq} is {event.type}; a session is started once, by its first event."
    ends = [seq for seq, event in enumerate(events, start=1) if isinstance(event, e.SESSION_ENDS)]
    for end in ends[1:]:
        yield f"Event {end} ends the session again."
    for seq, event in enumerate(events, start=1):
        if ends and seq > ends[0] and not isinstance(event, (*e.SESSION_ENDS, e.TranscriptRevised)):
            yield f"Event {seq} ({event.type}) comes after the session's end."


def _utterance_violations(events: Sequence[e.SessionEvent]) -> Iterator[str]:
    begun = [event.utterance_id for event in events if isinstance(event, e.SpeechStarted)]
    if begun != list(range(1, len(begun) + 1)):
        yield f"The utterances are numbered {begun}, not from 1 on."
    steps: dict[UtteranceId, _Step] = {}
    for event in events:
        if isinstance(event, e.SessionInterrupted):
            steps.update(dict.fromkeys(event.lost_utterances, _Step.FINISHED))
        step = _step(event)
        if step is None:
            continue
        utterance_id, taken = step
        if taken != steps.get(utterance_id, 0) + 1:
            yield f"Utterance {utterance_id} is {taken.name.lower()} out of turn."
        steps[utterance_id] = taken
    if events and isinstance(events[-1], e.SESSION_ENDS):
        yield from (f"Utterance {each} was never finished." for each in begun if steps[each] != _Step.FINISHED)


class _Step(IntEnum):
    """How far an utterance has come; each step is taken once, in this order."""

    BEGUN = 1
    ENDED = 2
    FINISHED = 3


def _step(event: e.SessionEvent) -> tuple[UtteranceId, _Step] | None:
    match event:
        case e.SpeechStarted():
            return event.utterance_id, _Step.BEGUN
        case e.SpeechEnded():
            return event.utterance_id, _Step.ENDED
        case e.UtteranceTranscribed() | e.UtteranceRejected() | e.TranscriptionFailed():
            return event.utterance_id, _Step.FINISHED
        case _:
            return None


def _hypothesis_violations(events: Sequence[e.SessionEvent]) -> Iterator[str]:
    open_utterance: UtteranceId | None = None
    revision, stable_text = 0, ""
    for event in events:
        if isinstance(event, e.SpeechStarted):
            open_utterance, revision, stable_text = event.utterance_id, 0, ""
        elif isinstance(event, e.SpeechEnded):
            open_utterance = None
        elif isinstance(event, e.HypothesisRevised):
            if event.utterance_id != open_utterance or event.revision != revision + 1:
                yield f"Hypothesis {event.revision} of utterance {event.utterance_id} is out of turn."
            elif not event.stable_text.startswith(stable_text):
                yield f"Hypothesis {event.revision} of utterance {event.utterance_id} takes back stable text."
            revision, stable_text = event.revision, event.stable_text


def _audio_violations(events: Sequence[e.SessionEvent]) -> Iterator[str]:
    """Check that every sample ends in one place: utterances and gaps lie apart and inside what was captured."""
    spans = sorted(span for event in events for span in _spans(event))
    for (_, end, first), (start, _, second) in pairwise(spans):
        if start < end:
            yield f"Samples {start} to {end} are in {first} and in {second}."
    captured = [event.captured_samples for event in events if isinstance(event, _CAPTURES)]
    for start, end, name in spans:
        if not 0 <= start <= end or any(end > samples for samples in captured):
            yield f"Samples {start} to {end} of {name} are not among those that were captured."


def _spans(event: e.SessionEvent) -> Iterator[tuple[int, int, str]]:
    if isinstance(event, e.SpeechEnded):
        yield event.start_sample, event.end_sample, f"utterance {event.utterance_id}"
    elif isinstance(event, e.AudioGapRecorded):
        yield event.start_sample, event.start_sample + event.lost_samples, f"the gap at {event.start_sample}"
