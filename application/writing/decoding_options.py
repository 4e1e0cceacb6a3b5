"""Makes the options with which a session's utterances are written, from its settings and its earlier texts."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from realtime_mlx_stt.domain.events import SessionEvent, SpeechEnded
from realtime_mlx_stt.domain.evolve import evolve
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.recent_text import is_of_another_text
from realtime_mlx_stt.domain.settings import TranscriptionSettings
from realtime_mlx_stt.domain.state import INITIAL, NotStarted, SessionContext, SessionState
from realtime_mlx_stt.domain.transcription import DecodingOptions

__all__ = ["decoding_options", "settings_in_context", "settings_in_past_context"]

_LONGEST_PROMPT_BYTES: Final = 560
"""The most bytes of prompt, in UTF-8. Whisper is shown 223 tokens, and unusual names in Latin letters take one for
each 2.6 bytes.
"""


def decoding_options(settings: TranscriptionSettings) -> DecodingOptions:
    """What the model is told for each utterance.

    The glossary comes first, as a list that ends like a sentence; behind it comes the end of the prompt, as much as
    still fits. Over 24 clips and 12 names that are not in them, ``tiny.en`` had 3.5 % of the words wrong with such
    a list, 4.7 % without a list, and 8.1 % with a list without the full stop, whose texts have no full stops
    either.
    """
    glossary = f"{', '.join(term.strip() for term in settings.glossary)}." if settings.glossary else ""
    room = _LONGEST_PROMPT_BYTES - len(glossary.encode())
    prompt = " ".join(part for part in (glossary, _end_of(settings.prompt, room)) if part)
    return DecodingOptions(
        language=settings.language, task=settings.task, prompt=prompt, beam_size=settings.beam_size
    )


def settings_in_context(context: SessionContext) -> TranscriptionSettings:
    """The session's settings, with its earlier texts behind the prompt if that is asked for.

    The rest of an utterance that was cut is not shown the text before the cut either, unless that is asked for:
    over 74 cuts ``tiny.en`` had 212 words wrong with it and 217 without, a difference too small to be sure of.
    """
    settings = context.settings.transcription
    if not settings.carries_context or not context.recent_text:
        return settings
    return replace(settings, prompt=f"{settings.prompt} {context.recent_text}".strip())


def settings_in_past_context(
    wanted: TranscriptionSettings, events: Iterable[SessionEvent], utterance_id: UtteranceId
) -> TranscriptionSettings:
    """``wanted`` with what the session had said when the utterance ended, if that is asked for.

    Texts of another model or in another language are no context, nor are those before a change of a session's
    settings.
    """
    state: SessionState = INITIAL
    for event in events:
        state = evolve(state, event)
        if isinstance(event, SpeechEnded) and event.utterance_id == utterance_id:
            break
    if isinstance(state, NotStarted) or is_of_another_text(state.context.settings.transcription, wanted):
        return wanted
    settings = replace(state.context.settings, transcription=wanted)
    return settings_in_context(replace(state.context, settings=settings))


def _end_of(text: str, longest_bytes: int) -> str:
    """The last words of the text that fit."""
    text = " ".join(text.split())
    end = text.encode()[-longest_bytes:].decode(errors="ignore") if longest_bytes > 0 else ""
    if end == text or " " not in end:
        return end
    return end.partition(" ")[2]
