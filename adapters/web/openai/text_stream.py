"""Streams a text while it is written, as the server-sent events of OpenAI's transcription API."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from flask import Response

from realtime_mlx_stt.adapters.web.openai.errors import error_document
from realtime_mlx_stt.adapters.web.openai.upload_session import ClientGoneError, UploadSession, problem_in
from realtime_mlx_stt.adapters.web.problems import problem_of
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.events import UtteranceTranscribed

__all__ = ["text_stream"]


def text_stream(session: UploadSession) -> Response:
    """A delta for each utterance as soon as its final text is there, and the whole text at the end.

    What goes wrong on the way is an event with an ``error``, which ends the stream. The session ends when the
    client goes.
    """
    response = Response(
        map(_event, _told(session)),
        content_type="text/event-stream; charset=utf-8",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
    response.call_on_close(session.close)
    return response


def _told(session: UploadSession) -> Iterator[Mapping[str, Any]]:
    try:
        yield from _deltas(session)
    except ClientGoneError:
        return
    except RealtimeSttError as error:
        yield error_document(problem_of(error))


def _deltas(session: UploadSession) -> Iterator[Mapping[str, Any]]:
    text = ""
    for stored in session.events():
        problem = problem_in(stored.event)
        if problem is not None:
            yield error_document(problem)
            return
        if isinstance(stored.event, UtteranceTranscribed):
            delta = f" {stored.event.text}" if text else stored.event.text
            text += delta
            yield {"type": "transcript.text.delta", "delta": delta}
    yield {"type": "transcript.text.done", "text": text}


def _event(document: Mapping[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(document) + b"\n\n"
