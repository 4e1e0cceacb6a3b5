"""Describes a session's parts: its configuration, and the components that a configuration asks for."""

from dataclasses import dataclass, field, replace

from realtime_mlx_stt.application.session.audio_schedule import ScheduledEntry
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.transcription import TranscriptionTask
from realtime_mlx_stt.ports.audio_recording import AudioRecordings
from realtime_mlx_stt.ports.audio_source import AudioSource, AudioSources, MicrophoneRequest, SourceRequest
from realtime_mlx_stt.ports.clock import Clock, SessionIds
from realtime_mlx_stt.ports.event_bus import EventBus
from realtime_mlx_stt.ports.event_store import EventStore, SessionClaims
from realtime_mlx_stt.ports.profile_store import ProfileStore
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines
from realtime_mlx_stt.ports.voice_activity import VoiceActivityDetection, VoiceActivityDetector
from realtime_mlx_stt.ports.wake_word import WakeWordDetection, WakeWordDetector

__all__ = ["OrchestratorPorts", "PipelineComponents", "PipelineConfig", "SourceProgress"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineConfig:
    """One session to be started: its settings, its source, and whether its audio is written to disk.

    ``listens_while_loading`` takes audio at once, while the model may still have to be loaded; the session fails if
    it cannot be. ``lockstep`` takes no audio while a final text is awaited: for files that are heard as fast as
    possible, so that the log, apart from hypotheses, is the same every time. ``schedule`` lists, in order, what
    happens at given positions of a file's audio.
    """

    settings: SessionSettings = field(default_factory=SessionSettings)
    source: SourceRequest = field(default_factory=MicrophoneRequest)
    record_audio: bool = False
    listens_while_loading: bool = False
    lockstep: bool = False
    schedule: tuple[ScheduledEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrchestratorPorts:
    """The ports through which the orchestration reaches everything outside it."""

    engines: SpeechToTextEngines
    voice_activity: VoiceActivityDetection
    wake_words: WakeWordDetection
    sources: AudioSources
    recordings: AudioRecordings
    store: EventStore
    claims: SessionClaims
    bus: EventBus
    clock: Clock
    session_ids: SessionIds
    profiles: ProfileStore

    def open_wake_word(self, settings: SessionSettings) -> WakeWordDetector | None:
        """The detector that the settings ask for, None when they ask for none.

        Raises:
            UnknownWakeWordError, WakeWordError.
        """
        return None if settings.wake_word is None else self.wake_words.open(settings.wake_word.words)

    def resolved(self, settings: SessionSettings) -> SessionSettings:
        """The settings, checked: engine, model and language exist; the language is given by its code.

        A remote engine, whose every text may cost money, is asked for final texts only.

        Raises:
            UnknownEngineError, UnknownModelError, UnknownLanguageError, NoTranslationError.
        """
        wanted, engines = settings.transcription, self.engines
        engines.open(wanted.engine, wanted.model)
        code = engines.language_code(wanted.engine, wanted.model, wanted.language)
        if wanted.task is TranscriptionTask.TRANSLATE:
            engines.check_translation(wanted.engine, wanted.model)
        transcription = replace(wanted, language=code)
        if engines.is_remote(wanted.engine):
            transcription = replace(transcription, partial_interval_seconds=None, speculative_finals=False)
        return replace(settings, transcription=transcription)


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineComponents:
    """The opened parts of one session."""

    voice_activity: VoiceActivityDetector
    wake_word: WakeWordDetector | None
    source: AudioSource


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProgress:
    """How far a session has heard its source; ``duration_samples`` is None when nobody knows where it ends."""

    heard_samples: int
    duration_samples: int | None
