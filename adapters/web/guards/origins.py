"""Knows which pages may call the server from a browser."""

from collections.abc import Sequence

from realtime_mlx_stt.adapters.web.guards.refusals import OriginRefusedError

__all__ = ["Origins"]


class Origins:
    """The server's own page, and the origins that were configured; programs send none and are let through.

    A browser lets any page open a WebSocket or send a form anywhere, and only says whose page it is.
    """

    def __init__(self, configured: Sequence[str]) -> None:
        self._configured = frozenset(origin.lower() for origin in configured)

    def check(self, origin: str | None, host: str) -> None:
        """Look at the ``Origin`` of a request that was sent to ``host``, a name with its port.

        Raises:
            OriginRefusedError: it is another one, which was not configured.
        """
        if origin is None or self._is_allowed(origin.lower(), host.lower()):
            return
        raise OriginRefusedError(
            f"Pages of the origin '{origin}' may not call this server; start it with --cors-origin to let them."
        )

    def _is_allowed(self, origin: str, host: str) -> bool:
        return origin in (f"http://{host}", f"https://{host}") or not self._configured.isdisjoint((origin, "*"))
