"""Checks every part of the installation, for ``stt doctor``."""

import importlib.util
import platform
import shlex
import sys
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.adapters.openai_transcription.account import (
    BASE_URL_VARIABLE,
    KEY_VARIABLE,
    OpenAiAccount,
)
from realtime_mlx_stt.adapters.speech_to_text.engines import default_model
from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import load_fast_blas
from realtime_mlx_stt.adapters.wake_word.open_wake_word import BackendChoice
from realtime_mlx_stt.adapters.wake_word.package_models import PACKAGE as OPEN_WAKE_WORD
from realtime_mlx_stt.application.diagnosis import Check, Finding, Verdict
from realtime_mlx_stt.composition.container import Container
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.ports.audio_devices import AudioDevices
from realtime_mlx_stt.ports.model_repository import ModelRepository, ModelRepositoryError
from realtime_mlx_stt.ports.speech_to_text import ApiKeyMissingError
from realtime_mlx_stt.ports.voice_activity import WINDOW_SAMPLES, VoiceActivityDetection

__all__ = ["installation_checks"]

_IS_APPLE_SILICON: Final = (platform.system(), platform.machine()) == ("Darwin", "arm64")
_WAKE_WORDS: Final = ("ai-edge-litert", OPEN_WAKE_WORD) if _IS_APPLE_SILICON else (OPEN_WAKE_WORD,)

_MLX: Final = ("mlx", "mlx-metal" if platform.system() == "Darwin" else "mlx-cpu")
_SILERO: Final = ("silero-vad", "onnxruntime")

_SURE: Final = 0.5
"""The probability of speech that silence must stay below."""


def installation_checks(container: Container) -> Sequence[Check]:
    """One check for each part, the quickest first; a part is made only when it is checked."""
    settings = RuntimeSettings.of_this_machine({})
    database = settings.database or Path()
    return (
        Check(part="interpreter", look=_look_at_interpreter, remedy="install Python 3.11, 3.12 or 3.13"),
        Check(part="mlx", look=_look_at_mlx, remedy=_reinstall(*_MLX)),
        Check(part="blas", look=_look_at_blas, remedy=_reinstall("cmeel-openblas"), is_required=False),
        Check(part="model", look=lambda: _look_at_model(container.models()), remedy=_reinstall(*_MLX)),
        Check(
            part="voice activity",
            look=lambda: _look_at_voice_activity(container.voice_activity()),
            remedy=_reinstall(*_SILERO),
        ),
        Check(
            part="wake word",
            look=lambda: _look_at_wake_word(container.wake_words().choice()),
            remedy=_reinstall(*_WAKE_WORDS),
            is_required=False,
        ),
        Check(
            part="openai",
            look=lambda: _look_at_openai(container.openai_account()),
            remedy=f"set {KEY_VARIABLE} to a key and {BASE_URL_VARIABLE} to an address, or neither",
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


def _reinstall(*packages: str) -> str:
    """The command that reinstalls a part's own packages, into this environment and nothing else.

    It never names this product, as an index may have another product under its name. It never installs what the
    packages declare, as that would be PyTorch. Environments that uv made have no pip.
    """
    command = [sys.executable, "-m", "pip", "install", "--force-reinstall", "--no-deps"]
    if importlib.util.find_spec("pip") is None:
        own_uv = Path(sys.executable).with_name("uv")
        uv = str(own_uv) if own_uv.exists() else "uv"
        command = [uv, "pip", "install", "--python", sys.executable, "--reinstall", "--no-deps"]
    return shlex.join((*command, *packages))


def _good(text: str) -> Finding:
    return Finding(verdict=Verdict.GOOD, text=text)


def _look_at_interpreter() -> Finding:
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return _good(f"{python}, realtime-mlx-stt {version('realtime-mlx-stt')}, {Path(sys.prefix)}")


def _look_at_blas() -> Finding:
    sentence = load_fast_blas()
    if sentence.startswith("The reference BLAS"):
        text = f"{sentence} Texts take up to a third longer."
        return Finding(verdict=Verdict.WEAK, text=text, remedy=_reinstall("cmeel-openblas"))
    return _good(sentence)


def _look_at_mlx() -> Finding:
    load_fast_blas()
    import mlx.core as mx  # noqa: PLC0415 - the fast BLAS must be loaded before it

    return _good(f"MLX {version('mlx')} on {mx.default_device()}")


def _look_at_model(models: ModelRepository) -> Finding:
    """Check that the default model is whole; only MLX can tell which model that is."""
    name = default_model()
    try:
        description = models.verify(name)
    except ModelRepositoryError as error:
        return Finding(verdict=Verdict.BROKEN, text=str(error), remedy=f"stt models pull {name}")
    return _good(f"{name}, whole as published, from {description.origin}")


def _look_at_voice_activity(voice_activity: VoiceActivityDetection) -> Finding:
    probability = voice_activity.open().probability(np.zeros(WINDOW_SAMPLES, dtype=np.float32))
    if probability >= _SURE:
        text = f"Silero takes silence for speech with a probability of {probability:.2f}"
        return Finding(verdict=Verdict.BROKEN, text=text, remedy=_reinstall(*_SILERO))
    return _good(f"Silero {version('silero-vad')}, speech in silence: {probability:.3f}")


def _look_at_wake_word(choice: BackendChoice) -> Finding:
    """Which backend hears, and why; if none does, choosing one has failed already."""
    package = f"openWakeWord {version('openwakeword')} on {choice.backend}"
    reasons = f" ({' '.join(choice.refusals)})" if choice.refusals else ""
    return _good(f"{package}{reasons}, its own clip of 'alexa' scores {choice.score:.2f}")


def _look_at_openai(account: OpenAiAccount) -> Finding:
    """Check, without calling it, that the network's engine could be used; it need not be installed."""
    if importlib.util.find_spec("openai") is None:
        return _good("OpenAI's client is not installed; only the engine openai would need it")
    client = f"OpenAI's client {version('openai')}"
    try:
        host = account.access().host
    except ApiKeyMissingError:
        return _good(f"{client}, no key; only the engine openai would need one")
    return _good(f"{client}, a key for {host}")


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
