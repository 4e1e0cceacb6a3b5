"""Whatever is asked of a session and reported to it, in any order: it does what it must, and its log is sound."""

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.application.stories import stored
from tests.domain.session_model import Phase, SessionModel, check_log

from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.log.codec import EventCodec
from realtime_mlx_stt.domain import commands as c
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.decide import decide
from realtime_mlx_stt.domain.errors import IllegalCommandError
from realtime_mlx_stt.domain.evolve import evolve, fold
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings, WakeWordSettings
from realtime_mlx_stt.domain.state import INITIAL
from realtime_mlx_stt.domain.transcription import Transcription

PLAIN = SessionSettings()
WAKING = SessionSettings(wake_word=WakeWordSettings(words=("alexa",), timeout_seconds=1.0))
KEPT_AWAKE = SessionSettings(
    wake_word=WakeWordSettings(words=("alexa",), timeout_seconds=2.0, single_utterance=False)
)
SETTINGS = st.sampled_from(
    [PLAIN, WAKING, KEPT_AWAKE, replace(WAKING, transcription=TranscriptionSettings(model="base"))]
)
SAMPLES = st.sampled_from([1, 512, 4_000, 9_600, 16_000, 40_000]) | st.integers(0, 50_000)
VOICED = st.sampled_from([0, 1, 3_999, 4_000, 16_000])
UTTERANCES = st.integers(0, 6).map(UtteranceId)
TEXTS = st.lists(st.sampled_from(["ask", "Ask,", "not", "what", "今日"]), max_size=4).map(" ".join)
RARELY = st.integers(0, 9).map(lambda number: number == 9)
"""What ends a session comes seldom, so that there is one to be ended."""
PARTS = st.sampled_from(["recording", "event-store"])
CODEC = EventCodec()


