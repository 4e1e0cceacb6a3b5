"""Sessions that are all spoken to at once, over one model that takes a known time, on one thread and no clock."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from tests.fakes.clock import ManualClock
from tests.fakes.speech_to_text import ScriptedEngines, spoken
from tests.fakes.voice_activity import FakeVoiceActivity

from realtime_mlx_stt.adapters.event_bus.blinker_bus import BlinkerEventBus
from realtime_mlx_stt.adapters.event_store.in_memory import InMemoryEventStore
from realtime_mlx_stt.application.hearing.audio_listener import AudioListener
from realtime_mlx_stt.application.hearing.audio_memory import AudioMemory
from realtime_mlx_stt.application.inference.engines_by_name import EnginesByName
from realtime_mlx_stt.application.inference.queue import InferenceQueue
from realtime_mlx_stt.application.inference.requests import InferenceResult
from realtime_mlx_stt.application.log.session_log import SessionLog
from realtime_mlx_stt.application.session.recording import SessionRecording
from realtime_mlx_stt.application.session.worker import SessionWorker
from realtime_mlx_stt.application.writing.keeping_up import KeepingUp
from realtime_mlx_stt.application.writing.utterance_writer import UtteranceWriter
from realtime_mlx_stt.domain.commands import StartSession
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_source import AudioBlock, AudioSamples, SourceEnded
from realtime_mlx_stt.ports.event_store import StoredEvent
from realtime_mlx_stt.ports.speech_to_text import (
    SpeechToText,
    SpeechToTextEngines,
    SpeechToTextError,
    UtteranceDecoder,
    decode_each,
)
from realtime_mlx_stt.ports.voice_activity import VoiceActivityDetection

__all__ = ["ManySpeakers", "speech"]

_BLOCK_SAMPLES = 512
_BLOCK_SECONDS = _BLOCK_SAMPLES / 16_000

Cost = Callable[[str, float, bool], float]
"""What a model takes for so many seconds of audio, for a final text or a hypothesis."""

TOGETHER = 0.6
"""What hypotheses that are written at once take of the time that they take one after the other."""


def speech(sentences: Sequence[tuple[int, float]], before_seconds: float = 0.0) -> AudioSamples:
    """Sentences of so many words, each followed by so many seconds of silence."""
    pieces = [np.zeros(int(before_seconds * 16_000), dtype=np.float32)]
    for words, pause_seconds in sentences:
        pieces += [spoken(*range(1, words + 1)), np.zeros(int(pause_seconds * 16_000), dtype=np.float32)]
    return np.concatenate(pieces)


class TimedEngines(EnginesByName):
    """Engines whose every text takes the time that ``cost`` says; ``pass_time`` is what happens meanwhile."""

    def __init__(
        self, engines: SpeechToTextEngines, cost: Cost, pass_time: Callable[[float], None], most_together: int
    ) -> None:
        super().__init__({"mlx_whisper": engines})
        self.most_together = most_together
        self._cost = cost
        self._pass_time = pass_time

    def open(self, engine: str, model: str) -> "TimedModel":
        return TimedModel(super().open(engine, model), self)

    def take_time(self, model: str, seconds: float, final: bool) -> None:
        self._pass_time(self._cost(model, seconds, final))

    def take_time_together(self, model: str, audios: Sequence[AudioSamples]) -> None:
        self._pass_time(TOGETHER * sum(self._cost(model, len(audio) / 16_000, False) for audio in audios))


@dataclass
class TimedModel:
    speech_to_text: SpeechToText
    engines: TimedEngines

    @property
    def model(self) -> str:
        return self.speech_to_text.model

    @property
    def most_together(self) -> int:
        return self.engines.most_together

    def load(self) -> None:
        self.speech_to_text.load()

    def unload(self) -> None:
        self.speech_to_text.unload()

    def open_utterance(self, options: DecodingOptions) -> "TimedDecoder":
        return TimedDecoder(self.speech_to_text.open_utterance(options), self)

    def decode_together(
        self, growing: Sequence[tuple[UtteranceDecoder, AudioSamples]]
    ) -> list[Transcription | SpeechToTextError]:
        written = decode_each([(_untimed(decoder), audio) for decoder, audio in growing])
        self.engines.take_time_together(self.model, [audio for _, audio in growing])
        return written


@dataclass
class TimedDecoder:
    decoder: UtteranceDecoder
    timed: TimedModel

    def decode(self, audio: AudioSamples, *, final: bool) -> Transcription:
        transcription = self.decoder.decode(audio, final=final)
        self.timed.engines.take_time(self.timed.model, len(audio) / 16_000, final)
        return transcription


def _untimed(decoder: UtteranceDecoder) -> UtteranceDecoder:
    assert isinstance(decoder, TimedDecoder)
    return decoder.decoder


@dataclass
class _Speaker:
    session_id: SessionId
    worker: SessionWorker
    audio: AudioSamples
    mail: deque[InferenceResult] = field(default_factory=deque)
    is_ended: bool = False

    def hear_block(self) -> None:
        """What a live source delivers in one block's time, behind the answers that have come."""
        while self.mail:
            self.worker.step(self.mail.popleft())
        at = self.worker.heard_samples
        if at < len(self.audio):
            self.worker.step(AudioBlock(first_sample=at, samples=self.audio[at : at + _BLOCK_SAMPLES]))
        elif not self.is_ended:
            self.is_ended = True
            self.worker.step(SourceEnded(at_sample=at))


