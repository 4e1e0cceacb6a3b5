"""Finds the session of a stream, or starts the one that the client asks for."""

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import Final

from realtime_mlx_stt.adapters.web.client_settings import client_configuration
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.known_sessions import require_session
from realtime_mlx_stt.adapters.web.session_starts import start_session
from realtime_mlx_stt.adapters.web.stream.messages import Open, PushedAudio
from realtime_mlx_stt.adapters.web.stream.stream_errors import BadMessageError
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import AudioDeviceNotFoundError, MicrophoneRequest, PushRequest

__all__ = ["StreamOpening"]

_DESCRIPTION: Final = "a client's audio"
_MOST_KEYS: Final = 1000


class StreamOpening:
    """Opens the streams of one application. Thread-safe.

    A client's keys are remembered, the newest thousand, as long as the process runs.
    """

    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._started: OrderedDict[str, SessionId] = OrderedDict()

    def find(self, session_id: SessionId, message: Open) -> SessionId:
        """The session, if it is there, running or over.

        Raises:
            SessionNotFoundError: there is none.
            BadMessageError: the message is for a session that is to be created.
            EventStoreError: the log cannot be read.
        """
        if message.names_new_session:
            raise BadMessageError("This session is there already; open it with 'after' and 'audio' alone.")
        return require_session(self._context.services, session_id)

    def start(self, message: Open) -> SessionId:
        """Start the session that the message asks for, or give the one that was started with its key.

        Raises:
            BadMessageError: it asks for two sources.
            RealtimeSttError: the session cannot be started.
        """
        if message.audio is not None and message.source is not None:
            raise BadMessageError("A session hears either the client's 'audio' or a 'source' of the server's.")
        if message.key is None:
            return self._start_new(message)
        with self._lock:
            if message.key not in self._started:
                self._started[message.key] = self._start_new(message)
                if len(self._started) > _MOST_KEYS:
                    self._started.popitem(last=False)
            return self._started[message.key]

    def _start_new(self, message: Open) -> SessionId:
        try:
            return start_session(self._context, self._configuration(message))
        except AudioDeviceNotFoundError as error:
            if message.source is not None:
                raise
            raise AudioDeviceNotFoundError(
                f"{error} A client that sends the sound itself says how it is written, by 'audio' in 'open'."
            ) from error

    def _configuration(self, message: Open) -> PipelineConfig:
        config = client_configuration(self._context, message.profile, message.settings)
        if message.record_audio is not None:
            config = replace(config, record_audio=message.record_audio)
        if message.source is not None:
            microphone = message.source
            source = MicrophoneRequest(device=microphone.device, follows_default=microphone.follow_default)
            config = replace(config, source=source)
        if message.audio is not None:
            config = replace(config, source=self._pushed(message.audio))
        return config

    def _pushed(self, audio: PushedAudio) -> PushRequest:
        return PushRequest(
            encoding=audio.encoding,
            sample_rate_hz=audio.sample_rate_hz,
            channels=audio.channels,
            description=_DESCRIPTION,
            patience_seconds=self._context.config.limits.abandoned_seconds,
        )
