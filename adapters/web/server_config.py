"""Configures how the server is reached, and how much it lets a client do."""

import difflib
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.ports.unreadable_json import why_unreadable

__all__ = ["ServerConfig", "ServerLimits"]

_LOGGER = logging.getLogger(__name__)

_SECTION: Final = "server"
_ORIGIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#@*\s]+")
_YES: Final = frozenset({"true", "1", "yes", "on"})
_NO: Final = frozenset({"false", "0", "no", "off", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What a client may ask for at most; beyond it there is a coded answer, never a crash.

    ``body_bytes``: of a request's body. ``message_bytes``: of one WebSocket message. ``sockets``: WebSocket
    connections, event streams, and requests that wait for events or for a model, at the same time. ``sessions``:
    running at the same time. ``requests_a_minute``: from one address. ``idle_seconds``: after so long without a
    sign of life a WebSocket is closed. ``abandoned_seconds``: so long a session waits for a client that sent its
    audio to come back.
    """

    body_bytes: int = 100_000_000
    message_bytes: int = 1_000_000
    sockets: int = 400
    sessions: int = 16
    requests_a_minute: int = 6000
    idle_seconds: float = 60.0
    abandoned_seconds: float = 60.0

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> "ServerLimits":
        """The limits of a configuration file; what it does not name keeps its default.

        Raises:
            InvalidSettingError: a limit is not a positive number.
        """
        known = {each.name: each.default for each in fields(cls)}
        limits: dict[str, Any] = {}
        for name, value in _known(values, known, "limits").items():
            kinds = (int,) if isinstance(known[name], int) else (int, float)
            if not isinstance(value, kinds) or isinstance(value, bool) or value <= 0:
                raise InvalidSettingError(f"limits.{name} is {value!r}, but it must be a number above 0.")
            limits[name] = value
        return cls(**limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """The address, who may come, and the limits.

    ``debug``: log everything. ``auto_start``: load the model of ``default_profile`` when the server starts, instead
    of when a session needs it. ``cors_origins``: pages of other origins that may call, ``*`` for any, ``null`` for
    those in files. ``auth_enabled``: ask for a token even on loopback, one that is made up when ``auth_token`` is
    None; where there is one, it is always asked for. ``allowed_hosts``: names under which the server is reached
    besides this machine's own, through a proxy for instance. ``profiles_directory`` None is the user's own.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    debug: bool = False
    auto_start: bool = True
    cors_origins: tuple[str, ...] = ()
    auth_enabled: bool = False
    auth_token: str | None = field(default=None, repr=False)
    allowed_hosts: tuple[str, ...] = ()
    profiles_directory: str | None = None
    default_profile: str = "vad-triggered"
    limits: ServerLimits = field(default_factory=ServerLimits)

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> "ServerConfig":
        """The defaults with what the variables ``STT_SERVER_…`` say.

        Raises:
            InvalidSettingError: one of them says what cannot be; the sentence names it.
        """
        return cls(**_settings_of_environment(environment))

    @classmethod
    def from_file(cls, path: Path) -> "ServerConfig":
        """The defaults with what the object ``server`` of a JSON file says; keys that nobody knows are ignored.

        Raises:
            InvalidSettingError: it cannot be read, or one of its values cannot be; the sentence names it.
        """
        return cls(**_settings_of_file(path))

    @classmethod
    def resolve(
        cls, explicit: Mapping[str, object], environment: Mapping[str, str], path: Path | None = None
    ) -> "ServerConfig":
        """The configuration: explicit values first, then the environment, then the file, then the defaults.

        Raises:
            InvalidSettingError: a value cannot be, wherever it stands, or the file has a key that nobody knows.
        """
        settings = _settings_of_file(path, refuses_unknown=True) if path is not None else {}
        settings |= _settings_of_environment(environment)
        settings |= {
            name: _converted(name, value, _OPTIONS.get(name, f"--{name}")) for name, value in explicit.items()
        }
        return cls(**settings)

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON has them, the token included."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]  # an object comes back as one

    def save_to_file(self, path: Path) -> bool:
        """Write it so that ``from_file`` reads it again, for its owner alone; returns whether that was possible."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.chmod(0o600)
            path.write_text(json.dumps({_SECTION: self.to_dict()}, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            _LOGGER.warning("The configuration cannot be written to %s: %s", path, error)
            return False
        return True


def _settings_of_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """The fields that ``STT_SERVER_…`` variables name, each converted and checked."""
    return {
        name: _converted(name, environment[variable], variable)
        for variable, name in _VARIABLES.items()
        if variable in environment
    }


def _settings_of_file(path: Path, *, refuses_unknown: bool = False) -> dict[str, Any]:
    """The fields that the object ``server`` of the file names, each converted and checked."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidSettingError(
            f"The configuration file {path} cannot be read: {why_unreadable(error)}. "
            f'Name a JSON file that holds {{"{_SECTION}": {{…}}}}.'
        ) from error
    section = document.get(_SECTION) if isinstance(document, dict) else None
    if not isinstance(section, dict):
        raise InvalidSettingError(f'The configuration file {path} must hold an object {{"{_SECTION}": {{…}}}}.')
    if refuses_unknown:
        _refuse_unknown(section, _CONVERSIONS, _SECTION, path)
        limits = section.get("limits")
        if isinstance(limits, dict):
            _refuse_unknown(limits, asdict(ServerLimits()), f"{_SECTION}.limits", path)
    return {name: _converted(name, value, name) for name, value in _known(section, _CONVERSIONS, _SECTION).items()}


def _refuse_unknown(values: Mapping[str, object], known: Mapping[str, object], where: str, path: Path) -> None:
    for name in values:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}."
            raise InvalidSettingError(
                f"The configuration file {path} names {where}.{name}, which is unknown; {hint}"
            )


