"""Keeps what clients of 0.1 configured before they start something, and applies it to what they then start."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import Any, Final

from realtime_mlx_stt.adapters.web.client_settings import client_configuration, refuse_file_names
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.application.profiles.profiles import deep_merge, overridden
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.ports.audio_source import AudioEncoding, PushRequest

__all__ = ["PUSHED_AUDIO", "Sections", "StandingWishes", "given_sections"]

Sections = Mapping[str, Any]
"""Sections of a profile, as clients write them."""

PUSHED_AUDIO: Final = PushRequest(
    encoding=AudioEncoding.PCM_F32LE, description="a client of version 0.1", patience_seconds=600.0
)
"""The format of what `/transcription/audio` is sent: little-endian float32 at 16 kHz; a session waits for it as in
0.1.
"""


_SHOWN_OUTSIDE: Final = frozenset(
    (
        "frame_duration_ms",
        "silence_confirmation_frames",
        "silero_threshold",
        "speech_confirmation_frames",
        "webrtc_aggressiveness",
    )
)


class StandingWishes:
    """What `/transcription/configure` and `/system/config` asked for. Thread-safe: each wish is replaced whole."""

    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._changing = threading.Lock()
        self._transcription: Sections = {}
        self._of_next_start: Sections = {}

    @property
    def transcription(self) -> Sections:
        """The engine, model and language that were configured; empty if none were."""
        return self._transcription

    def configure_transcription(self, transcription: Sections) -> None:
        """Let this be what writes wherever nobody names an engine or a model.

        If anything runs, which shall be changed to it, the model is loaded.

        Raises:
            RealtimeSttError: it cannot be; what was configured before counts.
        """
        config = self._of_push(transcription)
        self._check(config)
        orchestrator = self._context.services.orchestrator
        if orchestrator.running_sessions():
            orchestrator.load_model(config.settings).result()
        self._transcription = transcription

    def change_next_start(self, change: Sections) -> None:
        """Let the next start of the system have this, unless it says something else itself.

        Raises:
            RealtimeSttError: it cannot be; the next start is what it was.
        """
        with self._changing:
            wished = overridden(self._of_next_start, given_sections(self._context, change))
            config = client_configuration(self._context, None, wished)
            # A missing microphone matters at a start; here only if one was chosen.
            self._check(config if "audio" in wished else replace(config, source=PUSHED_AUDIO))
            self._of_next_start = wished

    def of_start(self, profile: str, custom: Sections) -> PipelineConfig:
        """The configuration of a start of the system.

        Raises:
            ProfileNotFoundError: there is no such profile.
            RealtimeSttError: the outcome is not valid as a whole, or cannot be had.
        """
        wished = overridden(self._of_next_start, given_sections(self._context, custom))
        named = self._context.services.orchestrator.profiles.load(profile)
        if self._transcription and not _names_engine(overridden(named, wished)):
            wished = deep_merge({"transcription": self._transcription}, wished)
        config = client_configuration(self._context, profile, wished)
        self._check(config)
        return config

    def forget_next_start(self) -> None:
        """The next start was made."""
        self._of_next_start = {}

    def of_push(self) -> PipelineConfig:
        """The configuration of a session that is sent its audio, which needs no wake word.

        Raises:
            RealtimeSttError: the outcome is not valid.
        """
        return self._of_push(self._transcription)

    def _of_push(self, transcription: Sections) -> PipelineConfig:
        overrides = {"transcription": transcription, "wake_word": {"enabled": False}}
        return replace(client_configuration(self._context, None, overrides), source=PUSHED_AUDIO)

    def _check(self, config: PipelineConfig) -> None:
        self._context.services.orchestrator.check_pipeline(config)


def given_sections(context: WebContext, sections: Sections) -> Sections:
    """The sections that are not null, since null means left out to clients of 0.1.

    Fields that the documents of 0.1 showed in ``vad`` itself, but belong to its ``parameters``, are moved there.

    Raises:
        RealtimeSttError: a client named a file.
    """
    refuse_file_names(context, sections)
    given = {name: section for name, section in sections.items() if section is not None}
    vad = given.get("vad")
    if isinstance(vad, Mapping):
        shown = {name: {"parameters": {name: vad[name]}} for name in vad if name in _SHOWN_OUTSIDE}
        kept = {name: value for name, value in vad.items() if name not in shown}
        given["vad"] = reduce(deep_merge, shown.values(), kept)
    return given


def _names_engine(profile: Sections) -> bool:
    transcription = profile.get("transcription")
    return isinstance(transcription, Mapping) and bool(transcription.get("engine") or transcription.get("model"))
