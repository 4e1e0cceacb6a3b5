"""Does once what a client asks for several times under one key, and repeats the first answer."""

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from flask import Response, request

from realtime_mlx_stt.adapters.web.problems import BadRequestError, RefusedRequestError

__all__ = ["KEY_HEADER", "REPLAYED_HEADER", "IdempotencyKeyReusedError", "KeptAnswers"]

KEY_HEADER: Final = "Idempotency-Key"
"""The header that names what the client wants to be done once, however often it asks."""

REPLAYED_HEADER: Final = "Idempotent-Replayed"
"""``true`` where the answer is that of an earlier request."""

_MOST_KEPT: Final = 1000
_KEPT_SECONDS: Final = 24 * 3600.0
_KEY: Final = re.compile(r"[!-~]{1,255}")
_LARGEST_BODY: Final = 100_000


class IdempotencyKeyReusedError(RefusedRequestError):
    """The key belongs to another request; the message says to take a new one."""

    code = "idempotency-key-reused"
    http_status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def response(self) -> Response:
        response = Response(self.body, self.status)
        response.headers.clear()
        response.headers.extend(self.headers)
        response.headers[REPLAYED_HEADER] = "true"
        return response


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One key's request; ``answer`` is None when there is nothing to keep: then those who wait perform theirs."""

    fingerprint: bytes
    begun_at: float
    answer: "Future[_Kept | None]"


class KeptAnswers:
    """The answers to the latest keys, for a day. Thread-safe.

    Only what was done is kept: a request that is refused or fails changes nothing and may be tried again under its
    key. Who asks while the first request is still being answered waits for that answer.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def once(self, perform: Callable[[], Response]) -> Response:
        """Answer the request of this thread; ``perform`` is called unless its key was answered before.

        Raises:
            BadRequestError: the key is none.
            IdempotencyKeyReusedError: the key belongs to another request.
        """
        key = request.headers.get(KEY_HEADER)
        if key is None:
            return perform()
        if not _KEY.fullmatch(key):
            raise BadRequestError(f"{KEY_HEADER} must be 1 to 255 visible ASCII characters.")
        fingerprint = _fingerprint()
        while True:
            entry, is_first = self._entry(key, fingerprint)
            if is_first:
                return self._performed(key, entry, perform)
            kept = entry.answer.result()
            if kept is not None:
                return kept.response()

    def _entry(self, key: str, fingerprint: bytes) -> tuple[_Entry, bool]:
        with self._lock:
            self._forget_old()
            entry = self._entries.get(key)
            if entry is not None and entry.fingerprint != fingerprint:
                raise IdempotencyKeyReusedError(
                    f"The {KEY_HEADER} {key!r} belongs to another request; take a new key for a new request."
                )
            if entry is not None:
                return entry, False
            entry = _Entry(fingerprint=fingerprint, begun_at=self._monotonic(), answer=Future())
            self._entries[key] = entry
            return entry, True

    def _performed(self, key: str, entry: _Entry, perform: Callable[[], Response]) -> Response:
        kept = None
        try:
            response = perform()
            kept = _kept(response)
            return response
        finally:
            if kept is None:
                self._forget(key, entry)
            entry.answer.set_result(kept)

    def _forget(self, key: str, entry: _Entry) -> None:
        with self._lock:
            if self._entries.get(key) is entry:
                del self._entries[key]

    def _forget_old(self) -> None:
        oldest_wanted = self._monotonic() - _KEPT_SECONDS
        while self._entries:
            key, entry = next(iter(self._entries.items()))
            if entry.begun_at >= oldest_wanted and len(self._entries) < _MOST_KEPT:
                return
            del self._entries[key]


def _kept(response: Response) -> _Kept | None:
    """The response in a form that can be answered again, if it says that something was done."""
    if response.status_code >= 300 or response.is_streamed or len(response.get_data()) > _LARGEST_BODY:
        return None
    headers = tuple(response.headers.items())
    return _Kept(status=response.status_code, headers=headers, body=response.get_data())


def _fingerprint() -> bytes:
    """A digest that tells this request from all others."""
    seen = hashlib.sha256()
    for part in (request.method, request.path, request.content_type or ""):
        seen.update(part.encode() + b"\n")
    seen.update(request.query_string + b"\n")
    seen.update(request.get_data())
    return seen.digest()
