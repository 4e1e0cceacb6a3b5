"""Holds the settings of a realtime session, which its client may change and is told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from msgspec import UNSET, UnsetType

from realtime_mlx_stt.adapters.web.client_settings import client_configuration
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.openai.errors import InvalidParameterError
from realtime_mlx_stt.adapters.web.openai.model_names import OPENAI_NAMES, model_sections
from realtime_mlx_stt.adapters.web.openai.realtime_messages import InputTranscription, ServerVad, SessionBody
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain.settings import LONGEST_TIMEOUT_SECONDS
from realtime_mlx_stt.ports.audio_source import AudioEncoding, PushRequest

__all__ = ["SAMPLE_RATE_HZ", "RealtimeSettings"]

SAMPLE_RATE_HZ: Final = 24_000
"""The one rate of this API."""

_Value = TypeVar("_Value")

_SOURCE: Final = PushRequest(
    encoding=AudioEncoding.PCM_S16LE,
    sample_rate_hz=SAMPLE_RATE_HZ,
    description="realtime client",
    # A client may be silent for as long as it likes: its connection shows whether it is still there.
    patience_seconds=LONGEST_TIMEOUT_SECONDS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealtimeSettings:
    """What a client asks for. A setting that is None is that of the server's own profile.

    ``model``: a name that OpenAI's clients use, or the name of a model of this machine.
    ``detects_turns``: whether each utterance is an item; otherwise everything up to a commit is one item.
    """

    model: str = OPENAI_NAMES[0]
    language: str | None = None
    prompt: str | None = None
    detects_turns: bool = True
    threshold: float | None = None
    prefix_padding_ms: int | None = None
    silence_duration_ms: int | None = None

    def changed(self, body: SessionBody) -> "RealtimeSettings":
        """The settings after an update, which need not be right as a whole yet.

        Raises:
            InvalidParameterError: it asks for something that cannot be had here.
        """
        _refuse_other_kinds(body)
        audio = body.audio.input if body.audio is not None else None
        transcription, turns = body.input_audio_transcription, body.turn_detection
        if audio is not None:
            transcription = audio.transcription if transcription is UNSET else transcription
            turns = audio.turn_detection if turns is UNSET else turns
        return self._with_transcription(transcription)._with_turns(turns)

    def config(self, context: WebContext) -> PipelineConfig:
        """The server's profile with what the client asks for merged into it, and without a wake word.

        Raises:
            UnknownModelError: there is no such model.
            InvalidSettingError: a number is out of its range.
        """
        transcription = dict(model_sections(context, self.model))
        if self.language is not None:
            transcription["language"] = self.language
        if self.prompt is not None:
            transcription["prompt"] = self.prompt
        voice_activity: dict[str, Any] = {}
        if self.threshold is not None:
            voice_activity["parameters"] = {"silero_threshold": self.threshold}
        if self.prefix_padding_ms is not None:
            voice_activity["pre_roll_duration"] = self.prefix_padding_ms / 1000
        if self.silence_duration_ms is not None:
            voice_activity["min_silence_duration"] = self.silence_duration_ms / 1000
        sections = {"transcription": transcription, "vad": voice_activity, "wake_word": {"enabled": False}}
        return replace(client_configuration(context, None, sections), source=_SOURCE)

    def document(self, session_id: str, config: PipelineConfig, *, is_beta: bool) -> Mapping[str, Any]:
        """The session with what is in effect, as the API of that generation writes it."""
        wanted = config.settings.transcription
        transcription = {"model": self.model, "language": wanted.language, "prompt": wanted.prompt}
        turns = self._turns_document(config) if self.detects_turns else None
        head = {"id": session_id, "object": "realtime.transcription_session", "include": None}
        if is_beta:
            flat = {"input_audio_format": "pcm16", "input_audio_noise_reduction": None, "turn_detection": turns}
            return {**head, **flat, "input_audio_transcription": transcription}
        sound = {"format": {"type": "audio/pcm", "rate": SAMPLE_RATE_HZ}, "noise_reduction": None}
        heard = {**sound, "transcription": transcription, "turn_detection": turns}
        return {**head, "type": "transcription", "audio": {"input": heard}}

    def _with_transcription(self, asked: InputTranscription | UnsetType | None) -> "RealtimeSettings":
        if asked is UNSET:
            return self
        if asked is None:
            return replace(self, model=RealtimeSettings().model, language=None, prompt=None)
        model = self.model if asked.model is UNSET else asked.model or RealtimeSettings().model
        language, prompt = _or(asked.language, self.language) or None, _or(asked.prompt, self.prompt)
        return replace(self, model=model, language=language, prompt=prompt)

    def _with_turns(self, asked: ServerVad | UnsetType | None) -> "RealtimeSettings":
        if asked is UNSET:
            return self
        if asked is None:
            return replace(self, detects_turns=False)
        if asked.type != "server_vad":
            raise InvalidParameterError(
                f"Turns are detected by server_vad or not at all, not by {asked.type}.", "session.turn_detection"
            )
        return replace(
            self,
            detects_turns=True,
            threshold=_or(asked.threshold, self.threshold),
            prefix_padding_ms=_or(asked.prefix_padding_ms, self.prefix_padding_ms),
            silence_duration_ms=_or(asked.silence_duration_ms, self.silence_duration_ms),
        )

    def _turns_document(self, config: PipelineConfig) -> Mapping[str, Any]:
        endpointing = config.settings.endpointing
        return {
            "type": "server_vad",
            "threshold": config.settings.voice_activity.onset_threshold,
            "prefix_padding_ms": round(endpointing.pre_roll_seconds * 1000),
            "silence_duration_ms": round(endpointing.minimum_silence_seconds * 1000),
        }


def _or(asked: _Value | UnsetType, before: _Value) -> _Value:
    return before if isinstance(asked, UnsetType) else asked


def _refuse_other_kinds(body: SessionBody) -> None:
    """Raise for kinds of sessions that are not offered here."""
    if body.type != "transcription":
        raise InvalidParameterError("A session here is of the type transcription.", "session.type")
    if body.include:
        raise InvalidParameterError("Of a transcription nothing is told but its text.", "session.include")
    form = body.audio.input.format if body.audio is not None and body.audio.input is not None else None
    asked = body.input_audio_format or "pcm16"
    if form is not None and (form.type, form.rate) != ("audio/pcm", SAMPLE_RATE_HZ):
        asked = f"{form.type} at {form.rate} Hz"
    if asked != "pcm16":
        raise InvalidParameterError(
            f"Sound is taken as mono PCM of 16 bits at 24000 Hz, not as {asked}; convert it.",
            "session.input_audio_format" if form is None else "session.audio.input.format",
        )
