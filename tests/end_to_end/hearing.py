"""Lets whole sessions hear: the container's own parts, one loaded model, and a log in SQLite that is checked."""

import itertools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import soundfile

from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.read_models.transcript import Transcript, fold_transcript
from realtime_mlx_stt.application.read_models.utterances import TranscribedUtterance
from realtime_mlx_stt.application.session.audio_schedule import ScheduledEntry
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.composition.container import Container
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.audio_ledger import audio_ledger
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import AudioSamples, FileRequest
from realtime_mlx_stt.ports.event_bus import EventSubscriber
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["MODEL", "TIMEOUT_SECONDS", "Heard", "Hearing", "settings_below"]

MODEL: Final = "tiny.en"
TIMEOUT_SECONDS: Final = 200.0
"""Far longer than anything here takes, even on a busy machine."""

_Event = TypeVar("_Event", bound=e.SessionEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of a session."""

    log: tuple[StoredEvent, ...]

    @property
    def transcript(self) -> Transcript:
        """Its utterances."""
        return fold_transcript(self.log)

    @property
    def utterances(self) -> tuple[TranscribedUtterance, ...]:
        """Those that have a text."""
        return self.transcript.utterances

    @property
    def text(self) -> str:
        """All texts in one line."""
        return " ".join(utterance.text for utterance in self.utterances)

    @property
    def outcome(self) -> list[tuple[int, int, str]]:
        """Every utterance with a text: its first sample, the sample behind its last, and the text."""
        return [(u.start_sample, u.end_sample, u.text) for u in self.utterances]

    @property
    def session_id(self) -> SessionId:
        """Which session it was."""
        return self.log[0].session_id

    def events(self, kind: type[_Event]) -> list[_Event]:
        """Its events of a kind."""
        return [stored.event for stored in self.log if isinstance(stored.event, kind)]

    def types(self) -> list[str]:
        """The wire names of its events, without those that every session has."""
        return [stored.event.type for stored in self.log if not stored.event.type.startswith("session-")]


@dataclass
class Hearing:
    """One container for many sessions; sounds are written to files in ``folder``, as they are."""

    container: Container
    folder: Path
    _names: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def orchestrator(self) -> SystemOrchestrator:
        """What runs the sessions."""
        orchestrator: SystemOrchestrator = self.container.orchestrator()
        return orchestrator

    def config(self, overrides: Mapping[str, Any] | None = None) -> PipelineConfig:
        """The usual profile as ``stt transcribe`` has it: in lockstep, without hypotheses and speculation."""
        transcription = {"model": MODEL, "partial_interval_seconds": None, "speculative_finals": False}
        asked = {"transcription": transcription, **(overrides or {})}
        return replace(self.orchestrator.configure_profile("vad-triggered", asked), lockstep=True)

    def waking(self, *words: str, timeout_seconds: float = 30.0, single_utterance: bool = True) -> PipelineConfig:
        """The same, waiting for a wake word."""
        section = {"words": [*words], "timeout": timeout_seconds, "single_utterance": single_utterance}
        return self.config({"wake_word": {"enabled": True, **section}})

    def live(self, speed: float) -> PipelineConfig:
        """The usual profile as ``stt listen`` has it, at ``speed`` times real time."""
        config = self.orchestrator.configure_profile("vad-triggered", {"transcription": {"model": MODEL}})
        return replace(config, source=FileRequest(path=self.folder, speed=speed))

    def file(self, audio: AudioSamples) -> Path:
        """A sound file that holds exactly these samples."""
        path = self.folder / f"scene-{next(self._names)}.wav"
        soundfile.write(path, audio, SAMPLE_RATE_HZ, subtype="FLOAT")
        return path

    def start(
        self, audio: AudioSamples, config: PipelineConfig | None = None, subscriber: EventSubscriber | None = None
    ) -> SessionId:
        """Begin to hear the samples; at the speed of the configuration where that names one."""
        config = config or self.config()
        speed = config.source.speed if isinstance(config.source, FileRequest) else None
        source = FileRequest(path=self.file(audio), speed=speed)
        return self.orchestrator.start_pipeline(replace(config, source=source), subscriber)

    def finish(self, session_id: SessionId) -> Heard:
        """Wait until the session is over; its log, which must be as every log has to be."""
        assert self.orchestrator.wait(session_id, TIMEOUT_SECONDS), "the session does not end"
        log = tuple(self.container.store().read(session_id))
        assert log_violations(log) == ()
        assert isinstance(log[-1].event, e.SessionStopped)
        ledger = audio_ledger(stored.event for stored in log)
        assert ledger.captured_samples == log[-1].event.captured_samples
        assert min(ledger.silence_samples, ledger.utterance_samples, ledger.rejected_samples) >= 0
        return Heard(log=log)

    def hear(
        self,
        audio: AudioSamples,
        config: PipelineConfig | None = None,
        *,
        schedule: Sequence[ScheduledEntry] = (),
    ) -> Heard:
        """Hear the samples to their end; without a schedule, to the very last one."""
        told: list[StoredEvent] = []
        config = replace(config or self.config(), schedule=tuple(schedule))
        heard = self.finish(self.start(audio, config, told.append))
        assert tuple(told) == heard.log
        if not schedule:
            assert audio_ledger(stored.event for stored in heard.log).captured_samples == len(audio)
        return heard


def settings_below(folder: Path, *, database: Path | None) -> RuntimeSettings:
    """This machine's models, and everything else below ``folder``; without a database the log is in memory."""
    return RuntimeSettings(
        database=database,
        cache_folder=RuntimeSettings.of_this_machine(os.environ).cache_folder,
        profiles_folder=folder / "profiles",
        recordings_folder=folder / "recordings",
    )
