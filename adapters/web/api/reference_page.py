"""The page that shows the API to a person, made on the server from the table and its document."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup, escape

from realtime_mlx_stt.adapters.web.api.operations import API_ROOT, Operation
from realtime_mlx_stt.adapters.web.api.problem_kinds import problem_kinds, problems_of
from realtime_mlx_stt.adapters.web.api.schema_words import references, schema_words

__all__ = ["curl_example", "reference_page", "reference_style"]

_CODE: Final = re.compile(r"``?([^`]+)``?")
_FOLDER: Final = Path(__file__).parent
_ADDRESS: Final = "http://127.0.0.1:8000"


def reference_page(table: tuple[Operation, ...], document: Mapping[str, Any], style: str) -> str:
    """The page as HTML, without a script; ``style`` is the address of its style sheet on this server."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters["words"] = schema_words
    environment.filters["schema"] = _linked
    environment.filters["prose"] = _prose
    used = {code for operation in table for code in problems_of(operation)}
    return environment.get_template("reference.html").render(
        groups=_grouped(table, document),
        schemas=document["components"]["schemas"],
        problems=[kind for code, kind in sorted(problem_kinds().items()) if code in used],
        style=style,
        root=API_ROOT,
    )


def reference_style() -> str:
    """The style sheet of the page, for light and dark."""
    return (_FOLDER / "reference.css").read_text(encoding="utf-8")


def curl_example(operation: Operation) -> str:
    """A shell command that calls the operation."""
    path = API_ROOT + operation.path
    line = f"curl {_ADDRESS}{path}" if operation.method == "GET" else f"curl -X {operation.method} {_ADDRESS}{path}"
    if operation.example.startswith("@"):
        return f"{line} \\\n  -H 'Content-Type: application/octet-stream' --data-binary {operation.example}"
    if operation.example:
        return f"{line} \\\n  -H 'Content-Type: application/json' -d '{operation.example}'"
    return line


def _prose(text: str) -> Markup:
    """A text of the table as HTML; names stand between backticks there."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def _linked(schema: Mapping[str, Any]) -> Markup:
    """What a value may be, with links to the schemas that are named."""
    names = {reference.rpartition("/")[2] for reference in references(schema)}
    text = str(escape(schema_words(schema)))
    if not names:
        return Markup(text)  # noqa: S704 - escaped before
    named = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b")
    return Markup(named.sub(r'<a href="#schema-\1">\1</a>', text))  # noqa: S704 - escaped before


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
