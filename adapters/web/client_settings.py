"""Reads the settings that a client asks for, none of which may name a file of this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.state import NotStarted
from realtime_mlx_stt.domain.wake_word_names import is_model_file
from realtime_mlx_stt.ports.model_repository import UnknownModelError

__all__ = ["change_settings", "client_configuration", "refuse_file_names", "refuse_folder"]


def client_configuration(
    context: WebContext, profile: str | None, overrides: Mapping[str, Any] | None = None
) -> PipelineConfig:
    """The configuration of a profile, by default the server's, with a client's ``overrides`` merged into it.

    Raises:
        ProfileNotFoundError: there is no such profile.
        InvalidSettingError, UnknownModelError: the outcome is not valid, or the client named a file.
        SpeechToTextError: there is no such engine.
    """
    refuse_file_names(context, overrides or {})
    name = context.config.default_profile if profile is None else profile
    config = context.services.orchestrator.configure_profile(name, overrides)
    # A client may have saved the profile, at a time when no folder of that name existed.
    transcription = config.settings.transcription
    for model in (transcription.model, transcription.smaller_model):
        if model is not None and not _is_written_as_path(model):
            refuse_folder(context, model)
    return config


def change_settings(context: WebContext, session_id: SessionId, changes: Mapping[str, Any]) -> None:
    """Lay a client's sections of a profile over the settings that a running session has.

    Changes of one session come one after the other, so that none undoes another. Waits for a model to be loaded.

    Raises:
        SessionNotRunningError, IllegalCommandError: it cannot be changed.
        InvalidSettingError, UnknownModelError: the outcome is not valid, or the client named a file.
        TooManyChangesError: too many changes of the session are being made.
        RealtimeSttError: what it needs cannot be had; then nothing has changed.
    """
    refuse_file_names(context, changes)
    orchestrator = context.services.orchestrator
    with context.changing.holding(session_id):
        state = orchestrator.state(session_id)
        settings = SessionSettings() if isinstance(state, NotStarted) else state.context.settings
        orchestrator.change_settings(session_id, orchestrator.profiles.changed_settings(settings, changes))


def refuse_file_names(context: WebContext, settings: Mapping[str, Any]) -> None:
    """Raise if sections of a profile that come from a client name a file where a name is asked for.

    The profiles of whoever runs the server may do so, by a whole path: they are files of this machine themselves.

    Raises:
        UnknownModelError, InvalidSettingError.
    """
    for key in ("model", "smaller_model"):
        model = _setting(settings, "transcription", key)
        if isinstance(model, str) and model:
            refuse_folder(context, model)
    words = _setting(settings, "wake_word", "words")
    for word in words if isinstance(words, list | tuple) else ():
        if isinstance(word, str) and is_model_file(word):
            raise InvalidSettingError(f"wake_word.words must be names of wake words, not files, got {word!r}.")


def refuse_folder(context: WebContext, model: str) -> None:
    """Raise if the name of a model is, or could be taken for, that of a folder of this machine.

    One that is known by name never is: folders are looked for behind the known names.

    Raises:
        UnknownModelError: no model of that name is given to a client.
    """
    if _is_written_as_path(model) or (_is_folder(model) and not _is_known(context, model)):
        raise UnknownModelError(
            f"There is no model {model!r}; clients name models by name, and profiles name folders by a whole path."
        )


def _is_written_as_path(name: str) -> bool:
    """Whether this is more than a name or, as on the Hugging Face hub, an owner and a name."""
    parts = name.split("/")
    return (
        len(parts) > 2
        or "\\" in name
        or not name.isprintable()
        or any(part == "" or part.startswith((".", "~")) for part in parts)
    )


def _setting(settings: Mapping[str, Any], section: str, key: str) -> object:
    found = settings.get(section)
    return found.get(key) if isinstance(found, Mapping) else None


def _is_known(context: WebContext, name: str) -> bool:
    return any(model.name == name for model in context.services.models.models())


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except OSError:  # too long, or not to be looked into
        return True
