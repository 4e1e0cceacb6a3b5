"""Has flask-sock open WebSockets without a thread of its own and without compression."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Flask, request
from wsproto.utilities import ProtocolError

from realtime_mlx_stt.adapters.web.guards.tokens import BEARER_PREFIXES
from realtime_mlx_stt.adapters.web.problems import BadRequestError, answer_as

__all__ = ["SOCK_SERVER_OPTIONS", "SUBPROTOCOLS", "prepare_handshakes"]

SUBPROTOCOLS: Final = ("stt.v1", "realtime")
"""The subprotocols that a client may ask for: that of this product's streams, and that of OpenAI's."""


class _NoThread:
    """Replaces simple-websocket's reading thread: the request's own thread reads."""

    def __init__(self, target: Callable[[], None]) -> None:
        self.name = ""

    def start(self) -> None:
        """Start nothing."""


class _KnownSubprotocols:
    """Answers whether an offered subprotocol may be chosen; the first such, in the client's order, is chosen.

    A browser closes a connection when it offered subprotocols and the server chose none. So a subprotocol that only
    carries a token is chosen too, when the client offers no other.
    """

    def __contains__(self, offered: str) -> bool:
        return offered in SUBPROTOCOLS or offered.startswith(BEARER_PREFIXES)

    def __bool__(self) -> bool:
        return True


SOCK_SERVER_OPTIONS: Final[Mapping[str, Any]] = {"thread_class": _NoThread, "subprotocols": _KnownSubprotocols()}
"""Flask's setting of the same name."""


def prepare_handshakes(app: Flask) -> None:
    """Have sockets opened by these options, and a broken handshake answered as a bad request."""
    app.config["SOCK_SERVER_OPTIONS"] = SOCK_SERVER_OPTIONS
    app.before_request(_prepare)
    answer_as(app, ProtocolError, lambda error: BadRequestError(f"This is no WebSocket handshake: {error}."))


def _prepare() -> None:
    """Refuse what the handshake could not read, and turn off the compression that the client offers.

    With compression a small message could inflate to a huge one of zeros, and each socket would cost 300 kB.
    """
    request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
    heads = (str(value) for name, value in request.environ.items() if name.startswith("HTTP_SEC_WEBSOCKET_"))
    if not all(head.isascii() for head in heads):
        raise BadRequestError("The heads of a WebSocket handshake are written in ASCII.")
