"""Logs requests, without what a terminal would obey or what looks like another line of the log."""

from typing import Any
from urllib.parse import quote

from gunicorn.glogging import Logger

__all__ = ["RequestLog"]


class RequestLog(Logger):
    """Writes each path with its odd characters percent-encoded; gunicorn itself logs what they stand for."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> Any:
        """What a line of the log is made of."""
        atoms = super().atoms(resp, req, environ, request_time)
        atoms["U"] = quote(environ.get("PATH_INFO", ""), encoding="latin-1")  # as WSGI keeps the bytes of a path
        return atoms
