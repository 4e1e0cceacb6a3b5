"""What a session must be doing, told a second time in the plainest way, and what every log must keep."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain import state as s
from realtime_mlx_stt.domain.audio_ledger import audio_ledger
from realtime_mlx_stt.domain.settings import SessionSettings

__all__ = ["Phase", "SessionModel", "check_log"]

SHORTEST_SAMPLES = 4_000
SILENCE_SAMPLES = 9_600
WAKE_WORD_SAMPLES = 20_000

ENDS_OF_LISTENING = {
    e.SpeechEndReason.PAUSED,
    e.SpeechEndReason.STOPPED,
    e.SpeechEndReason.SOURCE_ENDED,
    e.SpeechEndReason.FAILED,
}


class Phase(Enum):
    """How far a session's life has come."""

    NEW = "new"
    LIVE = "live"
    PAUSED = "paused"
    STOPPING = "stopping"
    OVER = "over"


@dataclass
class SessionModel:
    """A session as a handful of variables."""

    phase: Phase = Phase.NEW
    settings: SessionSettings = field(default_factory=SessionSettings)
    begun: int = 0
    open: int | None = None
    noticed_at: int = 0
    is_rest: bool = False
    awaited: set[int] = field(default_factory=set)
    is_awake: bool = False
    deadline: int = 0
    cut_at: int | None = None
    claimed_until: int = 0
    paused_at: int = 0
    is_source_lost: bool = False
    degraded: dict[str, str] = field(default_factory=dict)

    @property
    def is_taking_audio(self) -> bool:
        return self.phase in (Phase.LIVE, Phase.PAUSED)

    @property
    def hears_speech(self) -> bool:
        """Whether an onset begins an utterance."""
        needs_word = self.settings.wake_word is not None
        return self.phase is Phase.LIVE and self.open is None and (self.is_awake or not needs_word)

    @property
    def keeps_listening(self) -> bool:
        """Whether one utterance does not use up the wake word."""
        return self.settings.wake_word is not None and not self.settings.wake_word.single_utterance

    def begin(self, start_sample: int, at_sample: int) -> None:
        self.begun += 1
        self.open = self.begun
        self.noticed_at = at_sample
        self.is_rest = max(start_sample, self.claimed_until) == self.cut_at

    def end(
        self, reason: e.SpeechEndReason, end_sample: int, voiced_samples: int, at_sample: int | None = None
    ) -> None:
        """The open utterance, if there is one, takes no more audio."""
        if self.open is None:
            return
        at_sample = end_sample if at_sample is None else at_sample
        is_too_short = voiced_samples < (1 if self.is_rest else SHORTEST_SAMPLES)
        if reason is e.SpeechEndReason.COMMITTED:
            is_too_short = False
        if not is_too_short:
            self.awaited.add(self.open)
        is_cut = reason in {e.SpeechEndReason.GAP, e.SpeechEndReason.LONGEST_UTTERANCE}
        is_in_time = self.keeps_listening and at_sample < self.deadline
        stays_awake = is_cut or (is_too_short and not self.is_rest) or is_in_time
        self.is_awake = self.is_awake and stays_awake and reason not in ENDS_OF_LISTENING
        self.cut_at = end_sample if is_cut else None
        self.claim(end_sample)
        self.open = None

    def wake(self, at_sample: int, *, is_late: bool) -> bool:
        """The wake word was said; whether that counts."""
        wake_word = self.settings.wake_word
        if self.phase is not Phase.LIVE or wake_word is None or (self.open is not None and not self.is_awake):
            return False
        if self.is_awake and is_late:
            return False
        if self.open is not None and not self.is_rest and at_sample - self.noticed_at <= WAKE_WORD_SAMPLES:
            self.open, self.cut_at = None, None
        if self.open is not None and wake_word.single_utterance:
            return False
        self.is_awake = True
        self.deadline = at_sample + round(16_000 * wake_word.timeout_seconds)
        if self.open is None:
            self.claim(at_sample)
        return True

    def pass_time(self, at_sample: int) -> None:
        cut_at = -SILENCE_SAMPLES if self.cut_at is None else self.cut_at
        if self.phase is Phase.LIVE and self.open is None:
            self.is_awake = self.is_awake and at_sample < max(self.deadline, cut_at + SILENCE_SAMPLES)

    def lose(self, start_sample: int, lost_samples: int) -> None:
        if self.phase is Phase.LIVE:
            self.end(e.SpeechEndReason.GAP, start_sample, 0)
            if self.cut_at == start_sample:
                self.cut_at = start_sample + lost_samples
            self.claim(start_sample + lost_samples)

    def claim(self, until_sample: int) -> None:
        self.claimed_until = max(self.claimed_until, until_sample)

    def change(self, settings: SessionSettings) -> None:
        if settings.wake_word != self.settings.wake_word:
            self.is_awake = False
        self.settings = settings

    def leave_live(self, phase: Phase) -> None:
        self.phase = phase
        self.is_awake = False
        self.cut_at = None

    def stop(self) -> None:
        self.leave_live(Phase.STOPPING if self.awaited else Phase.OVER)

    def settle(self, utterance: int) -> None:
        self.awaited.discard(utterance)
        if self.phase is Phase.STOPPING and not self.awaited:
            self.phase = Phase.OVER

    def check(self, state: s.SessionState) -> None:
        """The state says the same as the model."""
        assert _phase(state) is self.phase
        if isinstance(state, s.NotStarted):
            return
        context = state.context
        assert context.settings == self.settings
        assert context.next_utterance_id == self.begun + 1
        assert {waiting.utterance_id for waiting in context.pending} == self.awaited
        assert {each.part: each.code for each in context.degraded} == self.degraded
        assert context.is_source_lost == self.is_source_lost
        open_utterance = state.utterance.utterance_id if isinstance(state, s.HearingSpeech) else None
        assert open_utterance == self.open
        if isinstance(state, s.Listening | s.HearingSpeech):
            assert (state.activation is not None) == self.is_awake
            assert state.activation is None or state.activation.deadline_sample == self.deadline
        assert isinstance(state, s.Listening) == self.hears_speech


