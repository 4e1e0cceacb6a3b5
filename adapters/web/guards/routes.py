"""Applies the guards to every request and WebSocket, and adds the browser's security headers to every answer."""

from collections.abc import Mapping
from typing import Final

from flask import Flask, Response, request
from flask_cors import CORS
from werkzeug.wrappers import Response as WerkzeugResponse

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.guards.host_names import HostNames
from realtime_mlx_stt.adapters.web.guards.origins import Origins
from realtime_mlx_stt.adapters.web.guards.refusals import TokenMissingError, TokenWrongError
from realtime_mlx_stt.adapters.web.guards.request_rates import RequestRates
from realtime_mlx_stt.adapters.web.guards.tokens import Tokens

__all__ = ["register"]

_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_CORS_HEADERS: Final = ("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID")
_SHOWN_HEADERS: Final = ("Location", "Retry-After")


def register(app: Flask, context: WebContext) -> None:
    """Guard the application. Call this first, so that other code that looks at requests sees no refused ones."""
    config = context.config
    guards = _Guards(context)
    app.before_request(guards.check)
    app.after_request(_protect)
    if config.cors_origins:
        CORS(
            app,
            origins=list(config.cors_origins),
            allow_headers=list(_CORS_HEADERS),
            expose_headers=list(_SHOWN_HEADERS),
            supports_credentials=False,
            send_wildcard="*" in config.cors_origins,
            always_send=False,
            max_age=600,
        )


class _Guards:
    """All guards; the cheapest is asked first."""

    def __init__(self, context: WebContext) -> None:
        config = context.config
        self._rates = RequestRates(config.limits.requests_a_minute)
        self._hosts = HostNames(config.host, config.allowed_hosts)
        self._origins = Origins(config.cors_origins)
        self._tokens = None if config.auth_token is None else Tokens(config.auth_token, config.port)

    def check(self) -> WerkzeugResponse | None:
        """The answer that refuses the request, or None to let it through."""
        self._rates.count(request.remote_addr)
        host = request.headers.get("Host")
        self._hosts.check(host)
        self._origins.check(request.headers.get("Origin"), host or "")
        if _is_preflight():
            return Response(status=204)
        return None if self._tokens is None else self._check_token(self._tokens)

    def _check_token(self, tokens: Tokens) -> WerkzeugResponse | None:
        admitted = tokens.admit(request)
        if admitted is not None:
            return admitted
        try:
            tokens.check(request)
        except (TokenMissingError, TokenWrongError) as refusal:
            if isinstance(refusal, TokenWrongError):
                self._rates.count_wrong_token(request.remote_addr)
            page = tokens.ask(request)
            if page is None:
                raise
            return page
        return None


def _is_preflight() -> bool:
    """Whether a browser only asks what a page may send (CORS preflight), which it does without a token."""
    return (
        request.method == "OPTIONS"
        and "Origin" in request.headers
        and "Access-Control-Request-Method" in request.headers
    )


def _protect(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
