"""Provides the routes of OpenAI's transcription API, over sessions like all others."""

from contextlib import closing

from flask import Flask, Response, jsonify, request
from flask_sock import Sock

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.openai.answers import answer
from realtime_mlx_stt.adapters.web.openai.errors import error_response, register_errors
from realtime_mlx_stt.adapters.web.openai.model_names import model_document, model_list
from realtime_mlx_stt.adapters.web.openai.realtime_route import register_realtime
from realtime_mlx_stt.adapters.web.openai.text_stream import text_stream
from realtime_mlx_stt.adapters.web.openai.upload_form import read_form
from realtime_mlx_stt.adapters.web.openai.upload_session import (
    ClientGoneError,
    UploadSession,
    problem_in,
    upload_config,
)
from realtime_mlx_stt.application.read_models.transcript import fold_transcript
from realtime_mlx_stt.domain.transcription import TranscriptionTask

__all__ = ["register"]

_CLIENT_CLOSED_REQUEST = 499
"""nginx's status for an answer that nobody reads."""


def register(app: Flask, sock: Sock, context: WebContext) -> None:
    """Add the routes under ``/v1/``."""
    register_errors(app)

    @app.get("/v1/models")
    def list_models() -> Response:
        return jsonify(model_list(context))

    @app.get("/v1/models/<path:name>")
    def show_model(name: str) -> Response:
        return jsonify(model_document(context, name))

    @app.post("/v1/audio/transcriptions")
    def transcribe() -> Response:
        return _written(context, TranscriptionTask.TRANSCRIBE)

    @app.post("/v1/audio/translations")
    def translate() -> Response:
        return _written(context, TranscriptionTask.TRANSLATE)

    register_realtime(sock, context)


def _written(context: WebContext, task: TranscriptionTask) -> Response:
    """The answer to an upload, after it has been heard; a stream is answered as soon as it begins."""
    form = read_form(request)
    session = UploadSession(context, upload_config(context, form, task), request.environ)
    if form.is_streamed:
        return text_stream(session)
    with closing(session):
        try:
            log = list(session.events())
        except ClientGoneError:
            return Response(status=_CLIENT_CLOSED_REQUEST)
    problem = next(filter(None, (problem_in(stored.event) for stored in log)), None)
    return error_response(problem) if problem else answer(fold_transcript(log), form, task)
