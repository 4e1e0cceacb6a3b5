"""Names the models that can do what another cannot, so that the next command works."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from realtime_mlx_stt.adapters.cli.services import Services
from realtime_mlx_stt.domain.settings import TranscriptionSettings
from realtime_mlx_stt.domain.transcription import TranscriptionTask
from realtime_mlx_stt.ports.speech_to_text import NoTranslationError, SpeechToTextError, UnknownLanguageError

__all__ = ["fitting_models_named"]

_ENGINE: Final = TranscriptionSettings().engine
"""The one whose models are listed."""


@contextmanager
def fitting_models_named(services: Services, wanted: TranscriptionSettings) -> Iterator[None]:
    """Where a model cannot do what is ``wanted``, say in the error which on this machine can, or how to get one."""
    try:
        yield
    except (NoTranslationError, UnknownLanguageError) as error:
        hint = _hint(services, wanted)
        if hint is None:
            raise
        raise type(error)(f"{error} {hint}") from error


def _hint(services: Services, wanted: TranscriptionSettings) -> str | None:
    """None if no model can: there is no such language."""
    fitting = [model for model in services.models.models() if _can(services, model.name, wanted)]
    here = [model.name for model in fitting if model.is_available]
    if here:
        engine = "" if wanted.engine == _ENGINE else f"--engine {_ENGINE} "
        return f"On this machine {' or '.join(here)} can: {engine}--model {here[0]}."
    if fitting:
        name = fitting[0].name
        return f"None on this machine can; `stt models pull {name}` fetches {name}, which can."
    return None


def _can(services: Services, model: str, wanted: TranscriptionSettings) -> bool:
    try:
        services.engines.language_code(_ENGINE, model, wanted.language)
        if wanted.task is TranscriptionTask.TRANSLATE:
            services.engines.check_translation(_ENGINE, model)
    except SpeechToTextError:
        return False
    return True
