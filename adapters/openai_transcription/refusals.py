"""Finds out from the client's errors why a call brought nothing, and makes the port's error for it."""

import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from realtime_mlx_stt.ports.speech_to_text import (
    ApiKeyRefusedError,
    ServiceOfflineError,
    ServiceRateLimitError,
    ServiceTimeoutError,
    TranscriptionServiceError,
)

if TYPE_CHECKING:
    import openai

__all__ = ["Refusal", "RefusalKind", "error_for", "refusal_of"]

_LONGEST_QUOTE: Final = 300
_SHORTEST_SECRET: Final = 12
"""A shorter key is no secret but a word that a server without keys is given."""

_KEY_STATUSES: Final = (401, 403)
_RATE_LIMIT_STATUS: Final = 429


class RefusalKind(Enum):
    """The point at which the call failed."""

    OFFLINE = auto()
    """There was no connection, or it broke."""
    TIMEOUT = auto()
    """The answer did not come in time."""
    STATUS = auto()
    """The service answered that it will not do this."""
    UNREADABLE = auto()
    """The answer could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a call brought nothing.

    ``message`` is what the service or the network says of it, in one line without any part of the key; it may be
    empty. ``status`` and ``code`` are those of the service's answer, 0 and empty where it gave none, and
    ``wait_seconds`` is how long it says to wait.
    """

    kind: RefusalKind
    message: str = ""
    status: int = 0
    code: str = ""
    wait_seconds: float | None = None

    @property
    def is_of_the_key(self) -> bool:
        """Whether the service rejects the key or what it may do; a missing model does not count."""
        return self.status in _KEY_STATUSES and not self.is_of_the_model

    @property
    def is_of_the_model(self) -> bool:
        """Whether the service has no such model for this key."""
        return self.code == "model_not_found"


def refusal_of(error: "openai.OpenAIError", api_key: str) -> Refusal:
    """The refusal that the client's error stands for. Drop the error: it holds the request, and so the key."""
    import openai  # noqa: PLC0415 - an extra, and slow to import

    cause = error.__cause__
    match error:
        case openai.APITimeoutError() if type(cause).__name__ != "ConnectTimeout":
            return Refusal(kind=RefusalKind.TIMEOUT)
        case openai.APIConnectionError():
            message = f"{type(cause).__name__} {cause}".strip() if cause else str(error)
            return Refusal(kind=RefusalKind.OFFLINE, message=_without_key(message, api_key))
        case openai.APIStatusError():
            return Refusal(
                kind=RefusalKind.STATUS,
                message=_without_key(_said(error.body), api_key)[:_LONGEST_QUOTE],
                status=error.status_code,
                code=error.code or "",
                wait_seconds=_seconds_to_wait(error),
            )
        case _:
            return Refusal(kind=RefusalKind.UNREADABLE)


def error_for(refusal: Refusal, host: str, seconds: float) -> TranscriptionServiceError:
    """The port's error after a call to ``host`` that was allowed this many seconds."""
    quote = f" It says: {refusal.message}" if refusal.message else ""
    match refusal.kind:
        case RefusalKind.TIMEOUT:
            return ServiceTimeoutError(f"{host} did not answer within {seconds:g} s.")
        case RefusalKind.OFFLINE:
            return ServiceOfflineError(f"{host} cannot be reached: {refusal.message.rstrip('.')}.")
        case RefusalKind.UNREADABLE:
            return TranscriptionServiceError(f"{host} gave an answer that holds no transcription.")
        case RefusalKind.STATUS if refusal.is_of_the_key:
            return ApiKeyRefusedError(f"{host} refuses the API key.{quote}")
        case RefusalKind.STATUS if refusal.status == _RATE_LIMIT_STATUS:
            return ServiceRateLimitError(f"{host} takes no more requests for now.{_advice(refusal)}{quote}")
        case _:
            return TranscriptionServiceError(f"{host} answered with status {refusal.status}.{quote}")


def _advice(refusal: Refusal) -> str:
    if refusal.wait_seconds is None:
        return ""
    return f" Wait {max(1, math.ceil(refusal.wait_seconds))} s before the next."


def _said(body: object) -> str:
    """The message in the service's answer, if that is not a web page."""
    if not isinstance(body, dict):
        return ""
    message = body.get("message") or body.get("detail")
    return message if isinstance(message, str) else ""


def _seconds_to_wait(error: "openai.APIStatusError") -> float | None:
    for header, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(error.response.headers.get(header, "")) * unit
        except ValueError:  # none, or a date
            continue
        if math.isfinite(seconds) and seconds >= 0.0:
            return seconds
    return None


def _without_key(text: str, api_key: str) -> str:
    """The text in one line, without words that contain a part of the key: services quote keys masked."""
    return " ".join("…" if _shows_key(word, api_key) else word for word in text.split())


def _shows_key(word: str, api_key: str) -> bool:
    if len(api_key) < _SHORTEST_SECRET:
        return word.strip(".,:;'\"") == api_key
    return "**" in word or word.startswith("sk-") or api_key[:6] in word or api_key[-4:] in word
