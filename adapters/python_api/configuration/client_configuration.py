"""What a whole client is configured with: the defaults of ``STTClient``, and a ``Transcriber`` in one piece."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig, VADConfig, WakeWordConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import TranscriptionEngine, member
from realtime_mlx_stt.adapters.python_api.configuration.setting_checks import (
    is_number,
    require,
    require_callbacks,
    require_device,
    require_flag,
    require_kind,
    require_part,
    require_secret,
)
from realtime_mlx_stt.adapters.python_api.configuration.usual_models import LOCAL_MODEL
from realtime_mlx_stt.adapters.python_api.results import ErrorCallback, TranscriptionCallback

__all__ = ["STTConfig", "TranscriberConfig"]


@dataclass
class TranscriberConfig:
    """Everything that a ``Transcriber`` can be given.

    ``model``: which model writes.
    ``vad``: when sound is speech.
    ``wake_word``: which words wake it; None listens all the time.
    ``on_transcription``: called with each final text.
    ``on_error``: called with each problem.
    ``on_wake_word``: called with the word that was heard and how surely, from 0 to 1.
    ``device_index``: the microphone, by index or a part of its name; None follows the system's default.
    ``verbose``: whether to log what happens.

    Raises:
        InvalidSettingError: a ``ValueError``; a value is of the wrong type.
    """

    model: ModelConfig = field(default_factory=ModelConfig)
    vad: VADConfig = field(default_factory=VADConfig)
    wake_word: WakeWordConfig | None = None
    on_transcription: TranscriptionCallback | None = None
    on_error: ErrorCallback | None = None
    on_wake_word: Callable[[str, float], None] | None = None
    device_index: int | None = None
    verbose: bool = False

    def __post_init__(self) -> None:
        require_part("Model", self.model, ModelConfig)
        require_part("VAD", self.vad, VADConfig)
        require_kind("Wake word", self.wake_word, WakeWordConfig)
        require_callbacks({name: value for name, value in vars(self).items() if name.startswith("on_")})
        require_device("Device", self.device_index)
        require_flag("Verbose", self.verbose)

    def to_dict(self) -> dict[str, Any]:
        """The sections of a profile; that of the wake word is there only with wake words."""
        sections = {"transcription": self.model.to_dict(), "vad": self.vad.to_dict()}
        if self.wake_word is not None:
            sections["wake_word"] = self.wake_word.to_dict()
        return sections


@dataclass
class STTConfig:
    """What an ``STTClient`` takes where a call says nothing else; ``client.config`` may be changed at any time.

    ``openai_api_key``: for the engine ``openai``.
    ``porcupine_api_key``: accepted and unused; wake words need no key.
    ``default_engine``: who runs the model.
    ``default_model``: its name.
    ``default_language``: the language that is spoken; None has it detected.
    ``default_device``: the microphone, by index or a part of its name; None follows the system's default.
    ``vad_sensitivity``: from 0 to 1; more hears softer and shorter speech.
    ``vad_min_silence_duration``: so many seconds of silence end an utterance.
    ``vad_min_speech_duration``: less speech than these seconds is not transcribed.
    ``wake_word_sensitivity``: from 0 to 1; more is woken more easily.
    ``wake_word_timeout``: how many seconds a wake word then waits for speech.
    ``auto_stop_after_silence``: whether a call ends by itself once nobody speaks any more.
    ``silence_timeout``: after how many seconds of silence it does.
    ``auto_start``: without effect.
    ``verbose``: whether to log what happens.
    ``fast_start``: whether to load the model at once, in the background.

    Raises:
        InvalidSettingError: a ``ValueError``; a value is of the wrong type or out of its range.
    """

    openai_api_key: str | None = field(default=None, repr=False)
    porcupine_api_key: str | None = field(default=None, repr=False)
    default_engine: str = "mlx_whisper"
    default_model: str = LOCAL_MODEL
    default_language: str | None = None
    default_device: int | str | None = None
    vad_sensitivity: float = 0.5
    vad_min_silence_duration: float = 2.0
    vad_min_speech_duration: float = 0.25
    wake_word_sensitivity: float = 0.7
    wake_word_timeout: int = 30
    auto_stop_after_silence: bool = False
    silence_timeout: float = 2.0
    auto_start: bool = True
    verbose: bool = False
    fast_start: bool = False

    def __post_init__(self) -> None:
        for name in ("openai_api_key", "porcupine_api_key"):
            require_secret(name, getattr(self, name))
        self._refuse_what_no_session_takes()
        require_device("Device", self.default_device)
        for name in ("auto_stop_after_silence", "auto_start", "verbose", "fast_start"):
            require_flag(name, getattr(self, name))
        require(
            is_number(self.silence_timeout) and self.silence_timeout >= 0,
            f"Silence timeout must not be negative, got {self.silence_timeout}",
        )

    def _refuse_what_no_session_takes(self) -> None:
        """Refuse values that no session takes, by making the parts once."""
        engine = member(TranscriptionEngine, self.default_engine, "engine")
        self.default_engine = engine.value
        ModelConfig(engine=engine, model=self.default_model, language=self.default_language)
        VADConfig(
            sensitivity=self.vad_sensitivity,
            min_silence_duration=self.vad_min_silence_duration,
            min_speech_duration=self.vad_min_speech_duration,
        )
        WakeWordConfig(words=[], sensitivity=self.wake_word_sensitivity, timeout=self.wake_word_timeout)
