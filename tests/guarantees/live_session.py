"""Live sessions in simulated time: the sound waits for the model, so that no clock says what is asked when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any, Final

from tests.application.stand_ins import ManualSource, ManualSources

from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["MODEL", "TIMEOUT_SECONDS", "LiveSession", "Outcome", "Shown", "Stage", "Watch", "outcome", "texts"]

MODEL: Final = "tiny.en"
TIMEOUT_SECONDS: Final = 200.0
"""Far longer than anything here takes, even on a busy machine."""

Outcome = list[tuple[int, int, str]]
"""Every utterance with a text: its first sample, the sample behind its last, and the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An event, and the end of the step of audio in which it came."""

    at_sample: int
    event: e.SessionEvent


@dataclass
class Watch:
    """A subscriber that notes how far the audio is; ``reached_sample`` is set before a step is heard."""

    reached_sample: int = 0
    shown: list[Shown] = field(default_factory=list)

    def __call__(self, stored: StoredEvent) -> None:
        self.shown.append(Shown(at_sample=self.reached_sample, event=stored.event))


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The wired application, and the microphones that the tests are."""

    orchestrator: SystemOrchestrator
    sources: ManualSources

    def live(self, overrides: Mapping[str, Any] | None = None, model: str = MODEL) -> PipelineConfig:
        """The usual profile as ``stt listen`` has it, with hypotheses and speculation."""
        merged = {"transcription": {"model": model, "language": "en"}, **(overrides or {})}
        return self.orchestrator.configure_profile("vad-triggered", merged)

    def offline(self, overrides: Mapping[str, Any] | None = None, model: str = MODEL) -> PipelineConfig:
        """The same as ``stt transcribe`` has it: in lockstep, without hypotheses and speculation."""
        settings = {"model": model, "language": "en", "partial_interval_seconds": None, "speculative_finals": False}
        return replace(self.live({"transcription": settings, **(overrides or {})}), lockstep=True)

    def start(self, config: PipelineConfig | None = None) -> "LiveSession":
        """A session that has begun and has been given nothing yet."""
        config, watch, number = config or self.live(), Watch(), len(self.sources.made)
        session_id = self.orchestrator.start_pipeline(config, watch)
        return LiveSession(self.orchestrator, config, self.sources.made[number], session_id, watch)

    def hear_offline(
        self, audio: AudioSamples, overrides: Mapping[str, Any] | None = None
    ) -> tuple[StoredEvent, ...]:
        """The log of a session over a recording."""
        session = self.start(self.offline(overrides))
        session.source.hear(audio, 16_000)
        return session.finish()


@dataclass
class LiveSession:
    """One session whose microphone is the test: it hears what it is given, when it is given it."""

    orchestrator: SystemOrchestrator
    config: PipelineConfig
    source: ManualSource
    session_id: SessionId
    watch: Watch

    def hear(self, audio: AudioSamples, block_samples: int = 512) -> None:
        """Hear some audio; texts that are asked for meanwhile may come later."""
        self.watch.reached_sample += len(audio)
        self.source.hear(audio, block_samples)
        self.orchestrator.resume(self.session_id)  # waits its turn behind the audio, and changes nothing

    def settle(self) -> None:
        """Have every text written that has been asked for, and hear of it."""
        is_settled = False
        while not is_settled:
            is_settled = self.orchestrator.waiting_texts == 0
            # The models' thread loads before it writes: once this is done, so is what was being written.
            self.orchestrator.load_model(self.config.settings).result(TIMEOUT_SECONDS)
            self.orchestrator.resume(self.session_id)

    def play(self, audio: AudioSamples, step_seconds: float = 0.25) -> None:
        """Hear the audio as somebody does whose model has answered ``step_seconds`` later at the latest."""
        step = seconds_to_samples(step_seconds)
        for first in range(0, len(audio), step):
            self.hear(audio[first : first + step])
            self.settle()

    def play_in_blocks(self, audio: AudioSamples, sizes: Sequence[int]) -> None:
        """Hear the audio in blocks of these sizes over and over, as fast as it is taken."""
        first, around = 0, cycle(sizes)
        while first < len(audio):
            size = next(around)
            self.source.hear(audio[first : first + size], size)
            first += size

    def finish(self) -> tuple[StoredEvent, ...]:
        """End the audio; the session's log, which must be as every log has to be."""
        self.source.end()
        assert self.orchestrator.wait(self.session_id, TIMEOUT_SECONDS), "the session does not end"
        log = tuple(self.orchestrator.events(self.session_id))
        assert log_violations(log) == ()
        return log


def outcome(log: Sequence[StoredEvent]) -> Outcome:
    """What was written, in the order of the utterances."""
    events = [stored.event for stored in log]
    texts = {event.utterance_id: event.text for event in events if isinstance(event, e.UtteranceTranscribed)}
    starts = {event.utterance_id: event.start_sample for event in events if isinstance(event, e.SpeechStarted)}
    ends = {event.utterance_id: event.end_sample for event in events if isinstance(event, e.SpeechEnded)}
    return [(starts[name], ends[name], text) for name, text in sorted(texts.items())]


def texts(log: Sequence[StoredEvent]) -> str:
    """All that was written, in one line."""
    return " ".join(text for _, _, text in outcome(log))
