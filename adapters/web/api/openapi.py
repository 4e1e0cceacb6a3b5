"""Describes the operations of the table as OpenAPI 3.1, with the schemas of their types."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from realtime_mlx_stt.adapters.web.api.event_envelopes import ENVELOPE_TYPES
from realtime_mlx_stt.adapters.web.api.field_meanings import with_field_meanings
from realtime_mlx_stt.adapters.web.api.idempotency import KEY_HEADER
from realtime_mlx_stt.adapters.web.api.operations import API_ROOT, EVENT_STREAM, FORM, Answer, Operation
from realtime_mlx_stt.adapters.web.api.problem_kinds import ProblemDocument, problem_kinds, problems_of
from realtime_mlx_stt.adapters.web.api.profile_types import SettingsOfProfile
from realtime_mlx_stt.adapters.web.api.upload_form import FILE_PART
from realtime_mlx_stt.adapters.web.api.watching_paths import WATCHING_GROUP, watching_paths
from realtime_mlx_stt.adapters.web.problem_documents import PROBLEM_TYPE

__all__ = ["openapi_document", "query_parameters"]

_REFERENCE: Final = "#/components/schemas/{name}"
_TOKEN_SCHEME: Final = "token"  # noqa: S105 - the name of a scheme

_PROBLEM_SCHEMA: Final = {"$ref": _REFERENCE.format(name=ProblemDocument.__name__)}

_PATH_PARAMETERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "session_id": {"type": "string", "minLength": 1},
    "utterance_id": {"type": "integer", "minimum": 1},
    "pull_id": {"type": "string", "minLength": 1},
    "profile_name": {"type": "string", "pattern": r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$", "maxLength": 64},
}
_HEADER_SCHEMAS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Last-Event-ID": {"type": "string", "pattern": "^[0-9]{1,15}$"},
}
_KEY: Final[Mapping[str, Any]] = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "description": "The same request under the same key is done once; the second time it is answered as the first.",
    "schema": {"type": "string", "pattern": "^[!-~]+$", "maxLength": 255},
}


def openapi_document(table: Iterable[Operation], *, has_token: bool) -> Mapping[str, Any]:
    """The document, in JSON's own types; ``has_token`` says that every request needs one."""
    table = tuple(table)
    schemas, components = _schemas(table)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for operation in table:
        paths[API_ROOT + operation.path][operation.method.lower()] = _described(operation, schemas)
    groups = (*(operation.group for operation in table), WATCHING_GROUP)
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "realtime-mlx-stt",
            "version": "1",
            "description": "Sessions of speech to text: sound goes in, typed events come out.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": group} for group in dict.fromkeys(groups)],
        "paths": {**paths, **watching_paths(_PROBLEM_SCHEMA)},
        "components": {"schemas": components},
    }
    if has_token:
        document["components"]["securitySchemes"] = {_TOKEN_SCHEME: {"type": "http", "scheme": "bearer"}}
        document["security"] = [{_TOKEN_SCHEME: []}]
    return document


def query_parameters(kind: type | None) -> Iterator[Mapping[str, Any]]:
    """The parameters that a request's query may have, as the document describes them."""
    if kind is None:
        return
    (_, components) = msgspec.json.schema_components([kind], ref_template=_REFERENCE)
    described = with_field_meanings(components[kind.__name__])
    for name, schema in described["properties"].items():
        plain = _without_null(schema)
        description = plain.pop("description", "")
        yield {
            "name": name,
            "in": "query",
            "required": name in described["required"],
            "description": description,
            "schema": plain,
        }


def _schemas(table: tuple[Operation, ...]) -> tuple[Mapping[int, Any], dict[str, Any]]:
    """The schema of each type in the table by the identity of the type, and the components that they refer to."""
    answered = [kind for operation in table for answer in operation.answers for kind in answer.media.values()]
    taken = [operation.body for operation in table]
    kinds = [kind for kind in (*answered, *taken) if kind is not None]
    kinds += [ProblemDocument, SettingsOfProfile, *ENVELOPE_TYPES]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    for operation in table:
        if operation.query is not None:
            _, more = msgspec.json.schema_components([operation.query], ref_template=_REFERENCE)
            components |= {name: schema for name, schema in more.items() if name != operation.query.__name__}
    by_kind = {id(kind): schema for kind, schema in zip(kinds, schemas, strict=True)}
    return by_kind, {name: with_field_meanings(schema) for name, schema in sorted(components.items())}


def _described(operation: Operation, schemas: Mapping[int, Any]) -> Mapping[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.group],
        "summary": operation.summary,
        "parameters": list(_parameters(operation)),
        "responses": {
            **{str(answer.status): _answer(answer, schemas) for answer in operation.answers},
            **_problems(operation),
        },
    }
    if operation.description:
        described["description"] = operation.description
    content = _body(operation, schemas)
    if content:
        described["requestBody"] = {"required": operation.is_body_required, "content": content}
    return described


def _parameters(operation: Operation) -> Iterator[Mapping[str, Any]]:
    for name, schema in _PATH_PARAMETERS.items():
        if f"{{{name}}}" in operation.path:
            yield {"name": name, "in": "path", "required": True, "schema": schema}
    yield from query_parameters(operation.query)
    for name, meaning in operation.request_headers.items():
        yield {
            "name": name,
            "in": "header",
            "required": False,
            "description": meaning,
            "schema": _HEADER_SCHEMAS[name],
        }
    if operation.is_command:
        yield _KEY


def _body(operation: Operation, schemas: Mapping[int, Any]) -> Mapping[str, Any]:
    if operation.body is not None:
        return {"application/json": {"schema": schemas[id(operation.body)]}}
    binary = {"type": "string", "format": "binary"}
    return {media: {"schema": _form(operation) if media == FORM else binary} for media in operation.raw_bodies}


def _form(operation: Operation) -> Mapping[str, Any]:
    """The schema of a form: the file, and the query's parameters, which may be parts of the form instead."""
    parts: dict[str, Any] = {FILE_PART: {"type": "string", "format": "binary"}}
    for parameter in query_parameters(operation.query):
        parts[parameter["name"]] = {**parameter["schema"], "description": parameter["description"]}
    return {"type": "object", "properties": parts, "required": [FILE_PART], "additionalProperties": False}


def _answer(answer: Answer, schemas: Mapping[int, Any]) -> Mapping[str, Any]:
    described: dict[str, Any] = {"description": answer.meaning}
    if answer.media:
        described["content"] = {
            media: {} if media == EVENT_STREAM else {"schema": _schema(kind, schemas)}
            for media, kind in answer.media.items()
        }
    if answer.headers:
        described["headers"] = {
            name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in answer.headers.items()
        }
    return described


def _schema(kind: Any, schemas: Mapping[int, Any]) -> Mapping[str, Any]:
    """The schema of a type in JSON; that of a text for None."""
    return {"type": "string"} if kind is None else schemas[id(kind)]


def _problems(operation: Operation) -> Mapping[str, Any]:
    kinds = problem_kinds()
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in problems_of(operation):
        by_status[kinds[code].status].append(f"`{code}`: {kinds[code].meaning}")
    return {
        str(status): {"description": "\n\n".join(meanings), "content": {PROBLEM_TYPE: {"schema": _PROBLEM_SCHEMA}}}
        for status, meanings in sorted(by_status.items())
    }


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a parameter's value when it is given; a query has no null."""
    plain = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    if schema.get("default") is not None:
        plain["default"] = schema["default"]
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    return {**choices[0], **plain} if choices else plain
