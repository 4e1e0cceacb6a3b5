"""Deletes sessions of the log, and has them written again by another model."""

from collections.abc import Sequence
from dataclasses import replace

import click
from rich.text import Text

from realtime_mlx_stt.adapters.cli.model_progress import have_wanted_model
from realtime_mlx_stt.adapters.cli.services import Services
from realtime_mlx_stt.adapters.cli.session_commands import find_session, session_table
from realtime_mlx_stt.adapters.cli.tables import list_console
from realtime_mlx_stt.adapters.cli.terminal_text import say
from realtime_mlx_stt.application.read_models.transcript import (
    Transcript,
    add_to_transcript,
    fold_transcript,
)
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings

__all__ = ["delete_sessions", "write_again"]

_REFUSED = 1


def delete_sessions(services: Services, wanted: Sequence[str], *, is_sure: bool) -> int:
    """Delete the sessions after the user has seen and confirmed them; returns the exit status.

    Raises:
        SessionNotFoundError: one of them cannot be found; none is deleted.
        SessionRunningError, RecordingError, EventStoreError: one cannot be deleted; those before it are.
    """
    store = services.store
    named = {find_session(store, each) for each in wanted}
    summaries = [summary for summary in store.sessions() if summary.session_id in named]
    if not is_sure:
        list_console(stderr=True).print(session_table(store, summaries))
        what = "this session" if len(summaries) == 1 else f"these {len(summaries)} sessions"
        if not click.confirm(f"Delete {what} for good, with what was recorded?", err=True):
            say("Nothing was deleted.", err=True)
            return _REFUSED
    for summary in summaries:
        services.orchestrator.archive.delete(summary.session_id)
        say(f"Deleted {summary.session_id}.")
    return 0


def write_again(
    services: Services,
    wanted: str,
    utterances: Sequence[int],
    *,
    model: str,
    engine: str | None = None,
    language: str | None = None,
) -> None:
    """Have the session's utterances, or the named ones, written by the model; shows each before and after.

    Raises:
        SessionNotFoundError, UtteranceNotFoundError: there is no such thing.
        RealtimeSttError: an utterance cannot be written; the texts before it are kept.
    """
    session_id = find_session(services.store, wanted)
    transcript = fold_transcript(services.store.read(session_id))
    services.recordings.path(session_id)  # before a model is fetched for nothing
    _have_model(services, transcript, engine, model)
    console, notes = list_console(), list_console(stderr=True)
    numbers = [UtteranceId(number) for number in utterances] or _spoken(transcript)
    for count, number in enumerate(numbers, start=1):
        with notes.status(f"Writing utterance {number}, {count} of {len(numbers)} …"):
            stored = services.orchestrator.archive.transcribe_again(session_id, number, engine, model, language)
        before, transcript = transcript, add_to_transcript(transcript, stored)
        console.print(Text(f"{number} was {_text(before, number)}", style="dim"))
        console.print(Text(f"{number} is  {_text(transcript, number)}"))
    if not numbers:
        console.print("Nothing was said in this session.")


def _have_model(services: Services, transcript: Transcript, engine: str | None, model: str) -> None:
    own = (transcript.settings or SessionSettings()).transcription
    wanted = replace(own, engine=engine or own.engine, model=model)
    have_wanted_model(services, wanted, list_console(stderr=True))


def _spoken(transcript: Transcript) -> list[UtteranceId]:
    """The utterances that are speech as far as is known, in order."""
    written = [utterance.utterance_id for utterance in transcript.utterances]
    return sorted(written + [utterance.utterance_id for utterance in transcript.failed])


def _text(transcript: Transcript, number: UtteranceId) -> str:
    """The text of the utterance, or why there is none."""
    said = {utterance.utterance_id: utterance.text for utterance in transcript.utterances}
    left_out = {each.utterance_id: f"rejected ({each.rule}) {each.text}".rstrip() for each in transcript.rejected}
    missing = {each.utterance_id: f"{each.message} [{each.code}]" for each in transcript.failed}
    return (said | left_out | missing)[number]
