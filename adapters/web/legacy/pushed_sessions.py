"""Runs sessions that clients of 0.1 send audio to, under names that the clients may choose."""

import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.web.client_settings import change_settings
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.legacy.features import settings_of
from realtime_mlx_stt.adapters.web.legacy.wishes import PUSHED_AUDIO, Sections, StandingWishes
from realtime_mlx_stt.adapters.web.problems import BadRequestError, RefusedRequestError
from realtime_mlx_stt.adapters.web.session_starts import start_session
from realtime_mlx_stt.application.orchestrator import STOP_SECONDS, SystemOrchestrator
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.application.session.runner import SessionNotRunningError, SessionUnresponsiveError
from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import AudioFormatError, AudioSamples, EncodedSoundRequest
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["AudioBehindError", "PushedSessions", "is_sound_file"]

_PATIENCE_SECONDS: Final = 30.0
"""How long a request waits for a session that is behind with the audio it was sent before."""

_LOOK_SECONDS: Final = 0.05
_MORE_SILENCE_SECONDS: Final = 0.5
"""Silence beyond what ends an utterance, so that the utterance certainly ends."""

_LONGEST_NAME: Final = 200
"""The longest name; longer ones would make every frame long."""

_BEGINNINGS_OF_FILES: Final = (b"RIFF", b"fLaC", b"OggS", b"ID3", b"\x1aE\xdf\xa3")
"""The first bytes of sound files: WAV, FLAC, Ogg, MP3, and WebM; MP4's family names itself a little later."""

_UNNAMED: Final = ""
"""Audio without a name belongs together, under this one, until it is said to be final."""


class AudioBehindError(RefusedRequestError):
    """A session hears more slowly than it is sent audio, and took none of this for too long."""

    code = "audio-behind"
    http_status = 503


@dataclass(frozen=True, slots=True)
class _Open:
    """A session that takes audio. ``is_kept``: it was started by name, so that ``is_final`` does not end it."""

    session_id: SessionId
    is_kept: bool