def _known(values: Mapping[str, object], known: Mapping[str, object], where: str) -> Mapping[str, object]:
    for name in values.keys() - known.keys():
        _LOGGER.warning("The configuration file names %s.%s, which nobody knows; it is ignored.", where, name)
    return {name: value for name, value in values.items() if name in known}


def _converted(name: str, value: object, said_by: str) -> object:
    try:
        return _CONVERSIONS[name](value)
    except (TypeError, ValueError) as error:
        raise InvalidSettingError(f"{said_by} is {value!r}, but {error}.") from error


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("it must be a text")
    return value


def _optional_text(value: object) -> str | None:
    return None if value in (None, "") else _text(value)


def _token(value: object) -> str | None:
    token = _optional_text(value)
    if token is not None and not (len(token) >= 8 and token.isascii() and set(token) <= _TOKEN_CHARACTERS):
        raise ValueError("a token has at least 8 letters, digits or any of - . _ ~, and nothing else")
    return token


def _port(value: object) -> int:
    text = str(value)
    if isinstance(value, bool | float) or not (text.isascii() and text.isdecimal()) or int(text) > 65_535:
        raise ValueError("a port is a whole number from 0 to 65535, where 0 takes a free one")
    return int(text)


def _truth(value: object) -> bool:
    word = str(value).strip().lower()
    if word not in _YES | _NO:
        raise ValueError("it must be true or false")
    return word in _YES


def _texts(value: object) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError("it must be a list of texts")
    return tuple(part.strip() for part in parts if part.strip())


def _origins(value: object) -> tuple[str, ...]:
    origins = _texts(value)
    for origin in origins:
        if origin not in ("*", "null") and not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin} is no origin such as http://localhost:3000, and neither * nor null")
    return tuple(origin if origin in ("*", "null") else origin.lower() for origin in origins)


def _limits(value: object) -> ServerLimits:
    if not isinstance(value, dict):
        raise TypeError("it must be an object with limits")
    return ServerLimits.from_mapping(value)


_TOKEN_CHARACTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
"""Characters that need no quoting in a header, a cookie, an address or the name of a WebSocket subprotocol."""

_CONVERSIONS: Final[Mapping[str, Callable[[object], object]]] = {
    "host": _text,
    "port": _port,
    "debug": _truth,
    "auto_start": _truth,
    "cors_origins": _origins,
    "auth_enabled": _truth,
    "auth_token": _token,
    "allowed_hosts": _texts,
    "profiles_directory": _optional_text,
    "default_profile": _text,
    "limits": _limits,
}

_OPTIONS: Final[Mapping[str, str]] = {
    "auth_token": "--token",
    "default_profile": "--profile",
    "cors_origins": "--cors-origin",
    "allowed_hosts": "--allowed-host",
}
"""The options of the command line for fields that it calls by other names."""

_VARIABLES: Final[Mapping[str, str]] = {
    f"STT_SERVER_{word}": name
    for word, name in (
        *((name.upper(), name) for name in _CONVERSIONS if name not in ("profiles_directory", "limits")),
        ("PROFILES_DIR", "profiles_directory"),
    )
}
