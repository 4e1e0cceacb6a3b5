"""What every part of the web application is given: the services, the configuration, and the news of the end."""

import threading
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

    ``starting`` is held while a session is being started; ``open_streams`` counts sockets and event streams,
    and ``traffic`` measures what they send; ``changing`` is held for a session while its settings are changed.
    """

    services: WebServices
    config: ServerConfig = field(default_factory=ServerConfig)
    closing: ServerClosing = field(default_factory=ServerClosing)
    starting: threading.Lock = field(default_factory=threading.Lock)
    open_streams: OpenStreams = field(default_factory=OpenStreams)
    changing: SessionLocks = field(default_factory=SessionLocks)
    traffic: StreamTraffic = field(default_factory=StreamTraffic)
