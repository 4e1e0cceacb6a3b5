"""Describes as OpenAPI has it the paths by which a server is watched, which stand beside the table."""

from collections.abc import Mapping
from typing import Any, Final

from realtime_mlx_stt.adapters.web.api.operations import JSON
from realtime_mlx_stt.adapters.web.problem_documents import PROBLEM_TYPE

__all__ = ["WATCHING_GROUP", "watching_paths"]

WATCHING_GROUP: Final = "Watching"


def watching_paths(problem_schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The paths ``/health``, ``/ready`` and ``/metrics``; ``problem_schema`` is that of a problem."""
    health = _object({"status": {"const": "ok"}})
    ready = _object({"status": {"const": "ready"}, "profile": {"type": "string"}})
    not_ready = {
        "description": "Not yet, or not any more; the problem says why.",
        "content": {PROBLEM_TYPE: {"schema": problem_schema}},
    }
    return {
        "/health": _path("is_alive", "Whether the server answers", _answer("It does.", JSON, health)),
        "/ready": _path(
            "is_ready",
            "Whether texts can be written at once",
            {**_answer("The model of the default profile is loaded.", JSON, ready), "503": not_ready},
        ),
        "/metrics": _path(
            "show_metrics",
            "Figures of the running server, for Prometheus",
            _answer("The figures as text.", "text/plain", {"type": "string"}),
        ),
    }


def _object(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _answer(meaning: str, media: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"200": {"description": meaning, "content": {media: {"schema": schema}}}}


def _path(name: str, summary: str, responses: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"get": {"operationId": name, "tags": [WATCHING_GROUP], "summary": summary, "responses": responses}}
