"""The same story told through each Python interface and through the orchestration itself gives the same events."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.end_to_end.hearing import MODEL
from tests.end_to_end.scripted_process import ScriptedProcess, scripted_process
from tests.end_to_end.sound_scenes import plain_words, scene, silence, speech, wake_word

from realtime_mlx_stt.adapters.python_api.client import STTClient
from realtime_mlx_stt.adapters.python_api.configuration import ModelConfig, VADConfig, WakeWordConfig
from realtime_mlx_stt.adapters.python_api.session import TranscriptionSession
from realtime_mlx_stt.application.log_checks import log_violations
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


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ScriptedProcess]:
    with scripted_process(tmp_path) as made:
        yield made


class ThroughTheOrchestrator:
    def __init__(self, process: ScriptedProcess) -> None:
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
    def __init__(self, _process: ScriptedProcess) -> None:
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
    def __init__(self, _process: ScriptedProcess) -> None:
        self._client = STTClient(default_model=MODEL, vad_min_silence_duration=SILENCE_SECONDS)

    def start(self) -> None:
        self._client.start_wake_word(WORD)

    def set_language(self, language: str) -> None:
        self._client.set_language(language)

    def stop(self) -> None:
        self._client.stop()


def tell(process: ScriptedProcess, interface: Interface) -> tuple[e.SessionEvent, ...]:
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
    with scripted_process(tmp_path_factory.mktemp("orchestration")) as process:
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
    process: ScriptedProcess,
    interface: Callable[[ScriptedProcess], Interface],
    as_the_orchestration_tells_it: tuple[e.SessionEvent, ...],
) -> None:
    assert tell(process, interface(process)) == as_the_orchestration_tells_it
    assert log_violations(tuple(process.events)) == ()
