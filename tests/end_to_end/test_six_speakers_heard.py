"""Six speakers at one model that is made too slow for them: it is said, nothing final is lost, and it is mended."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dependency_injector import providers
from tests.end_to_end.hearing import TIMEOUT_SECONDS, Hearing, settings_below
from tests.end_to_end.sound_scenes import in_a_row, scene, silence

from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_store import StoredEvent
from realtime_mlx_stt.ports.speech_to_text import (
    SpeechToText,
    SpeechToTextEngines,
    SpeechToTextError,
    UtteranceDecoder,
    decode_each,
)

SPEAKERS = 6
SLOW_SECONDS = 1.0
"""What each text takes besides what it takes: six speakers' finals alone are then too much for any machine."""

SPOKEN = in_a_row(["cards-005", "lj001-0002", "cards-001"], 0.9)[0]


@dataclass
class Slowness:
    """Holds up every text until it is over."""

    is_over: threading.Event = field(default_factory=threading.Event)


@dataclass
class SlowEngines:
    """The real engines; every text of theirs takes longer. What is not here is theirs."""

    engines: SpeechToTextEngines
    slowness: Slowness

    def open(self, engine: str, model: str) -> "SlowModel":
        return SlowModel(self.engines.open(engine, model), self.slowness)

    def __getattr__(self, name: str) -> object:
        return getattr(self.engines, name)


@dataclass
class SlowModel:
    speech_to_text: SpeechToText
    slowness: Slowness

    @property
    def model(self) -> str:
        return self.speech_to_text.model

    @property
    def most_together(self) -> int:
        return 1

    def load(self) -> None:
        self.speech_to_text.load()

    def unload(self) -> None:
        self.speech_to_text.unload()

    def open_utterance(self, options: DecodingOptions) -> "SlowDecoder":
        return SlowDecoder(self.speech_to_text.open_utterance(options), self.slowness)

    def decode_together(
        self, growing: Sequence[tuple[UtteranceDecoder, AudioSamples]]
    ) -> list[Transcription | SpeechToTextError]:
        return decode_each(growing)


@dataclass
class SlowDecoder:
    decoder: UtteranceDecoder
    slowness: Slowness

    def decode(self, audio: AudioSamples, *, final: bool) -> Transcription:
        self.slowness.is_over.wait(SLOW_SECONDS)
        return self.decoder.decode(audio, final=final)


class Told:
    """What was said of the service, of all sessions, to be waited for."""

    def __init__(self) -> None:
        self._said: list[tuple[str, str]] = []
        self._changed = threading.Condition()

    def __call__(self, stored: StoredEvent) -> None:
        with self._changed:
            match stored.event:
                case e.ServiceDegraded():
                    self._said.append((stored.session_id, stored.event.code))
                case e.ServiceRestored():
                    self._said.append((stored.session_id, f"{stored.event.part} restored"))
            self._changed.notify_all()

    def until_of_all(self, what: str) -> None:
        """Wait until it was said of every session."""

        def is_said() -> bool:
            return len({session for session, said in self._said if said == what}) == SPEAKERS

        with self._changed:
            assert self._changed.wait_for(is_said, TIMEOUT_SECONDS), self._said

    def of(self, session_id: str) -> list[str]:
        return [said for session, said in self._said if session == session_id]


@pytest.fixture
def slow() -> Slowness:
    return Slowness()


@pytest.fixture
def hearing_slowly(slow: Slowness, tmp_path: Path) -> Iterator[Hearing]:
    """An application of its own, over the real model, held up."""
    settings = settings_below(tmp_path, database=tmp_path / "sessions.db")
    container = Container(settings=settings)
    container.engines.override(providers.Object(SlowEngines(container.engines(), slow)))
    yield Hearing(container, tmp_path)
    slow.is_over.set()
    release(container)


def test_six_speakers_are_degraded_and_restored_in_the_open_and_every_final_comes(
    hearing: Hearing, hearing_slowly: Hearing, slow: Slowness
) -> None:
    alone, told = hearing.hear(scene(SPOKEN, silence(3.0))).outcome, Told()
    assert len(alone) >= 3
    audio = scene(SPOKEN, silence(300.0))
    sessions = [hearing_slowly.start(audio, hearing_slowly.live(speed=2.0), told) for _ in range(SPEAKERS)]
    told.until_of_all("hypotheses-off")
    slow.is_over.set()
    told.until_of_all("hypotheses restored")
    for session_id in sessions:
        hearing_slowly.orchestrator.stop_pipeline(session_id, TIMEOUT_SECONDS)
    heard = {session_id: hearing_slowly.finish(session_id) for session_id in sessions}
    assert {session_id: each.outcome for session_id, each in heard.items()} == dict.fromkeys(sessions, alone)
    for session_id in sessions:
        said = told.of(session_id)
        assert said[:2] == ["hypotheses-slower", "hypotheses-off"]
        assert said[-2:] == ["hypotheses-slower", "hypotheses restored"]
