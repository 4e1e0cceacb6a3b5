"""Runs an application under gunicorn: one process that serves, and a parent that restarts it if it dies."""

import logging
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NoReturn

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import AppImportError

from realtime_mlx_stt.adapters.web.serving.connection_worker import ConnectionWorker
from realtime_mlx_stt.adapters.web.serving.request_log import RequestLog
from realtime_mlx_stt.adapters.web.serving.served_application import OpenApplication, ServedApplication
from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["GunicornServer", "ServerWorks"]

_END_SECONDS: Final = 5
"""How long the parent waits for the process that serves to end before it kills it."""

_UNRESPONSIVE_SECONDS: Final = 120
"""A serving process whose main thread shows no life for this long is killed and started again."""

_KEEP_SECONDS: Final = 30
_ACCESS_FORMAT: Final = '%(t)s %(h)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'
"""The format of the access log, without the query, which may hold a token."""

_SAID_ITSELF: Final = f"exited with code {Arbiter.APP_LOAD_ERROR}."


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerWorks:
    """How the server works: where it listens, what it opens, and whom it tells that it is there.

    ``most_threads``: how many requests may be under way at the same time. ``most_connections``: how many clients
    may be connected; of more, those that are silent longest are closed. ``open_application`` is called in the
    process that serves, ``announce`` in its parent when clients can connect.
    """

    listening: socket.socket
    open_application: OpenApplication
    announce: Callable[[], None]
    most_threads: int
    most_connections: int
    logs_access: bool = False


class GunicornServer(BaseApplication):
    """The server; ``serve`` returns when it is over."""

    def __init__(self, works: ServerWorks) -> None:
        self._works = works
        super().__init__()

    def load_config(self) -> None:
        """Configure gunicorn; its own options and files have no effect."""
        works = self._works
        settings: dict[str, object] = {
            "bind": [f"fd://{works.listening.detach()}"],
            "workers": 1,
            "worker_class": ConnectionWorker,
            "threads": works.most_threads,
            "worker_connections": works.most_connections,
            "keepalive": _KEEP_SECONDS,
            "timeout": _UNRESPONSIVE_SECONDS,
            "graceful_timeout": _END_SECONDS,
            "loglevel": "error",
            "logger_class": RequestLog,
            "accesslog": "-" if works.logs_access else None,
            "access_log_format": _ACCESS_FORMAT,
            "control_socket_disable": True,
            "forwarder_headers": "",  # no client says by a header which path it asks for
            "proc_name": "stt serve",
            "when_ready": lambda _arbiter: works.announce(),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> NoReturn:
        """Gunicorn's own way to load the application; the worker does not use it."""
        raise NotImplementedError

    def open_served(self) -> ServedApplication:
        """Open the application, in the process that serves.

        Raises:
            AppImportError: it cannot be opened; the parent gives up.
        """
        try:
            return self._works.open_application()
        except RealtimeSttError as error:
            raise AppImportError(f"Error [{error.code}]: {error}") from error

    def serve(self) -> int:
        """Serve until a signal ends it; the exit status. In the process that serves it never returns."""
        parent = os.getpid()
        logging.getLogger("gunicorn.error").addFilter(_is_news)
        status = 0
        try:
            _OneWorkerArbiter(self).run()
        except SystemExit as ending:
            status = ending.code if isinstance(ending.code, int) else 0
        if os.getpid() != parent:
            _leave(status)
        return 1 if status else 0


class _OneWorkerArbiter(Arbiter):
    """The parent. No signal starts a second process that serves, because that would open the same database."""

    def handle_hup(self) -> NoReturn:
        """End: the terminal was closed."""
        raise StopIteration

    def handle_ttin(self) -> None:
        """Do nothing: there is only one process."""

    handle_ttou = handle_usr2 = handle_usr1 = handle_ttin


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line of gunicorn's says more than that it ends, or than the serving process has said itself."""
    text = record.getMessage()
    return not text.startswith(("Shutting down", "Reason: ")) and not text.endswith(_SAID_ITSELF)


def _leave(status: int) -> NoReturn:
    """End the serving process without Python's own shutdown: a thread may still be inside a model's call."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(status)