def _phase(state: s.SessionState) -> Phase:
    match state:
        case s.NotStarted():
            return Phase.NEW
        case s.Paused():
            return Phase.PAUSED
        case s.Stopping():
            return Phase.STOPPING
        case s.Stopped() | s.Failed() | s.Interrupted():
            return Phase.OVER
        case _:
            return Phase.LIVE


def check_log(events: Sequence[e.SessionEvent], heard_until: int) -> None:
    """The guarantees that hold of every log, also in the middle of a session."""
    _check_life(events)
    _check_utterances(events)
    _check_hypotheses(events)
    _check_samples(events, heard_until)


ENDS = (e.SessionStopped, e.SessionFailed, e.SessionInterrupted)
FINISHES = (e.UtteranceTranscribed, e.UtteranceRejected, e.TranscriptionFailed)


def _check_life(events: Sequence[e.SessionEvent]) -> None:
    assert [isinstance(event, e.SessionStarted) for event in events] == [True] + [False] * (len(events) - 1)
    ends = [index for index, event in enumerate(events) if isinstance(event, ENDS)]
    assert len(ends) <= 1
    if ends:
        assert all(isinstance(event, e.TranscriptRevised) for event in events[ends[0] + 1 :])


def _check_utterances(events: Sequence[e.SessionEvent]) -> None:
    """Begun once, ended once, finished once, in this order; at the end of the session none is left."""
    begun = [event.utterance_id for event in events if isinstance(event, e.SpeechStarted)]
    assert begun == list(range(1, len(begun) + 1))
    unfinished = set()
    for utterance in begun:
        own = [event for event in events if getattr(event, "utterance_id", None) == utterance]
        kinds = [type(event) for event in own if not isinstance(event, e.HypothesisRevised | e.TranscriptRevised)]
        assert kinds[:2] in ([e.SpeechStarted], [e.SpeechStarted, e.SpeechEnded])
        assert len(kinds) <= 3
        assert all(kind in FINISHES for kind in kinds[2:])
        if len(kinds) < 3:
            unfinished.add(utterance)
    if any(isinstance(event, e.SessionStopped | e.SessionFailed) for event in events):
        assert not unfinished
    for event in events:
        if isinstance(event, e.SessionInterrupted):
            assert set(event.lost_utterances) == unfinished
            assert len(event.lost_utterances) == len(unfinished)


def _check_hypotheses(events: Sequence[e.SessionEvent]) -> None:
    """Only between the beginning and the end of their utterance; what was stable stays."""
    open_utterance, revision, stable = 0, 0, ""
    for event in events:
        match event:
            case e.SpeechStarted():
                open_utterance, revision, stable = event.utterance_id, 0, ""
            case e.SpeechEnded():
                open_utterance = 0
            case e.HypothesisRevised():
                assert event.utterance_id == open_utterance
                assert event.revision == revision + 1
                assert event.stable_text.startswith(stable)
                revision, stable = event.revision, event.stable_text
            case _:
                pass


def _check_samples(events: Sequence[e.SessionEvent], heard_until: int) -> None:
    """Each sample is in one utterance, in one gap or in the silence between them, and the ledger says how many."""
    utterances, gaps = [], []
    for event in events:
        if isinstance(event, e.SpeechEnded):
            utterances.append((event.start_sample, event.end_sample))
        elif isinstance(event, e.AudioGapRecorded):
            gaps.append((event.start_sample, event.start_sample + event.lost_samples))
    spans = sorted(utterances + gaps)
    assert all(0 <= start <= end <= heard_until for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    ledger = audio_ledger(events)
    assert ledger.utterance_samples + ledger.rejected_samples == sum(end - start for start, end in utterances)
    assert ledger.gap_samples == sum(end - start for start, end in gaps)
    between = [
        start - end for end, start in zip([0, *(end for _, end in spans)], [*(s for s, _ in spans), 0], strict=True)
    ]
    assert ledger.silence_samples == sum(between[:-1]) + ledger.captured_samples - (spans[-1][1] if spans else 0)
    assert 0 <= ledger.silence_samples <= ledger.captured_samples <= heard_until
    if any(isinstance(event, e.SessionStopped | e.SessionFailed) for event in events):
        assert ledger.captured_samples == heard_until
        assert ledger.undecided == ()
