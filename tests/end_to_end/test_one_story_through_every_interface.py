"""The same story told through each Python interface and through the orchestration itself gives the same events."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Protocol

import pytest
from dependency_injector import providers
from tests.end_to_end.hearing import MODEL, TIMEOUT_SECONDS
from tests.end_to_end.scripted_microphone import ScriptedMicrophones
from tests.end_to_end.sound_scenes import plain_words, scene, silence, speech, wake_word

from realtime_mlx_stt.adapters.python_api.client import STTClient
from realtime_mlx_stt.adapters.python_api.configuration import ModelConfig, VADConfig, WakeWordConfig
from realtime_mlx_stt.adapters.python_api.process_services import using_services
from realtime_mlx_stt.adapters.python_api.session import TranscriptionSession
from realtime_mlx_stt.application.log_checks import log_violations
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.process_services import ContainerProcessServices
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.ports.event_store import StoredEvent

WORD = "alexa"
SILENCE_SECONDS = 0.6


class Interface(Protocol):
    """One way of running a session."""

    def start(self) -> None: ...

    def set_language(self, language: str) -> None: ...

    def stop(self) -> None: ...


@dataclass
class Process:
    """A container whose microphones follow a script, and all that is published in it."""

    container: Container
    microphones: ScriptedMicrophones
    events: list[StoredEvent] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def orchestrator(self) -> SystemOrchestrator:
        orchestrator: SystemOrchestrator = self.container.orchestrator()
        return orchestrator

    def take(self, stored: StoredEvent) -> None:
        with self._changed:
            self.events.append(stored)
            self._changed.notify_all()

    def until(self, kind: type[e.SessionEvent], count: int) -> None:
        """Wait until so many events of the kind have been published."""

        def has_come() -> bool:
            return sum(isinstance(stored.event, kind) for stored in self.events) >= count

        with self._changed:
            assert self._changed.wait_for(has_come, TIMEOUT_SECONDS), [stored.event.type for stored in self.events]

    def until_heard(self) -> None:
        """Wait until the session has taken all that its microphone delivered."""
        (session_id,) = self.orchestrator.running_sessions()
        moment = threading.Event()
        while self.orchestrator.progress(session_id).heard_samples < self.microphones.newest.position:
            moment.wait(0.005)


@contextmanager
def opened_process(folder: Path) -> Iterator[Process]:
    machine = RuntimeSettings.of_this_machine(os.environ)
    settings = replace(machine, database=folder / "sessions.db", profiles_folder=folder / "profiles")
    container, microphones = Container(settings=settings), ScriptedMicrophones()
    container.sources.override(providers.Object(microphones))
    made = Process(container, microphones)
    made.orchestrator.subscribe(made.take)
    with using_services(ContainerProcessServices(container)):
        yield made
    release(container)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    with opened_process(tmp_path) as made:
        yield made


class ThroughTheOrchestrator:
    def __init__(self, process: Process) -> None:
        self._orchestrator = process.orchestrator
        self._session_id = SessionId("")

    def _settings(self, language: str | None) -> SessionSettings:
        overrides = {
            "transcription": {"model": MODEL, "language": language},
            "vad": {"sensitivity": 0.5, "min_silence_duration": SILENCE_SECONDS},
            "wake_word": {"enabled": True, "words": [WORD]},
        }
        return self._orchestrator.configure_profile("wake-word", overrides).settings

    def start(self) -> None:
        config = self._orchestrator.configure_profile("wake-word")
        self._session_id = self._orchestrator.start_pipeline(replace(config, settings=self._settings(None)))

    def set_language(self, language: str) -> None:
        self._orchestrator.change_settings(self._session_id, self._settings(language))

    def stop(self) -> None:
        self._orchestrator.stop_pipeline(self._session_id)


class ThroughASession:
    def __init__(self, _process: Process) -> None:
        vad = VADConfig(sensitivity=0.5, min_silence_duration=SILENCE_SECONDS)
        wake = WakeWordConfig(words=[WORD])
        self._session = TranscriptionSession(model=ModelConfig(model=MODEL), vad=vad, wake_word=wake)

    def start(self) -> None:
        assert self._session.start()

    def set_language(self, language: str) -> None:
        self._session.set_language(language)

    def stop(self) -> None:
        assert self._session.stop()


class ThroughAClient:
    def __init__(self, _process: Process) -> None:
        self._client = STTClient(default_model=MODEL, vad_min_silence_duration=SILENCE_SECONDS)

    def start(self) -> None:
        self._client.start_wake_word(WORD)

    def set_language(self, language: str) -> None:
        self._client.set_language(language)

    def stop(self) -> None:
        self._client.stop()


def tell(process: Process, interface: Interface) -> tuple[e.SessionEvent, ...]:
    """Speech before the wake word, two utterances, an unplugged microphone, another language, a stop in speech."""
    interface.start()
    microphone = process.microphones.newest
    microphone.hear(scene(silence(1), speech("lj001-0013"), silence(1)))
    for count, name in enumerate(("lj001-0008", "cards-005"), start=1):
        microphone.hear(scene(wake_word(WORD), silence(0.2), speech(name), silence(1)))
        process.until(e.UtteranceTranscribed, count)
    half = speech("sense-and-sensibility-0880")
    microphone.hear(scene(silence(2), wake_word(WORD), silence(0.2), half[: len(half) // 2]))
    microphone.break_off()
    process.until(e.UtteranceTranscribed, 3)
    microphone.come_back()
    process.until_heard()
    interface.set_language("english")
    microphone.hear(scene(silence(2), wake_word(WORD), silence(0.2), speech("lj001-0002")))
    process.until_heard()
    interface.stop()
    process.until(e.SessionStopped, 1)
    return told(process.events)


def told(events: list[StoredEvent]) -> tuple[e.SessionEvent, ...]:
    """What every telling has in common: hypotheses depend on how fast the machine is, times on when it happened."""
    return tuple(_timeless(stored.event) for stored in events if not isinstance(stored.event, e.HypothesisRevised))


def _timeless(event: e.SessionEvent) -> e.SessionEvent:
    times: dict[str, Any] = {"started_at": 0.0, "inference_seconds": 0.0}
    names = {each.name for each in fields(event)}
    return replace(event, **{name: value for name, value in times.items() if name in names})


@pytest.fixture(scope="module")
def as_the_orchestration_tells_it(tmp_path_factory: pytest.TempPathFactory) -> tuple[e.SessionEvent, ...]:
    with opened_process(tmp_path_factory.mktemp("orchestration")) as process:
        return tell(process, ThroughTheOrchestrator(process))


def test_the_story_is_what_was_done(as_the_orchestration_tells_it: tuple[e.SessionEvent, ...]) -> None:
    assert [event.type for event in as_the_orchestration_tells_it] == [
        "session-started",
        *["wake-word-detected", "speech-started", "speech-ended", "utterance-transcribed"] * 2,
        *["wake-word-detected", "speech-started", "speech-ended", "audio-source-lost", "utterance-transcribed"],
        *["audio-gap-recorded", "audio-source-recovered"],
        "settings-changed",
        *["wake-word-detected", "speech-started", "speech-ended"],
        *["session-stopping", "utterance-transcribed", "session-stopped"],
    ]
    texts = [event.text for event in as_the_orchestration_tells_it if isinstance(event, e.UtteranceTranscribed)]
    assert plain_words(texts[0]) == ["has", "never", "been", "surpassed"]
    ends = [event.reason for event in as_the_orchestration_tells_it if isinstance(event, e.SpeechEnded)]
    assert ends == ["silence", "silence", "source-lost", "stopped"]


@pytest.mark.parametrize("interface", [ThroughASession, ThroughAClient])
def test_every_interface_tells_the_same_story(
    process: Process,
    interface: Callable[[Process], Interface],
    as_the_orchestration_tells_it: tuple[e.SessionEvent, ...],
) -> None:
    assert tell(process, interface(process)) == as_the_orchestration_tells_it
    assert log_violations(tuple(process.events)) == ()
