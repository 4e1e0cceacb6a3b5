"""Looks at every part of the installation, for ``stt doctor``."""

import platform
import sys
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.adapters.speech_to_text.engines import default_model
from realtime_mlx_stt.adapters.speech_to_text.fast_blas import load_fast_blas
from realtime_mlx_stt.application.diagnosis import Check, Finding, Verdict
from realtime_mlx_stt.composition.container import Container
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.ports.audio_devices import AudioDevices
from realtime_mlx_stt.ports.model_repository import ModelRepository
from realtime_mlx_stt.ports.voice_activity import WINDOW_SAMPLES, VoiceActivityDetection

__all__ = ["installation_checks"]

_REINSTALL: Final = "pip install --force-reinstall realtime-mlx-stt"
_SURE: Final = 0.5
"""Half: what a detector must reach for its own word, and stay below for silence."""


def installation_checks(container: Container) -> Sequence[Check]:
    """One check a part, the quickest first; each is made only when it is looked at."""
    settings = RuntimeSettings.of_this_machine({})
    database = settings.database or Path()
    return (
        Check(part="interpreter", look=_look_at_interpreter, remedy="install Python 3.11, 3.12 or 3.13"),
        Check(part="mlx", look=_look_at_mlx, remedy=_REINSTALL),
        Check(part="blas", look=_look_at_blas, remedy=_REINSTALL, is_required=False),
        Check(
            part="model",
            look=lambda: _look_at_model(container.models(), default_model()),
            remedy=f"stt models pull {default_model()}",
        ),
        Check(
            part="voice activity",
            look=lambda: _look_at_voice_activity(container.voice_activity()),
            remedy="pip install --force-reinstall --no-deps silero-vad",
        ),
        Check(
            part="wake word",
            look=lambda: _look_at_wake_word(container.wake_words().check()),
            remedy="pip install openwakeword==0.5.1",
            is_required=False,
        ),
        Check(
            part="microphone",
            look=lambda: _look_at_microphones(container.devices()),
            remedy="connect a microphone, or hear a file with `stt listen --input FILE`",
            is_required=False,
        ),
        Check(
            part="database",
            look=partial(_look_at_database, database),
            remedy="name another with `--database PATH`, or keep none with `--ephemeral`",
        ),
    )


def _good(text: str) -> Finding:
    return Finding(verdict=Verdict.GOOD, text=text)


def _look_at_interpreter() -> Finding:
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return _good(f"{python}, realtime-mlx-stt {version('realtime-mlx-stt')}, {Path(sys.prefix)}")


def _look_at_blas() -> Finding:
    sentence = load_fast_blas()
    if sentence.startswith("The reference BLAS"):
        remedy = "pip install cmeel-openblas (or `apt-get install libopenblas0`)"
        return Finding(
            verdict=Verdict.WEAK, text=f"{sentence} Texts take five to seven times longer.", remedy=remedy
        )
    return _good(sentence)


def _look_at_mlx() -> Finding:
    load_fast_blas()
    import mlx.core as mx  # noqa: PLC0415 - the fast BLAS must be loaded before it

    return _good(f"MLX {version('mlx')} on {mx.default_device()}")


def _look_at_model(models: ModelRepository, name: str) -> Finding:
    description = models.verify(name)
    return _good(f"{name}, whole as published, from {description.origin}")


def _look_at_voice_activity(voice_activity: VoiceActivityDetection) -> Finding:
    probability = voice_activity.open().probability(np.zeros(WINDOW_SAMPLES, dtype=np.float32))
    if probability >= _SURE:
        text = f"Silero takes silence for speech with a probability of {probability:.2f}"
        return Finding(verdict=Verdict.BROKEN, text=text, remedy="pip install --force-reinstall silero-vad")
    return _good(f"Silero {version('silero-vad')}, speech in silence: {probability:.3f}")


def _look_at_wake_word(score: float) -> Finding:
    text = f"openWakeWord {version('openwakeword')}, its own clip of 'alexa' scores {score:.2f}"
    if score < _SURE:
        remedy = "do without --wake-word; the embedding model gives wrong answers on this machine"
        return Finding(verdict=Verdict.WEAK, text=text, remedy=remedy)
    return _good(text)


def _look_at_microphones(devices: AudioDevices) -> Finding:
    inputs = devices.inputs()
    if not inputs:
        remedy = "connect one, or hear a file with `stt listen --input FILE`"
        return Finding(verdict=Verdict.WEAK, text="No microphone is connected", remedy=remedy)
    default = next((device.name for device in inputs if device.is_default), inputs[0].name)
    return _good(f"{len(inputs)} found; '{default}' is taken when none is named")


def _look_at_database(path: Path) -> Finding:
    if not path.exists():
        return _good(f"None yet; it will be kept in {path}")
    store = SqliteEventStore(path)
    try:
        return _good(f"{len(store.sessions())} sessions in {path}")
    finally:
        store.close()
