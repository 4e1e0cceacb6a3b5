"""Serves the documentation of the API: the OpenAPI document, and the page for a person."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

import msgspec
from flask import Response, redirect
from werkzeug.wrappers import Response as BaseResponse

from realtime_mlx_stt.adapters.web.api.openapi import openapi_document
from realtime_mlx_stt.adapters.web.api.operations import API_ROOT, JSON, Operation
from realtime_mlx_stt.adapters.web.api.reference_page import reference_page, reference_style

__all__ = ["Documentation"]

_PAGE: Final = "/docs"
_STYLE: Final = "/docs/reference.css"


class Documentation:
    """What describes a table of operations; made when it is first asked for. Thread-safe."""

    def __init__(self, table: tuple[Operation, ...], *, has_token: bool) -> None:
        self._table = table
        self._has_token = has_token

    def routes(self) -> Mapping[str, Callable[[], BaseResponse]]:
        """What is served where."""
        return {
            f"{API_ROOT}/openapi.json": self.document,
            "/openapi.json": self.document,
            _PAGE: self.page,
            f"{API_ROOT}/docs": self.page,
            _STYLE: self.style,
            "/redoc": lambda: redirect(_PAGE, 308),
        }

    def document(self) -> Response:
        """The OpenAPI document."""
        return _unchanged(msgspec.json.encode(self._document), JSON)

    def page(self) -> Response:
        """The page for a person."""
        return _unchanged(self._page, "text/html; charset=utf-8")

    def style(self) -> Response:
        """How the page looks."""
        return _unchanged(reference_style(), "text/css; charset=utf-8")

    @cached_property
    def _document(self) -> Mapping[str, Any]:
        return openapi_document(self._table, has_token=self._has_token)

    @cached_property
    def _page(self) -> str:
        return reference_page(self._table, self._document, _STYLE)


def _unchanged(content: str | bytes, content_type: str) -> Response:
    return Response(content, content_type=content_type, headers={"Cache-Control": "no-cache"})
