"""An engine whose model is being loaded for as long as a test wants."""

import threading
from dataclasses import dataclass, field

from tests.application.rig import TIMEOUT_SECONDS
from tests.fakes.speech_to_text import ScriptedEngines, ScriptedSpeechToText

__all__ = ["SlowToLoad"]


@dataclass
class SlowToLoad(ScriptedEngines):
    """Engines whose model takes until the gate opens to load."""

    entered: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)

    def open(self, engine: str, model: str) -> ScriptedSpeechToText:
        return _SlowModel(self, super().open(engine, model).model)


class _SlowModel(ScriptedSpeechToText):
    def load(self) -> None:
        assert isinstance(self.engines, SlowToLoad)
        self.engines.entered.set()
        assert self.engines.gate.wait(TIMEOUT_SECONDS)
        super().load()
