"""Holds the account with the service: a key and an address, which may change while sessions run."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.ports.speech_to_text import ApiKeyMissingError

__all__ = ["BASE_URL_VARIABLE", "KEY_VARIABLE", "OpenAiAccess", "OpenAiAccount"]

KEY_VARIABLE: Final = "OPENAI_API_KEY"
BASE_URL_VARIABLE: Final = "OPENAI_BASE_URL"

_OPENAI: Final = "https://api.openai.com/v1"
_VISIBLE: Final = re.compile(r"[!-~]+")
"""The characters that a key or an address may have: the error of the library that cannot send others would show
it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAiAccess:
    """The key and the address of one call; its ``repr`` does not show the key."""

    api_key: str = field(repr=False)
    base_url: str

    @property
    def host(self) -> str:
        """The server's name, and its port where that is not the usual one: what errors call the service by."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2]


class OpenAiAccount:
    """Knows the key and the address for every call that is made from now on. Thread-safe.

    The key is held here alone: it is in no setting, event, error or log, and the environment is only read.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._api_key: str | None = None
        self._base_url: str | None = None
        self._lock = threading.Lock()

    @property
    def has_key(self) -> bool:
        """Whether there is a key, given or in the environment."""
        return bool(self._api_key or self._environment.get(KEY_VARIABLE, "").strip())

    def use(self, *, api_key: str | None = None, base_url: str | None = None) -> None:
        """Use this key and this address instead of the environment's; None leaves what is used as it is.

        Raises:
            InvalidSettingError: the key holds what no key does, or the address is none; nothing has changed.
        """
        key = None if api_key is None else _checked_key(api_key, "The API key")
        url = None if base_url is None else _checked_url(base_url, "The base URL")
        with self._lock:
            self._api_key = key or self._api_key
            self._base_url = url or self._base_url

    def access(self) -> OpenAiAccess:
        """The key and the address for a call that is made now.

        Raises:
            ApiKeyMissingError: nobody gave a key.
            InvalidSettingError: what the environment says is no key, or no address.
        """
        with self._lock:
            key, url = self._api_key, self._base_url
        key = key or _checked_key(self._environment.get(KEY_VARIABLE, ""), KEY_VARIABLE)
        if not key:
            raise ApiKeyMissingError(
                f"The engine openai needs an API key: set {KEY_VARIABLE}, or give the program one. "
                "A server that asks for none takes any."
            )
        url = url or _checked_url(self._environment.get(BASE_URL_VARIABLE) or _OPENAI, BASE_URL_VARIABLE)
        return OpenAiAccess(api_key=key, base_url=url)


def _checked_key(text: str, name: str) -> str:
    """The key without the white space around it, which files bring along; empty when there is none."""
    key = text.strip()
    if key and not _VISIBLE.fullmatch(key):
        raise InvalidSettingError(f"{name} holds characters that no API key has.")
    return key


def _checked_url(text: str, name: str) -> str:
    """The checked address; the error does not show it, because it may hold a password."""
    url = text.strip()
    try:
        parts = urlsplit(url)
        # What cannot be a name of a host, or is no port, is a ValueError.
        is_address = parts.scheme in ("http", "https") and bool((parts.hostname or "").encode("idna"))
        is_address = is_address and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or not _VISIBLE.fullmatch(url):
        raise InvalidSettingError(f"{name} must be an address such as {_OPENAI}.")
    return url
