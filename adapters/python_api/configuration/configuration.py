"""What a program configures a session with; each part refuses what it cannot be when it is made."""

from dataclasses import dataclass, field
from typing import Any, Final

from realtime_mlx_stt.adapters.python_api.configuration.enumerations import (
    TranscriptionEngine,
    VADDetectorType,
    WakeWordDetector,
    member,
)
from realtime_mlx_stt.adapters.python_api.configuration.setting_checks import (
    is_number,
    is_whole_number,
    require,
    require_count,
    require_duration,
    require_flag,
    require_fraction,
    require_language,
    require_optional_text,
    require_secret,
    require_text,
    require_words,
)
from realtime_mlx_stt.adapters.python_api.configuration.unused_keys import warn_of_unused_key
from realtime_mlx_stt.adapters.python_api.configuration.usual_models import LOCAL_MODEL, usual_model
from realtime_mlx_stt.adapters.python_api.configuration.wake_word_choice import refuse_unserved_words
from realtime_mlx_stt.domain.settings import LONGEST_TIMEOUT_SECONDS, TranscriptionSettings
from realtime_mlx_stt.domain.wake_word_names import is_model_file

__all__ = ["DETECT_LANGUAGE", "ModelConfig", "VADConfig", "WakeWordConfig"]

DETECT_LANGUAGE: Final = "auto"
"""In place of a language: have it detected."""


class _Unchosen(str):
    """The name of the model where a program has named none."""

    __slots__ = ()


@dataclass
class ModelConfig:
    """Which model writes.

    ``engine``: who runs it, as a ``TranscriptionEngine`` or its text.
    ``model``: its name, or the path of a folder with one. Where it is left out, ``openai`` takes its own default.
    ``language``: the code or the English name of the language that is spoken; None, or ``auto``, has it detected.
    ``prompt``: text that the model takes for what was said before; it follows its style and spelling.
    ``glossary``: names and terms that may be said, as they are to be written; 500 bytes of UTF-8 in all at most.
    ``carry_context``: whether the model is shown the last texts of the session too.
    ``beam_size``: how many texts the model follows side by side, from 1, the fastest, to 10.
    ``smaller_model``: another model of the engine, which writes while this one does not keep up.

    Raises:
        InvalidSettingError: a ``ValueError``; the engine or the language is unknown, or something is no text or out
            of its range.
    """

    engine: TranscriptionEngine = TranscriptionEngine.MLX_WHISPER
    model: str = _Unchosen(LOCAL_MODEL)
    language: str | None = None
    prompt: str = field(default="", kw_only=True)
    glossary: list[str] = field(default_factory=list, kw_only=True)
    carry_context: bool = field(default=False, kw_only=True)
    beam_size: int = field(default=1, kw_only=True)
    smaller_model: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        self.engine = member(TranscriptionEngine, self.engine, "engine")
        require_text("Model", self.model)
        self.model = self._meant_model()
        require_optional_text("Language", self.language)
        self.language = None if self.language in ("", DETECT_LANGUAGE) else self.language
        require_language("Language", self.language)
        self._refuse_bad_context()

    def _refuse_bad_context(self) -> None:
        require(isinstance(self.prompt, str), f"Prompt must be a text, got {self.prompt!r}")
        require_words("Glossary", self.glossary)
        require_flag("Carry context", self.carry_context)
        require_count("Beam size", self.beam_size)
        require_optional_text("Smaller model", self.smaller_model)
        TranscriptionSettings(
            glossary=tuple(self.glossary), beam_size=self.beam_size, smaller_model=self.smaller_model
        )

    def to_dict(self) -> dict[str, Any]:
        """The section ``transcription`` of a profile; the newer settings are there where they are not as usual."""
        newer = {
            "prompt": self.prompt,
            "glossary": list(self.glossary),
            "carry_context": self.carry_context,
            "beam_size": self.beam_size,
            "smaller_model": self.smaller_model,
        }
        usual = {"prompt": "", "glossary": [], "carry_context": False, "beam_size": 1, "smaller_model": None}
        return {
            "engine": str(self.engine),
            "model": str(self._meant_model()),
            "language": self.language,
            **{name: value for name, value in newer.items() if value != usual[name]},
        }

    def _meant_model(self) -> str:
        """The model that was named, or else the usual one of the engine, which may be changed at any time."""
        return _Unchosen(usual_model(self.engine)) if isinstance(self.model, _Unchosen) else self.model


