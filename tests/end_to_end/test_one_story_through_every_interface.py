"""The same story told in Python, over HTTP and WebSocket, or to the orchestration itself gives the same events."""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Protocol

import pytest
import simple_websocket
from tests.adapters.web.rig import serving
from tests.end_to_end.hearing import MODEL, TIMEOUT_SECONDS
from tests.end_to_end.scripted_process import ScriptedProcess, scripted_process
from tests.end_to_end.sound_scenes import plain_words, scene, silence, speech, wake_word

from realtime_mlx_stt.adapters.python_api.client.client import STTClient
from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig, VADConfig, WakeWordConfig
from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession
from realtime_mlx_stt.adapters.web.application import create_app
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.application.log.checks import log_violations
from realtime_mlx_stt.application.log.codec import envelope
from realtime_mlx_stt.composition.web_services import ContainerWebServices
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


class ThroughTheServer:
    """Commands by REST, events by WebSocket, over real sockets."""

    def __init__(self, process: ScriptedProcess) -> None:
        self._opened = ExitStack()
        app = create_app(WebContext(services=ContainerWebServices(process.container)))
        self._address = self._opened.enter_context(serving(app))
        self._session = ""

    def start(self) -> None:
        wishes = {
            "profile": "wake-word",
            "settings": {
                "transcription": {"model": MODEL},
                "vad": {"sensitivity": 0.5, "min_silence_duration": SILENCE_SECONDS},
                "wake_word": {"words": [WORD]},
            },
            "source": {"kind": "microphone"},
        }
        self._session = f"/api/v1/sessions/{self._ask('POST', '/api/v1/sessions', wishes)['session_id']}"
        self._socket = simple_websocket.Client.connect(f"ws://{self._address}{self._session}/stream?after=0")

    def set_language(self, language: str) -> None:
        self._ask("PATCH", self._session, {"settings": {"transcription": {"language": language}}})

    def stop(self) -> None:
        self._ask("POST", f"{self._session}/stop", {})

    def close(self) -> None:
        self._opened.close()

    def sent_events(self) -> Iterator[dict[str, Any]]:
        """What the socket was sent, up to the end of the session."""
        while (message := self._message())["type"] != "stream-ended":
            if "seq" in message:
                yield message

    def _message(self) -> dict[str, Any]:
        received = self._socket.receive(TIMEOUT_SECONDS)
        assert received is not None
        return json.loads(received)  # type: ignore[no-any-return]

    def _ask(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
            assert response.status < 300, answer
        finally:
            connection.close()
        return answer  # type: ignore[no-any-return]


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


def _nearly(event: e.SessionEvent) -> e.SessionEvent:
    """The event, to be compared with another of which the model was as sure but for the rounding of sums."""
    if not isinstance(event, e.UtteranceTranscribed):
        return event
    words = tuple(replace(word, probability=_near(word.probability)) for word in event.words)
    return replace(event, words=words, confidence=_near(event.confidence))


def _near(probability: float) -> Any:
    return pytest.approx(probability, abs=1e-4)


@pytest.fixture(scope="module")
def as_the_orchestration_tells_it(tmp_path_factory: pytest.TempPathFactory) -> tuple[e.SessionEvent, ...]:
    with scripted_process(tmp_path_factory.mktemp("orchestration")) as process:
        return tuple(_nearly(event) for event in tell(process, ThroughTheOrchestrator(process)))


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


def test_the_server_tells_the_same_story(
    process: ScriptedProcess, as_the_orchestration_tells_it: tuple[e.SessionEvent, ...]
) -> None:
    server = ThroughTheServer(process)
    try:
        assert tell(process, server) == as_the_orchestration_tells_it
        assert list(server.sent_events()) == [envelope(stored) for stored in process.events]
    finally:
        server.close()
    assert log_violations(tuple(process.events)) == ()
