"""How the server is reached, and how much it lets a client do."""

from dataclasses import dataclass, field

__all__ = ["ServerConfig", "ServerLimits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What a client may ask for at most; beyond it there is a coded answer, never a crash.

    ``body_bytes``: of a request's body. ``message_bytes``: of one WebSocket message. ``sockets``: WebSocket
    connections and event streams at the same time. ``sessions``: running at the same time. ``requests_a_minute``:
    from one address. ``idle_seconds``: after so long without a sign of life a WebSocket is closed.
    ``abandoned_seconds``: so long a session waits for a client that sent its audio to come back.
    """

    body_bytes: int = 100_000_000
    message_bytes: int = 1_000_000
    sockets: int = 400
    sessions: int = 16
    requests_a_minute: int = 1200
    idle_seconds: float = 60.0
    abandoned_seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """The address, who may come, and the limits. ``auth_token`` None asks for none."""

    host: str = "127.0.0.1"
    port: int = 8000
    auth_token: str | None = None
    cors_origins: tuple[str, ...] = ()
    default_profile: str = "vad-triggered"
    limits: ServerLimits = field(default_factory=ServerLimits)
