"""Provides the transcript of a session in every format, and its utterances with what became of them."""

from typing import Annotated, Final

import msgspec
from flask import Response
from msgspec import Meta
from werkzeug.http import dump_options_header

from realtime_mlx_stt.adapters.web.api.event_envelopes import EVENT_ENVELOPE
from realtime_mlx_stt.adapters.web.api.operations import JSON, Answer, Operation
from realtime_mlx_stt.adapters.web.api.session_views import session_log
from realtime_mlx_stt.adapters.web.api.sessions import SETTING_PROBLEMS
from realtime_mlx_stt.adapters.web.api.transcript_types import TranscriptDocument, UtteranceList, UtteranceStatus
from realtime_mlx_stt.adapters.web.api.utterance_views import utterance_views
from realtime_mlx_stt.adapters.web.client_settings import refuse_folder
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.application.log.codec import envelope
from realtime_mlx_stt.application.read_models.subtitles import TranscriptFormat, render
from realtime_mlx_stt.application.read_models.transcript import fold_transcript
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId

__all__ = ["AnotherPass", "TranscriptResources", "TranscriptWanted", "UtterancesWanted"]

_MEDIA: Final = {
    TranscriptFormat.JSON: JSON,
    TranscriptFormat.TXT: "text/plain",
    TranscriptFormat.SRT: "application/x-subrip",
    TranscriptFormat.VTT: "text/vtt",
}


class TranscriptWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the transcript is to be written."""

    format: Annotated[TranscriptFormat, Meta(description="How it is written.")] = TranscriptFormat.JSON


class UtterancesWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which utterances are wanted."""

    status: Annotated[UtteranceStatus, Meta(description="Only those of which this became.")] | None = None


class AnotherPass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is to write the text anew; ``engine`` and ``language`` are by default those of the session's settings."""

    model: Annotated[str, Meta(min_length=1)]
    engine: Annotated[str, Meta(min_length=1)] | None = None
    language: Annotated[str, Meta(min_length=1)] | None = None


class TranscriptResources:
    """Shows what was said. Thread-safe."""

    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._services = context.services

    def operations(self) -> tuple[Operation, ...]:
        """The part of the table that is about this."""
        written = {media: TranscriptDocument if media == JSON else None for media in _MEDIA.values()}
        return (
            Operation(
                method="GET",
                path="/sessions/{session_id}/transcript",
                name="show_transcript",
                group="Transcripts",
                summary="Read the transcript as JSON, plain text, SubRip or WebVTT",
                handle=self.transcript,
                query=TranscriptWanted,
                answers=(
                    Answer(
                        meaning="The transcript as it stands.",
                        media=written,
                        headers={"Content-Disposition": "The name of a file to save it in."},
                    ),
                ),
                problems=("session-not-found",),
            ),
            Operation(
                method="GET",
                path="/sessions/{session_id}/utterances",
                name="list_utterances",
                group="Transcripts",
                summary="List the utterances, the rejected ones with the rule and the scores",
                handle=self.utterances,
                query=UtterancesWanted,
                answers=(Answer(meaning="Utterances in order.", media={JSON: UtteranceList}),),
                problems=("session-not-found",),
            ),
            Operation(
                method="POST",
                path="/sessions/{session_id}/utterances/{utterance_id}/transcribe-again",
                name="transcribe_again",
                group="Transcripts",
                summary="Have an utterance of a recorded session written by another model",
                description="The session's audio must have been recorded. What was final stays in the log; the new "
                "text is an event of its own, `transcript-revised`.",
                handle=self.transcribe_again,
                body=AnotherPass,
                answers=(Answer(meaning="The event with the new text.", media={JSON: EVENT_ENVELOPE}),),
                problems=(
                    *SETTING_PROBLEMS,
                    "event-store-conflict",
                    "model-repository",
                    "orchestrator-closed",
                    "recording",
                    "recording-not-found",
                    "session-not-found",
                    "session-running",
                    "too-many-streams",
                    "utterance-not-found",
                ),
                example='{"model": "tiny.en"}',
            ),
        )

    def transcript(self, session_id: str, query: TranscriptWanted) -> Response:
        """The transcript as it stands, in one of its formats."""
        transcript = fold_transcript(session_log(self._services, session_id))
        media = _MEDIA[query.format]
        named = dump_options_header("attachment", {"filename": f"{session_id}.{query.format}"})
        headers = {"Content-Disposition": named, "Cache-Control": "no-store"}
        content_type = media if media == JSON else f"{media}; charset=utf-8"
        return Response(render(transcript, query.format), headers=headers, content_type=content_type)

    def utterances(self, session_id: str, query: UtterancesWanted) -> UtteranceList:
        """The utterances, whatever became of them, in the order in which they were begun."""
        views = utterance_views(fold_transcript(session_log(self._services, session_id)))
        wanted = (view for view in views if query.status in (None, view.status))
        return UtteranceList(utterances=tuple(sorted(wanted, key=lambda view: view.utterance_id)))

    def transcribe_again(self, session_id: str, utterance_id: int, body: AnotherPass) -> dict[str, object]:
        """Have one utterance written anew; the event that tells of it."""
        refuse_folder(self._context, body.model)
        archive = self._services.orchestrator.archive
        with self._context.waiting():
            stored = archive.transcribe_again(
                SessionId(session_id), UtteranceId(utterance_id), body.engine, body.model, body.language
            )
        return envelope(stored)
