"""Makes the routes of the API from the table of its operations."""

from collections.abc import Callable
from typing import Any

import msgspec
from flask import Flask, Response
from flask_sock import Sock

from realtime_mlx_stt.adapters.web.api.documentation import Documentation
from realtime_mlx_stt.adapters.web.api.events import EventResources
from realtime_mlx_stt.adapters.web.api.idempotency import KeptAnswers
from realtime_mlx_stt.adapters.web.api.machine import MachineResources
from realtime_mlx_stt.adapters.web.api.models import ModelResources
from realtime_mlx_stt.adapters.web.api.operations import JSON, Operation, Reply
from realtime_mlx_stt.adapters.web.api.profiles import ProfileResources
from realtime_mlx_stt.adapters.web.api.request_reading import read_body, read_query
from realtime_mlx_stt.adapters.web.api.session_commands import SessionCommands
from realtime_mlx_stt.adapters.web.api.session_names import SessionName
from realtime_mlx_stt.adapters.web.api.sessions import SessionResources
from realtime_mlx_stt.adapters.web.api.transcripts import TranscriptResources
from realtime_mlx_stt.adapters.web.context import WebContext

__all__ = ["operations", "register"]


def operations(context: WebContext) -> tuple[Operation, ...]:
    """The table of all operations over these services, in the order of the documentation."""
    return (
        *SessionResources(context).operations(),
        *SessionCommands(context).operations(),
        *EventResources(context).operations(),
        *TranscriptResources(context).operations(),
        *ModelResources(context).operations(),
        *ProfileResources(context).operations(),
        *MachineResources(context).operations(),
    )


def register(app: Flask, sock: Sock, context: WebContext) -> None:
    """Add the operations, the document that describes them, and the page that shows it."""
    app.url_map.converters["session"] = SessionName
    table = operations(context)
    kept = KeptAnswers()
    for operation in table:
        app.add_url_rule(
            operation.rule, f"api.{operation.name}", _view(operation, kept), methods=[operation.method]
        )
    documentation = Documentation(table, has_token=context.config.auth_token is not None)
    for path, serve in documentation.routes().items():
        app.add_url_rule(path, f"api:{path}", serve)


def _view(operation: Operation, kept: KeptAnswers) -> Callable[..., Response]:
    def perform(path: dict[str, Any]) -> Response:
        given = dict(path)
        if operation.query is not None:
            given["query"] = read_query(operation.query, takes_form=operation.takes_form)
        if operation.body is not None:
            given["body"] = read_body(operation.body, is_required=operation.is_body_required)
        return _response(operation.handle(**given))

    def view(**path: Any) -> Response:
        return kept.once(lambda: perform(path)) if operation.is_command else perform(path)

    return view


def _response(answer: object) -> Response:
    if isinstance(answer, Response):
        return answer
    reply = answer if isinstance(answer, Reply) else Reply(value=answer)
    headers = {"Cache-Control": "no-store", **reply.headers}
    if reply.status == 204:
        return Response(status=204, headers=headers)
    return Response(msgspec.json.encode(reply.value), reply.status, headers, content_type=JSON)
