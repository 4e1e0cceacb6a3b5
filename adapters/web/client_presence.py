"""Finds out whether the client of a request is still there while its answer is being made."""

import select
import socket
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["is_client_gone"]

_SOCKETS: Final = ("gunicorn.socket", "werkzeug.socket")


def is_client_gone(environ: Mapping[str, Any]) -> bool:
    """Whether the client closed its connection; never waits. False where the web server does not tell."""
    client = next((environ[name] for name in _SOCKETS if name in environ), None)
    if not isinstance(client, socket.socket):
        return False
    try:
        waiting = select.poll()
        waiting.register(client, select.POLLIN)
        return bool(waiting.poll(0)) and not client.recv(1, socket.MSG_PEEK)
    except (OSError, ValueError):  # closed by either side; -1 is no descriptor
        return True
