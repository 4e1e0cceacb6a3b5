"""Finds the token of a request in all places where clients can put it."""

import hmac
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urlencode

from flask import Request, Response, redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from realtime_mlx_stt.adapters.web.guards.login_page import login_page
from realtime_mlx_stt.adapters.web.guards.refusals import TokenMissingError, TokenWrongError

__all__ = ["BEARER_PREFIXES", "Tokens", "is_web_socket"]

_QUERY: Final = "token"
BEARER_PREFIXES: Final = ("bearer.", "openai-insecure-api-key.")
"""The beginnings of subprotocols that carry a token: a page can set no other header for a browser's WebSocket."""

_YES: Final = ("true", "1")


class Tokens:
    """The one token of this server, and the cookie in which a browser keeps it.

    All ports of a host share cookies, so ``port`` is part of the cookie's name.
    """

    def __init__(self, token: str, port: int) -> None:
        self._token = token.encode()
        self._cookie = f"stt_token_{port}"

    def check(self, request: Request) -> None:
        """Check that the request has the token.

        Raises:
            TokenMissingError, TokenWrongError.
        """
        offered = tuple(self._offered(request))
        if any(self._is_right(token) for token in offered):
            return
        if offered:
            raise TokenWrongError("The token is not the one that this server was started with.")
        raise TokenMissingError("This server asks for a token: send 'Authorization: Bearer' and the token.")

    def admit(self, request: Request) -> WerkzeugResponse | None:
        """For a browser whose address holds the token: a redirect that sets a cookie with it and leaves it out."""
        token = request.args.get(_QUERY)
        if token is None or not _is_navigation(request) or not self._is_right(token):
            return None
        others = [(name, value) for name, value in request.args.items(multi=True) if name != _QUERY]
        # One slash and nothing raw: '//name' and '/\name' would lead elsewhere.
        clean = f"/{quote(request.path.lstrip('/'))}" + (f"?{urlencode(others)}" if others else "")
        answer = redirect(clean, 303)
        answer.set_cookie(self._cookie, token, httponly=True, samesite="Strict", secure=request.is_secure)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def ask(self, request: Request) -> Response | None:
        """The page that asks a person for the token; None for a program."""
        if not _is_navigation(request):
            return None
        was_wrong = _QUERY in request.args or self._cookie in request.cookies
        return login_page(request.path, was_wrong=was_wrong)

    def _is_right(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(errors="surrogatepass"), self._token)

    def _offered(self, request: Request) -> Iterator[str]:
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            yield credentials.strip()
        if self._cookie in request.cookies:
            yield request.cookies[self._cookie]
        if is_web_socket(request):
            yield from _in_subprotocols(request.headers.get("Sec-WebSocket-Protocol", ""))
        if _QUERY in request.args and (is_web_socket(request) or _wants_events(request) or _is_navigation(request)):
            yield request.args[_QUERY]


def is_web_socket(request: Request) -> bool:
    """Whether the request asks to become a WebSocket."""
    return request.headers.get("Upgrade", "").lower() == "websocket"


def _in_subprotocols(header: str) -> Iterator[str]:
    for offered in (each.strip() for each in header.split(",")):
        for prefix in BEARER_PREFIXES:
            if offered.startswith(prefix):
                yield offered.removeprefix(prefix)


def _wants_events(request: Request) -> bool:
    """Whether an event stream is asked for, by the header ``Accept`` or by the parameter ``stream``."""
    accepts = "text/event-stream" in request.headers.get("Accept", "").lower()
    return accepts or request.args.get("stream", "").lower() in _YES


def _is_navigation(request: Request) -> bool:
    """Whether a person's browser asks for a page."""
    return request.method == "GET" and "text/html" in request.headers.get("Accept", "").lower()