class SessionLife(RuleBasedStateMachine):
    """Positions only grow, as audio does; everything else may come at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.model = SessionModel()
        self.state = INITIAL
        self.log: list[e.SessionEvent] = []
        self.position = 0

    def _decide(self, command: c.SessionCommand, *, is_legal: bool = True) -> tuple[e.SessionEvent, ...]:
        try:
            events = decide(command, self.state)
        except IllegalCommandError:
            assert not is_legal
            return ()
        assert is_legal
        for event in events:
            assert CODEC.decode(event.type, event.version, CODEC.encode(event)) == event
            self.state = evolve(self.state, event)
        self.log.extend(events)
        return events

    def _hear(self, samples: int) -> int:
        """So much more audio comes, if the session takes any."""
        if self.model.is_taking_audio:
            self.position += samples
        return self.position

    @initialize(settings=SETTINGS, is_started=st.integers(0, 9).map(bool))
    def begin(self, settings: SessionSettings, is_started: bool) -> None:
        """Most sessions are started before anything else is asked of them."""
        if is_started:
            self.start(settings)

    @rule(settings=SETTINGS)
    def start(self, settings: SessionSettings) -> None:
        is_new = self.model.phase is Phase.NEW
        self._decide(c.StartSession(settings=settings, source="a file", at=0.0), is_legal=is_new)
        if is_new:
            self.model.phase, self.model.settings = Phase.LIVE, settings

    @rule(samples=SAMPLES)
    def pass_time(self, samples: int) -> None:
        at = self._hear(samples)
        was_awake = self.model.is_awake
        self.model.pass_time(at)
        events = self._decide(c.PassTime(at_sample=at))
        assert bool(events) == (was_awake and not self.model.is_awake)

    @rule(samples=SAMPLES, voiced=VOICED, is_late=st.booleans())
    def hear_wake_word(self, samples: int, voiced: int, is_late: bool) -> None:
        at = self._hear(samples)
        report = c.ReportWakeWord(word="alexa", score=0.9, at_sample=at, voiced_samples=voiced, is_late=is_late)
        assert bool(self._decide(report)) == self.model.wake(at, is_late=is_late)

    @rule(samples=SAMPLES, reach=SAMPLES)
    def hear_onset(self, samples: int, reach: int) -> None:
        at = self._hear(samples)
        start = max(0, at - reach)
        events = self._decide(
            c.ReportSpeechOnset(start_sample=start, at_sample=at), is_legal=self.model.open is None
        )
        assert bool(events) == self.model.hears_speech
        if events:
            self.model.begin(start, at)

    @rule(
        samples=SAMPLES,
        reach=SAMPLES,
        voiced=VOICED,
        reason=st.sampled_from([e.SpeechEndReason.SILENCE, e.SpeechEndReason.LONGEST_UTTERANCE]),
    )
    def hear_end(self, samples: int, reach: int, voiced: int, reason: e.SpeechEndReason) -> None:
        at = self._hear(samples)
        events = self._decide(
            c.ReportSpeechEnd(reason=reason, end_sample=max(0, at - reach), at_sample=at, voiced_samples=voiced)
        )
        if events:
            assert isinstance(events[0], e.SpeechEnded)
            self.model.end(reason, events[0].end_sample, voiced, at)

    @rule(
        reach=SAMPLES,
        texts=st.lists(TEXTS, max_size=4),
        voiced=VOICED,
        ending=st.sampled_from([None, e.SpeechEndReason.SILENCE, e.SpeechEndReason.LONGEST_UTTERANCE]),
        final=st.sampled_from([None, "Ask not.", ""]),
    )
    def say_something(
        self, reach: int, texts: list[str], voiced: int, ending: e.SpeechEndReason | None, final: str | None
    ) -> None:
        """What happens most: somebody speaks, with or without an end, with or without a text."""
        if not self.model.hears_speech:
            self.hear_wake_word(1_280, 0, is_late=False)
        if self.model.open is None:
            self.hear_onset(1_024, reach)
        for text in texts:
            self.hear_hypothesis(text, 0)
        if ending is not None:
            self.hear_end(voiced + 9_600, 6_400, voiced, ending)
        if final is not None:
            self.hear_text(UtteranceId(self.model.begun), final, 0.5)

    @rule(samples=SAMPLES, voiced=VOICED)
    def commit(self, samples: int, voiced: int) -> None:
        at = self._hear(samples)
        is_legal = self.model.phase is not Phase.NEW
        self._decide(c.CommitUtterance(at_sample=at, voiced_samples=voiced), is_legal=is_legal)
        self.model.end(e.SpeechEndReason.COMMITTED, at, voiced)

    @rule(text=TEXTS, late=st.sampled_from([0, 0, 0, 1, 2]))
    def hear_hypothesis(self, text: str, late: int) -> None:
        utterance = UtteranceId(self.model.begun - late)
        events = self._decide(
            c.ReportHypothesis(
                utterance_id=utterance,
                transcription=Transcription(text=text),
                heard_until_sample=self.position,
            )
        )
        assert not events or utterance == self.model.open

    @rule(
        utterance=UTTERANCES, text=st.sampled_from(["Ask not.", "", "you " * 9]), peak=st.sampled_from([0.0, 0.5])
    )
    def hear_text(self, utterance: UtteranceId, text: str, peak: float) -> None:
        report = c.ReportTranscription(
            utterance_id=utterance,
            transcription=Transcription(text=text),
            model="tiny.en",
            inference_seconds=0.1,
            peak_amplitude=peak,
        )
        self._finish(utterance, self._decide(report))

    @rule(utterance=UTTERANCES)
    def fail_text(self, utterance: UtteranceId) -> None:
        report = c.ReportTranscriptionFailure(utterance_id=utterance, code="broken", message="It broke.")
        self._finish(utterance, self._decide(report))

    def _finish(self, utterance: UtteranceId, events: tuple[e.SessionEvent, ...]) -> None:
        assert bool(events) == (utterance in self.model.awaited)
        self.model.settle(utterance)

    @rule(utterance=UTTERANCES)
    def revise(self, utterance: UtteranceId) -> None:
        is_finished = 0 < utterance <= self.model.begun and utterance not in {self.model.open, *self.model.awaited}
        self._decide(
            c.ReviseTranscript(utterance_id=utterance, transcription=Transcription(text="ask"), model="base"),
            is_legal=is_finished,
        )

    @rule(samples=SAMPLES, lost=SAMPLES, voiced=st.just(0))
    def lose_samples(self, samples: int, lost: int, voiced: int) -> None:
        start = self._hear(samples)
        self._hear(lost)
        reason = e.GapReason.OVERFLOW
        self._decide(c.ReportAudioGap(start_sample=start, lost_samples=lost, reason=reason, voiced_samples=voiced))
        if lost:
            self.model.lose(start, lost)

    @rule(samples=SAMPLES, voiced=VOICED)
    def pause(self, samples: int, voiced: int) -> None:
        at = self._hear(samples)
        command = c.PauseListening(at_sample=at, voiced_samples=voiced)
        self._decide(command, is_legal=self.model.is_taking_audio)
        if self.model.phase is Phase.LIVE:
            self.model.end(e.SpeechEndReason.PAUSED, at, voiced)
            self.model.leave_live(Phase.PAUSED)

    @rule(samples=SAMPLES)
    def resume(self, samples: int) -> None:
        at = self._hear(samples)
        self._decide(c.ResumeListening(at_sample=at), is_legal=self.model.is_taking_audio)
        if self.model.phase is Phase.PAUSED:
            self.model.phase = Phase.LIVE
            self.model.claim(at)

    @rule(samples=SAMPLES, voiced=VOICED)
    def lose_source(self, samples: int, voiced: int) -> None:
        at = self._hear(samples)
        self._decide(c.ReportSourceLoss(at_sample=at, code="gone", message="Gone.", voiced_samples=voiced))
        if self.model.is_taking_audio and not self.model.is_source_lost:
            self.model.end(e.SpeechEndReason.SOURCE_LOST, at, voiced)
            self.model.is_source_lost = True
            self.model.cut_at = None

    @rule()
    def recover_source(self) -> None:
        self._decide(c.ReportSourceRecovery(at_sample=self.position))
        if self.model.is_taking_audio:
            self.model.is_source_lost = False

    @rule(settings=SETTINGS)
    def change_settings(self, settings: SessionSettings) -> None:
        command = c.ChangeSettings(settings=settings, at_sample=self.position)
        events = self._decide(command, is_legal=self.model.is_taking_audio)
        if events:
            self.model.change(settings)

    @rule(part=PARTS, code=st.sampled_from(["disk-full", "disk-broken"]))
    def degrade(self, part: str, code: str) -> None:
        events = self._decide(c.ReportDegradation(part=part, code=code, message="So it is."))
        if events:
            assert self.model.degraded.get(part) != code
            self.model.degraded[part] = code

    @rule(part=PARTS)
    def restore(self, part: str) -> None:
        events = self._decide(c.ReportRestoration(part=part))
        if events:
            del self.model.degraded[part]

    @rule(samples=SAMPLES, voiced=VOICED, is_asked=RARELY)
    def end_source(self, samples: int, voiced: int, is_asked: bool) -> None:
        if not is_asked:
            return
        at = self._hear(samples)
        self._decide(c.ReportSourceEnd(at_sample=at, voiced_samples=voiced))
        self._stop(e.SpeechEndReason.SOURCE_ENDED, at, voiced)

    @rule(samples=SAMPLES, voiced=VOICED, is_asked=RARELY)
    def stop(self, samples: int, voiced: int, is_asked: bool) -> None:
        if not is_asked:
            return
        at = self._hear(samples)
        is_legal = self.model.phase is not Phase.NEW
        self._decide(c.StopSession(at_sample=at, voiced_samples=voiced), is_legal=is_legal)
        self._stop(e.SpeechEndReason.STOPPED, at, voiced)

    def _stop(self, reason: e.SpeechEndReason, at: int, voiced: int) -> None:
        if self.model.is_taking_audio:
            self.model.end(reason, at, voiced)
            self.model.stop()

    @rule(is_asked=RARELY)
    def abandon(self, is_asked: bool) -> None:
        if not is_asked:
            return
        self._decide(c.AbandonTranscriptions())
        if self.model.phase is Phase.STOPPING:
            self._be_over()

    @rule(samples=SAMPLES, voiced=VOICED, is_asked=RARELY)
    def fail(self, samples: int, voiced: int, is_asked: bool) -> None:
        if not is_asked:
            return
        at = self._hear(samples)
        self._decide(c.FailSession(code="broken", message="It broke.", at_sample=at, voiced_samples=voiced))
        self._end_at_once()

    @rule(is_asked=RARELY)
    def recover(self, is_asked: bool) -> None:
        if not is_asked:
            return
        self._decide(c.RecoverSession())
        self._end_at_once()

    def _end_at_once(self) -> None:
        if self.model.phase not in (Phase.NEW, Phase.OVER):
            self._be_over()

    def _be_over(self) -> None:
        self.model.leave_live(Phase.OVER)
        self.model.open = None
        self.model.awaited.clear()

    @invariant()
    def does_what_the_model_does(self) -> None:
        self.model.check(self.state)
        assert fold(self.log) == self.state

    @invariant()
    def has_a_sound_log(self) -> None:
        if self.log:
            check_log(self.log, self.position)
            assert log_violations(stored(*self.log)) == ()


TestSessionLife = SessionLife.TestCase
TestSessionLife.settings = settings(
    deadline=None,
    max_examples=120,
    stateful_step_count=60,
    suppress_health_check=[HealthCheck.too_slow],
)