class PushedSessions:
    """The sessions by the names that clients know them by. Thread-safe."""

    def __init__(self, context: WebContext, wishes: StandingWishes) -> None:
        self._context = context
        self._wishes = wishes
        self._lock = threading.Lock()
        self._open: dict[str, _Open] = {}
        self._names: dict[SessionId, str] = {}

    def name_of(self, session_id: SessionId) -> str:
        """What clients call the session; its own name unless one of them gave it another. Never waits."""
        return self._names.get(session_id, session_id)

    def start(self, name: str | None) -> str:
        """Start a session that is sent its audio, unless one of that name is running; returns its name.

        Raises:
            RealtimeSttError: it cannot be started.
        """
        chosen = name or str(uuid.uuid4())
        self._running(chosen, is_kept=True)
        return chosen

    def hear(self, name: str | None, payload: bytes, *, is_final: bool) -> str:
        """Send a session little-endian float32 samples at 16 kHz; returns the session's name.

        If no session of that name is running, one is started, and ``is_final`` ends it behind these samples. In
        a session that ``start`` began, ``is_final`` ends only the utterance. A whole sound file, which the
        documents of 0.1 allowed as well, becomes a session of its own.

        Raises:
            AudioFormatError: this is not a whole number of samples, or a file that is none.
            AudioBehindError: it hears too slowly.
            RealtimeSttError: there is no session, and none can be started.
        """
        if is_sound_file(payload):
            return self._hear_file(name, payload)
        samples = _samples(payload)
        pushed = self._running(name or _UNNAMED, is_kept=False)
        self._push(pushed.session_id, samples.tobytes())
        if is_final:
            self._end_utterance(name or _UNNAMED, pushed)
        return self.name_of(pushed.session_id)

    def stop(self, name: str) -> None:
        """End the session when all that it was sent is heard and written; idempotent.

        Raises:
            SessionUnresponsiveError: it does not end.
        """
        with self._lock:
            pushed = self._open.pop(name, None)
        session_id = SessionId(name) if pushed is None else pushed.session_id
        if pushed is not None:
            self._end_audio(session_id)
            self._orchestrator.wait(session_id, STOP_SECONDS)
        if not self._orchestrator.stop_pipeline(session_id):
            raise SessionUnresponsiveError("The session does not end; ask again in a moment.")

    def change_all(self, change: Sections) -> None:
        """Merge these sections into the settings of every session that is sent audio.

        Raises:
            RealtimeSttError: they cannot be.
        """
        with self._lock:
            sessions = [pushed.session_id for pushed in self._open.values()]
        for session_id in sessions:
            with suppress(SessionNotRunningError):
                change_settings(self._context, session_id, change)

    @property
    def _orchestrator(self) -> SystemOrchestrator:
        return self._context.services.orchestrator

    def _running(self, name: str, *, is_kept: bool) -> _Open:
        """The session of that name, started if there is none."""
        with self._lock:
            pushed = self._open.get(name)
            if pushed is not None and pushed.session_id in self._orchestrator.running_sessions():
                return pushed
            self._open[name] = _Open(self._started(name, self._wishes.of_push()), is_kept)
            return self._open[name]

    def _hear_file(self, name: str | None, content: bytes) -> str:
        """Start the session that hears the file to its end."""
        source = EncodedSoundRequest(content=content, description=PUSHED_AUDIO.description)
        with self._lock:
            pushed = self._open.get(name or _UNNAMED)
            if pushed is not None and pushed.session_id in self._orchestrator.running_sessions():
                raise AudioFormatError(
                    "A sound file is a session of its own; this session is sent float32 samples."
                )
            session_id = self._started(name or _UNNAMED, replace(self._wishes.of_push(), source=source))
        return self.name_of(session_id)

    def _started(self, name: str, config: PipelineConfig) -> SessionId:
        """A new session, known by that name; those that are over are forgotten meanwhile."""
        running = self._orchestrator.running_sessions()
        if name in running:
            raise BadRequestError(f"Another client runs the session '{name}'; give yours another name.")
        if len(name) > _LONGEST_NAME:
            raise BadRequestError(f"The name of a session has at most {_LONGEST_NAME} characters.")
        names = self._names = {known: self._names[known] for known in running if known in self._names}
        self._open = {known: each for known, each in self._open.items() if each.session_id in running}

        def give_name(stored: StoredEvent) -> None:
            """Called for the session's first event, of which clients get no frame, and so before any frame."""
            names.setdefault(stored.session_id, name)

        return start_session(self._context, config, give_name if name else None)

    def _push(self, session_id: SessionId, payload: bytes) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self._orchestrator.push_audio(session_id, payload).is_full:
            if time.monotonic() > deadline or self._context.closing.is_begun:
                raise AudioBehindError("The session is far behind with what it was sent; send this again later.")
            time.sleep(_LOOK_SECONDS)

    def _end_utterance(self, name: str, pushed: _Open) -> None:
        if not pushed.is_kept:
            with self._lock:
                self._open.pop(name, None)
            self._end_audio(pushed.session_id)
            return
        settings = settings_of(self._orchestrator, pushed.session_id)
        if settings is not None:
            seconds = settings.endpointing.minimum_silence_seconds + _MORE_SILENCE_SECONDS
            self._push(pushed.session_id, bytes(4 * seconds_to_samples(seconds)))

    def _end_audio(self, session_id: SessionId) -> None:
        with suppress(SessionNotRunningError):
            self._orchestrator.end_audio(session_id)


def is_sound_file(payload: bytes) -> bool:
    """Whether these are the first bytes of a sound file; as samples they would be no sound."""
    return payload.startswith(_BEGINNINGS_OF_FILES) or payload[4:8] == b"ftyp"


def _samples(payload: bytes) -> AudioSamples:
    """The samples; if any is louder than full scale, all are made softer together, as in 0.1."""
    if len(payload) % 4:
        raise AudioFormatError("The audio must be float32 samples, little-endian: this is no whole number of them.")
    samples = np.frombuffer(payload, dtype="<f4")
    peak = float(np.max(np.abs(samples), initial=0.0, where=np.isfinite(samples)))
    return (samples / peak if peak > 1.0 else samples).astype("<f4")
