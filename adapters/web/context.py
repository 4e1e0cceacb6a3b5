"""Holds what every part of the web application is given: services, configuration, and the server's end."""

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from realtime_mlx_stt.adapters.web.closing import ServerClosing
from realtime_mlx_stt.adapters.web.open_streams import OpenStreams
from realtime_mlx_stt.adapters.web.server_config import ServerConfig
from realtime_mlx_stt.adapters.web.services import WebServices
from realtime_mlx_stt.adapters.web.session_locks import SessionLocks
from realtime_mlx_stt.adapters.web.stream_traffic import StreamTraffic

__all__ = ["WebContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """The surroundings of one web application.

    ``starting`` is held while a session is being started; ``open_streams`` counts sockets, event streams and
    requests that wait, and ``traffic`` measures what is sent; ``changing`` is held for a session while its settings
    are changed.
    """

    services: WebServices
    config: ServerConfig = field(default_factory=ServerConfig)
    closing: ServerClosing = field(default_factory=ServerClosing)
    starting: threading.Lock = field(default_factory=threading.Lock)
    open_streams: OpenStreams = field(default_factory=OpenStreams)
    changing: SessionLocks = field(default_factory=SessionLocks)
    traffic: StreamTraffic = field(default_factory=StreamTraffic)

    def waiting(self) -> AbstractContextManager[None]:
        """Count a request among the streams for as long as it waits; it keeps a thread of the server, as they do.

        Raises:
            TooManyStreamsError: as many as the limits allow are open.
        """
        return self.open_streams.entered(self.config.limits.sockets)
