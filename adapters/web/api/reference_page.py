"""The page that shows the API to a person, made on the server from the table and its document."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import jinja2
from flask import Flask, Response, redirect
from werkzeug.wrappers import Response as BaseResponse

from realtime_mlx_stt.adapters.web.api.operations import API_ROOT, Operation
from realtime_mlx_stt.adapters.web.api.problem_kinds import problem_kinds, problems_of
from realtime_mlx_stt.adapters.web.api.schema_words import schema_words

__all__ = ["curl_example", "reference_page", "register"]

_FOLDER: Final = Path(__file__).parent
_STYLE: Final = "/docs/reference.css"
_ADDRESS: Final = "http://127.0.0.1:8000"


def register(app: Flask, table: Iterable[Operation], document: Mapping[str, Any]) -> None:
    """Serve the page and its style."""
    page = reference_page(tuple(table), document)
    style = (_FOLDER / "reference.css").read_text(encoding="utf-8")

    def show() -> Response:
        return Response(page, content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"})

    def show_style() -> Response:
        return Response(style, content_type="text/css; charset=utf-8", headers={"Cache-Control": "no-cache"})

    def lead_on() -> BaseResponse:
        return redirect("/docs", 308)

    app.add_url_rule("/docs", "api.reference", show)
    app.add_url_rule(f"{API_ROOT}/docs", "api.reference_below", show)
    app.add_url_rule(_STYLE, "api.reference_style", show_style)
    app.add_url_rule("/redoc", "api.redoc", lead_on)


def reference_page(table: tuple[Operation, ...], document: Mapping[str, Any]) -> str:
    """The page as HTML; without a script, and without anything from elsewhere."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters["words"] = schema_words
    used = {code for operation in table for code in problems_of(operation)}
    return environment.get_template("reference.html").render(
        groups=_grouped(table, document),
        schemas=document["components"]["schemas"],
        problems=[kind for code, kind in sorted(problem_kinds().items()) if code in used],
        style=_STYLE,
        root=API_ROOT,
    )


def curl_example(operation: Operation) -> str:
    """The operation as one would call it in a shell."""
    path = API_ROOT + operation.path
    line = f"curl {_ADDRESS}{path}" if operation.method == "GET" else f"curl -X {operation.method} {_ADDRESS}{path}"
    if operation.example.startswith("@"):
        return f"{line} \\\n  -H 'Content-Type: application/octet-stream' --data-binary {operation.example}"
    if operation.example:
        return f"{line} \\\n  -H 'Content-Type: application/json' -d '{operation.example}'"
    return line


def _grouped(table: tuple[Operation, ...], document: Mapping[str, Any]) -> Mapping[str, list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for operation in table:
        path = API_ROOT + operation.path
        described = document["paths"][path][operation.method.lower()]
        shown = {
            "operation": operation,
            "path": path,
            "described": described,
            "curl": curl_example(operation),
            "codes": problems_of(operation),
        }
        groups.setdefault(operation.group, []).append(shown)
    return groups
