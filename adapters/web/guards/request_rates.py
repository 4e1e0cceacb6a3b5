"""Limits the requests from each address, so that no client can take the server away from the others."""

import ipaddress
import math
import time
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from realtime_mlx_stt.adapters.web.guards.refusals import RateLimitedError

__all__ = ["RequestRates"]

_WRONG_TOKENS_A_MINUTE: Final = 60
"""After this many wrong tokens an address must wait. A right token still passes, as others may share the
address."""


class RequestRates:
    """Limits requests per minute from one address, and more strictly those with a wrong token. Thread-safe."""

    def __init__(self, requests_a_minute: int) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._requests = RateLimitItemPerMinute(requests_a_minute)
        self._wrong_tokens = RateLimitItemPerMinute(_WRONG_TOKENS_A_MINUTE, namespace="wrong-tokens")

    def count(self, address: str | None) -> None:
        """Count a request.

        Raises:
            RateLimitedError: there have been too many.
        """
        self._count(self._requests, address, "requests")

    def count_wrong_token(self, address: str | None) -> None:
        """Count a wrong token.

        Raises:
            RateLimitedError: there have been too many.
        """
        self._count(self._wrong_tokens, address, "wrong tokens")

    def _count(self, item: RateLimitItem, address: str | None, what: str) -> None:
        client = _client(address or "")
        if self._limiter.hit(item, client):
            return
        wait = self._limiter.get_window_stats(item, client).reset_time - time.time()
        seconds = max(1, math.ceil(wait))
        raise RateLimitedError(
            f"More than {item.amount} {what} a minute came from your address; come again in {seconds} s.", seconds
        )


def _client(address: str) -> str:
    """The key of the client behind an address. For IPv6 it is the /64 network, any address of which it can use."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)