@dataclass
class VADConfig:
    """When sound is speech, and where an utterance ends.

    ``enabled``: without it, a wake word must say when to listen.
    ``detector_type``: accepted; Silero serves all of them.
    ``sensitivity``: from 0 to 1; more hears softer and shorter speech.
    ``min_speech_duration``: less speech than these seconds is not transcribed.
    ``min_silence_duration``: so many seconds of silence end an utterance.
    ``silero_threshold``: the probability from which sound is speech, instead of the ``sensitivity``.
    ``window_size``, ``webrtc_aggressiveness``, ``frame_duration_ms``, ``silence_confirmation_frames``: accepted and
    without effect; they steered detectors that are no longer used.

    Raises:
        InvalidSettingError: a ``ValueError``; a value is of the wrong type or out of its range.
    """

    enabled: bool = True
    detector_type: VADDetectorType = VADDetectorType.COMBINED
    sensitivity: float = 0.6
    min_speech_duration: float = 0.25
    min_silence_duration: float = 0.6
    window_size: int = 5
    webrtc_aggressiveness: int | None = None
    silero_threshold: float | None = None
    frame_duration_ms: int | None = None
    silence_confirmation_frames: int | None = None

    def __post_init__(self) -> None:
        require_flag("Enabled", self.enabled)
        self.detector_type = member(VADDetectorType, self.detector_type, "detector type")
        require_fraction("Sensitivity", self.sensitivity)
        require_duration("Minimum speech duration", self.min_speech_duration)
        require_duration("Minimum silence duration", self.min_silence_duration)
        require_count("Window size", self.window_size)
        self._refuse_bad_parameters()

    def _refuse_bad_parameters(self) -> None:
        aggressiveness, threshold = self.webrtc_aggressiveness, self.silero_threshold
        require(
            aggressiveness is None or (is_whole_number(aggressiveness) and 0 <= aggressiveness <= 3),
            f"WebRTC aggressiveness must be 0-3, got {aggressiveness}",
        )
        require(
            threshold is None or (is_number(threshold) and 0.1 <= threshold <= 0.9),
            f"Silero threshold must be 0.1-0.9, got {threshold}",
        )
        frame = self.frame_duration_ms
        require(
            frame is None or (is_whole_number(frame) and frame in {10, 20, 30}),
            f"Frame duration must be 10, 20, or 30ms, got {frame}",
        )
        if self.silence_confirmation_frames is not None:
            require_count("Silence confirmation frames", self.silence_confirmation_frames)

    def to_dict(self) -> dict[str, Any]:
        """The section ``vad`` of a profile; ``parameters`` are there when any of them is set."""
        section: dict[str, Any] = {
            "enabled": self.enabled,
            "detector_type": str(self.detector_type),
            "sensitivity": self.sensitivity,
            "min_speech_duration": self.min_speech_duration,
            "min_silence_duration": self.min_silence_duration,
            "window_size": self.window_size,
        }
        parameters = {
            "webrtc_aggressiveness": self.webrtc_aggressiveness,
            "silero_threshold": self.silero_threshold,
            "frame_duration_ms": self.frame_duration_ms,
            "silence_confirmation_frames": self.silence_confirmation_frames,
        }
        given = {name: value for name, value in parameters.items() if value is not None}
        return {**section, "parameters": given} if given else section


@dataclass
class WakeWordConfig:
    """Which words wake the session.

    ``enabled``: False is as good as no wake words.
    ``words``: names such as ``jarvis`` or ``hey jarvis``, or paths of openWakeWord models of one's own.
    ``sensitivity``: from 0 to 1; more is woken more easily.
    ``timeout``: how many seconds the session then waits for speech.
    ``detector``: accepted; openWakeWord serves it.
    ``access_key``: accepted and unused; no key is needed.
    ``single_utterance``: whether the word is used up by one utterance. If not, everything is heard that begins
    within the ``timeout``, and the word said again gives the whole time anew.

    Raises:
        InvalidSettingError: a ``ValueError``; a value is of the wrong type or out of its range, or no model hears a
            word.
    """

    enabled: bool = True
    words: list[str] = field(default_factory=lambda: ["jarvis"])
    sensitivity: float = 0.7
    timeout: int = 30
    detector: WakeWordDetector = WakeWordDetector.PORCUPINE
    access_key: str | None = field(default=None, repr=False)
    single_utterance: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        require_flag("Enabled", self.enabled)
        require_fraction("Sensitivity", self.sensitivity)
        self._refuse_bad_timeout()
        self.detector = member(WakeWordDetector, self.detector, "detector")
        require_secret("Access key", self.access_key)
        require_words("Words", self.words)
        require_flag("Single utterance", self.single_utterance)
        refuse_unserved_words(self.words)
        if self.access_key is not None:
            warn_of_unused_key(stacklevel=3)

    def _refuse_bad_timeout(self) -> None:
        require(
            is_number(self.timeout) and self.timeout >= 5, f"Timeout must be at least 5 seconds, got {self.timeout}"
        )
        longest = LONGEST_TIMEOUT_SECONDS
        require(self.timeout <= longest, f"Timeout must be at most {longest:g} seconds, got {self.timeout}")

    def to_dict(self) -> dict[str, Any]:
        """The section ``wake_word`` of a profile: names in lower case, and never the key.

        ``single_utterance`` is there where it is not what it usually is.
        """
        section: dict[str, Any] = {
            "enabled": self.enabled,
            "words": [word if is_model_file(word) else word.lower() for word in self.words],
            "sensitivity": self.sensitivity,
            "timeout": self.timeout,
            "detector": str(self.detector),
        }
        return section if self.single_utterance else {**section, "single_utterance": False}
