"""Maps the names by which OpenAI's clients ask for models to the models that they get."""

from collections.abc import Mapping
from typing import Any, Final

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.domain.settings import TranscriptionSettings
from realtime_mlx_stt.ports.model_repository import UnknownModelError

__all__ = ["OPENAI_NAMES", "model_document", "model_list", "model_sections"]

OPENAI_NAMES: Final = (
    "whisper-1",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
    "gpt-transcribe",
    "gpt-live-transcribe",
    "gpt-realtime-whisper",
)
"""OpenAI's names that programs send by default; here they mean the model of the server's own profile."""

_OWNER: Final = "realtime-mlx-stt"


def model_sections(context: WebContext, name: str) -> Mapping[str, Any]:
    """What a profile's section ``transcription`` must say for the model of this name, over the server's profile.

    One of OpenAI's names leaves engine and model as the profile has them. A model of this machine is run on this
    machine, whatever the engine of the profile: no name that a client sends has anything sent to a service.

    Raises:
        UnknownModelError: there is no model of that name here.
    """
    if name in OPENAI_NAMES:
        return {}
    _require(context, name)
    return {"engine": TranscriptionSettings().engine, "model": name}


def model_list(context: WebContext) -> dict[str, Any]:
    """The models that can be asked for at once, as ``GET /v1/models`` tells them."""
    return {"object": "list", "data": [_document(name) for name in _names(context)]}


def model_document(context: WebContext, name: str) -> dict[str, Any]:
    """One model, as ``GET /v1/models/{id}`` tells it.

    Raises:
        UnknownModelError: there is no model of that name.
    """
    _require(context, name)
    return _document(name)


def _names(context: WebContext) -> list[str]:
    here = (model.name for model in context.services.models.models() if model.is_available)
    return [*here, *OPENAI_NAMES]


def _require(context: WebContext, name: str) -> None:
    if name in _names(context):
        return
    if any(model.name == name for model in context.services.models.models()):
        # Not a server error: clients would retry it, and no request of theirs fetches the model.
        raise UnknownModelError(f"The model '{name}' is not on this machine; `stt models pull {name}` fetches it.")
    raise UnknownModelError(f"The model '{name}' does not exist; GET /v1/models lists those there are.")


def _document(name: str) -> dict[str, Any]:
    """A model in OpenAI's form. ``created`` is 0: nobody here knows when a model was made."""
    return {"id": name, "object": "model", "created": 0, "owned_by": _OWNER}
