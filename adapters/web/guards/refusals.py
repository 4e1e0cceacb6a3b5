"""Defines the errors by which a request is refused before any route sees it."""

from collections.abc import Mapping

from realtime_mlx_stt.adapters.web.problems import RefusedRequestError

__all__ = ["HostRefusedError", "OriginRefusedError", "RateLimitedError", "TokenMissingError", "TokenWrongError"]

_CHALLENGE = "WWW-Authenticate"


class TokenMissingError(RefusedRequestError):
    """The server asks for a token, and the request has none."""

    code = "token-missing"
    http_status = 401

    @property
    def headers(self) -> Mapping[str, str]:
        """What RFC 6750 wants said."""
        return {_CHALLENGE: "Bearer"}


class TokenWrongError(RefusedRequestError):
    """The token of the request is not the server's."""

    code = "token-wrong"
    http_status = 401

    @property
    def headers(self) -> Mapping[str, str]:
        """What RFC 6750 wants said."""
        return {_CHALLENGE: 'Bearer error="invalid_token"'}


class OriginRefusedError(RefusedRequestError):
    """A page of another origin sends the request, and that origin may not."""

    code = "origin-refused"
    http_status = 403


class HostRefusedError(RefusedRequestError):
    """The request is for a name under which this server is not known, as when a page has its name point here."""

    code = "host-refused"
    http_status = 421


class RateLimitedError(RefusedRequestError):
    """More requests came from one address than the server allows."""

    code = "rate-limited"
    http_status = 429

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self._retry_after_seconds = retry_after_seconds

    @property
    def headers(self) -> Mapping[str, str]:
        """When to come again."""
        return {"Retry-After": str(self._retry_after_seconds)}
