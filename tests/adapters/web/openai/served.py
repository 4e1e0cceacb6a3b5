"""The OpenAI-compatible API over stand-ins that hear words by their amplitude, and OpenAI's own client."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import openai
import soundfile
from tests.adapters.web.rig import FakeWebServices, WebRig, serving
from tests.application.rig import Rig, silence
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.adapters.web.server_config import ServerConfig
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines

__all__ = ["Served", "newest_log", "served", "translated", "two_utterances", "utterance", "wave"]


@dataclass(frozen=True)
class Served:
    """The web application on a port of its own, and OpenAI's client for it."""

    web: WebRig
    address: str
    client: openai.OpenAI

    @property
    def engines(self) -> ScriptedEngines:
        """The stand-in that writes."""
        engines = self.web.rig.engines
        assert isinstance(engines, ScriptedEngines)
        return engines


def newest_log(server: Served) -> list[e.SessionEvent]:
    """The events of the session that was started last."""
    store = server.web.rig.store
    newest = max(store.sessions(), key=lambda summary: summary.session_id)
    return [stored.event for stored in store.read(newest.session_id)]


def translated(client: openai.OpenAI, **options: Any) -> Any:
    """What the client's call for translations gives; OpenAI means to give it up, and some versions warn of that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return client.audio.translations.create(**options)


def utterance(*numbers: int) -> AudioSamples:
    """Words, and a silence behind them that ends an utterance."""
    return np.concatenate([spoken(*numbers), silence(1)])


def two_utterances() -> AudioSamples:
    """ "word1 word2", and two seconds and more later "word3"."""
    return np.concatenate([utterance(1, 2), silence(1), utterance(3)])


def wave(audio: AudioSamples) -> bytes:
    """A sound file that holds exactly these samples."""
    file = io.BytesIO()
    soundfile.write(file, audio, SAMPLE_RATE_HZ, format="WAV", subtype="FLOAT")
    return file.getvalue()


@contextmanager
def served(engines: SpeechToTextEngines | None = None, config: ServerConfig | None = None) -> Iterator[Served]:
    """The application while the context lasts; its sounds are decoded as on a real machine."""
    rig = Rig(engines=engines or ScriptedEngines())
    rig.orchestrator = SystemOrchestrator(replace(rig.ports, sources=SystemAudioSources()))
    web = WebRig(services=FakeWebServices(rig=rig), config=config or ServerConfig())
    try:
        with serving(web.app) as address:
            with openai.OpenAI(api_key="any", base_url=f"http://{address}/v1", max_retries=0) as client:
                yield Served(web, address, client)
            web.closing.begin()
    finally:
        web.close()
