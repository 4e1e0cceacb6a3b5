"""The services of a process that a test has in its hands, and callbacks that remember what they were told."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tests.application.rig import TIMEOUT_SECONDS, Rig
from tests.fakes.audio_devices import FakeAudioDevices
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig, VADConfig
from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession
from realtime_mlx_stt.adapters.python_api.transcriber.transcriber import Transcriber
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.ports.audio_devices import AudioDevices
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.wake_word import WakeWordDetection

__all__ = [
    "MODEL",
    "VAD",
    "Calls",
    "FakeProcess",
    "SlowProcess",
    "Speaker",
    "recorded_session",
    "transcriber",
    "utterance",
]

MODEL = ModelConfig(model="tiny.en", language="en")
VAD = VADConfig()


def utterance(*numbers: int) -> AudioSamples:
    """The words of these numbers, and the silence that ends them."""
    return np.concatenate((spoken(*numbers), np.zeros(16_000, dtype=np.float32)))


@dataclass
class FakeProcess:
    """``ProcessServices`` over the application's rig."""

    rig: Rig = field(default_factory=Rig)
    devices: AudioDevices = field(default_factory=FakeAudioDevices)
    accounts: list[tuple[str | None, str | None]] = field(default_factory=list)
    closes: int = 0

    @property
    def orchestrator(self) -> SystemOrchestrator:
        return self.rig.orchestrator

    @property
    def wake_words(self) -> WakeWordDetection:
        return self.rig.wake_words

    @property
    def has_openai_key(self) -> bool:
        return any(key for key, _ in self.accounts)

    def use_openai_account(self, *, api_key: str | None = None, base_url: str | None = None) -> None:
        self.accounts.append((api_key, base_url))

    def close(self) -> None:
        self.closes += 1
        self.rig.orchestrator.close(TIMEOUT_SECONDS)


@dataclass
class SlowProcess(FakeProcess):
    """A process in which whoever wants to run something enters, and waits until the gate is opened."""

    entered: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)

    @property
    def orchestrator(self) -> SystemOrchestrator:
        self.entered.set()
        assert self.gate.wait(TIMEOUT_SECONDS)
        return self.rig.orchestrator


class Calls:
    """What callbacks were called with, in order, and on which threads; ``then`` happens in each call."""

    def __init__(self) -> None:
        self.made: list[tuple[str, Any]] = []
        self.threads: set[str] = set()
        self.then: Callable[[str], None] = lambda _name: None
        self._changed = threading.Condition()

    def named(self, name: str) -> Callable[..., None]:
        """A callback of this name."""

        def callback(*arguments: Any) -> None:
            with self._changed:
                self.made.append((name, arguments[0] if len(arguments) == 1 else arguments))
                self.threads.add(threading.current_thread().name)
                self._changed.notify_all()
            self.then(name)

        return callback

    def of(self, name: str) -> list[Any]:
        """What the callback of this name was given."""
        return [argument for each, argument in self.made if each == name]

    @property
    def names(self) -> Sequence[str]:
        """The callbacks in the order of their calls."""
        return [name for name, _ in self.made]

    def until(self, name: str, count: int = 1) -> None:
        """Wait until the callback of this name has been called so often."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.of(name)) >= count, TIMEOUT_SECONDS), self.made


def recorded_session(calls: Calls, names: Sequence[str], **settings: Any) -> TranscriptionSession:
    """A session whose callbacks of these names are recorded."""
    callbacks = {f"on_{name}": calls.named(name) for name in names}
    return TranscriptionSession(**{"model": MODEL, "vad": VAD, **settings, **callbacks})


def transcriber(calls: Calls | None = None, names: tuple[str, ...] = (), **settings: Any) -> Transcriber:
    """A transcriber whose callbacks of these names are recorded."""
    callbacks = {f"on_{name}": calls.named(name) for name in names} if calls is not None else {}
    return Transcriber(**{"model": MODEL, "vad": VAD, **settings, **callbacks})


class Speaker:
    """Says words into the microphone that is opened next, on a thread of its own."""

    def __init__(self, process: FakeProcess, *takes: AudioSamples) -> None:
        self._process = process
        self._takes = takes
        self._before = len(process.rig.sources.made)
        self._thread = threading.Thread(target=self._speak)

    def __enter__(self) -> "Speaker":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._thread.join(TIMEOUT_SECONDS)
        assert not self._thread.is_alive()

    def _speak(self) -> None:
        pause = threading.Event()
        made = self._process.rig.sources.made
        while len(made) == self._before or made[self._before].sink is None:
            pause.wait(0.005)
        for take in self._takes:
            made[self._before].hear(take)
