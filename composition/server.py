"""Assembles the server of this machine: its configuration, its container opened after the fork, and its end."""

import logging
import os
import resource
import secrets
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from realtime_mlx_stt.adapters.cli.server_wishes import ServerWishes
from realtime_mlx_stt.adapters.cli.terminal_text import log_to_stderr
from realtime_mlx_stt.adapters.web.server_config import ServerConfig
from realtime_mlx_stt.adapters.web.serving.gunicorn_server import GunicornServer, ServerWorks
from realtime_mlx_stt.adapters.web.serving.listening_socket import (
    address_for_others,
    address_of,
    is_loopback,
    listen,
)
from realtime_mlx_stt.adapters.web.serving.served_application import ServedApplication
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.domain.errors import InvalidSettingError

__all__ = ["run_server", "with_token"]

_SPARE_THREADS: Final = 64
"""Threads for requests that are answered at once, besides those for requests that last."""

_MOST_CONNECTIONS: Final = 2000
_FEWEST_CONNECTIONS: Final = 50
_MOST_OPEN_FILES: Final = 4 * _MOST_CONNECTIONS


def run_server(wishes: ServerWishes) -> int:
    """Serve until a signal ends it; returns the exit status.

    Raises:
        InvalidSettingError: the configuration cannot be.
        ServerAddressError: the server cannot listen where it was told to.
    """
    asked = ServerConfig.resolve(wishes.explicit, os.environ, wishes.config_file)
    config = with_token(asked)
    settings = _runtime_settings(wishes, config)
    listening = listen(config.host, config.port)
    config = replace(config, port=listening.getsockname()[1])
    address = address_of(listening, config.host)
    made_up = "" if config.auth_token == asked.auth_token else f"?token={config.auth_token}"
    others = address_for_others(listening)
    shown = [f"Serving at {address}{made_up} (Ctrl-C ends it)."]
    if others is not None:
        shown.append(f"Other machines reach it at {others}{made_up} or under the name of this one.")
    _log_to_stderr(is_debug=config.debug)
    works = ServerWorks(
        listening=listening,
        open_application=lambda: _open(config, settings),
        announce=lambda: _announce(shown, address if wishes.opens_browser else None),
        most_threads=config.limits.sockets + _SPARE_THREADS,
        most_connections=_most_connections(),
        logs_access=wishes.logs_access,
    )
    return GunicornServer(works).serve()


def with_token(config: ServerConfig) -> ServerConfig:
    """The configuration with a token that is made up, where one is asked for and none was chosen.

    Raises:
        InvalidSettingError: others could reach the server without a token.
    """
    if config.auth_token is None and config.auth_enabled:
        config = replace(config, auth_token=secrets.token_urlsafe(24))
    if config.auth_token is None and not is_loopback(config.host):
        raise InvalidSettingError(
            f"Others can reach {config.host}, so that a token is needed: add --token {secrets.token_urlsafe(24)} "
            "or one of your own, or set STT_SERVER_AUTH_TOKEN; without --host only this machine reaches the server."
        )
    return config


class _Served:
    """The ``ServedApplication`` of this machine, in the process that serves."""

    def __init__(self, config: ServerConfig, settings: RuntimeSettings) -> None:
        from realtime_mlx_stt.adapters.web.application import create_app  # noqa: PLC0415 - not in the parent, which
        from realtime_mlx_stt.adapters.web.context import WebContext  # noqa: PLC0415 - forks: native code is not to
        from realtime_mlx_stt.adapters.web.health import begin_loading  # noqa: PLC0415 - have been loaded by then
        from realtime_mlx_stt.composition.container import Container  # noqa: PLC0415
        from realtime_mlx_stt.composition.server_end import ServerEnd  # noqa: PLC0415
        from realtime_mlx_stt.composition.web_services import ContainerWebServices  # noqa: PLC0415

        services = ContainerWebServices(Container(settings=settings))
        services.open()
        services.orchestrator.profiles.load(config.default_profile)  # better said now than at every session's start
        context = WebContext(services=services, config=config)
        self._end = ServerEnd(context, services)
        app = create_app(context)
        self.wsgi: Callable[..., Any] = app
        if config.auto_start:
            begin_loading(app)

    def begin_end(self, when_told: Callable[[], None]) -> None:
        """Announce the end, stop every session, and let its last events reach those who follow it."""
        self._end.begin(when_told)

    def end(self) -> None:
        """Wait until everything is released, but no longer than the parent waits."""
        self._end.wait()


def _open(config: ServerConfig, settings: RuntimeSettings) -> ServedApplication:
    return _Served(config, settings)


def _runtime_settings(wishes: ServerWishes, config: ServerConfig) -> RuntimeSettings:
    settings = RuntimeSettings.of_this_machine(
        os.environ, database=wishes.database, is_ephemeral=wishes.is_ephemeral
    )
    if config.profiles_directory is not None:
        settings = replace(settings, profiles_folder=Path(config.profiles_directory))
    return settings


def _announce(shown: Sequence[str], page: str | None) -> None:
    """Say where the server is, with the token if it was generated; and open the page, where there is a display.

    The token is not given to the browser, because every user of the machine could see it on its command line.
    """
    print(*shown, sep="\n", flush=True)  # noqa: T201 - this is what the command prints
    has_display = sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if page is not None and has_display and sys.stdout.isatty():
        subprocess.Popen(  # noqa: S603 - a browser of its own, for which nobody waits
            [sys.executable, "-m", "webbrowser", page],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def _most_connections() -> int:
    """As many connections as there can be open files for, at up to three each; some systems allow few at first.

    The limit of this process is raised as far as the system allows.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else min(_MOST_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(_FEWEST_CONNECTIONS, min(_MOST_CONNECTIONS, wanted // 4))


def _log_to_stderr(*, is_debug: bool) -> None:
    """Log to stderr: problems of the server can be reported nowhere else."""
    level = logging.DEBUG if is_debug or logging.getLogger().level == logging.DEBUG else logging.WARNING
    log_to_stderr(level, instead_of_others=True)