class ManySpeakers:
    """Runs one live session for each audio to its end, all on the calling thread.

    The model is the scripted one unless ``engines`` have another, which takes as long as ``cost`` says as well. It
    writes the hypotheses of ``most_together`` sessions at once.
    """

    def __init__(
        self,
        audios: Sequence[AudioSamples],
        cost: Cost,
        settings: SessionSettings,
        engines: SpeechToTextEngines | None = None,
        voice_activity: VoiceActivityDetection | None = None,
        *,
        most_together: int = 1,
    ) -> None:
        self.clock, self.store, self.bus = ManualClock(), InMemoryEventStore(), BlinkerEventBus()
        timed = TimedEngines(engines or ScriptedEngines(), cost, self._pass_time, most_together)
        self.queue = InferenceQueue(timed, monotonic=self.clock.monotonic)
        self._voice_activity = voice_activity or FakeVoiceActivity()
        self._settings = settings
        self._untold_seconds = 0.0
        self._speakers = [self._speaker(SessionId(f"live-{place}"), audio) for place, audio in enumerate(audios)]

    def run(self) -> list[list[StoredEvent]]:
        """Hear everything; the log of each session."""
        while not all(each.is_ended and not each.mail and not each.worker.awaits_finals for each in self._speakers):
            if not self.queue.step():
                self._pass_time(_BLOCK_SECONDS)
        return [list(self.store.read(each.session_id)) for each in self._speakers]

    def _pass_time(self, seconds: float) -> None:
        self._untold_seconds += seconds
        self.clock.advance(seconds)
        while self._untold_seconds >= _BLOCK_SECONDS:
            self._untold_seconds -= _BLOCK_SECONDS
            for each in self._speakers:
                each.hear_block()

    def _speaker(self, session_id: SessionId, audio: AudioSamples) -> _Speaker:
        memory, mail = AudioMemory(), deque[InferenceResult]()
        writer = UtteranceWriter(session_id, memory, self.queue, mail.append)
        worker = SessionWorker(
            log=SessionLog(session_id, self.store, self.bus, self.clock),
            listener=AudioListener(self._voice_activity.open(), None, self._settings),
            memory=memory,
            writer=writer,
            keeping_up=KeepingUp(writer, self.queue, is_live=True),
            recording=SessionRecording(None),
        )
        worker.start(StartSession(settings=self._settings, source="a speaker", at=self.clock.now()))
        return _Speaker(session_id, worker, audio, mail)
