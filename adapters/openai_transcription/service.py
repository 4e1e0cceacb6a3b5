"""Calls the service with the account's present key and address, and repeats failed calls within limits."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from realtime_mlx_stt.adapters.openai_transcription.account import OpenAiAccess, OpenAiAccount
from realtime_mlx_stt.adapters.openai_transcription.answers import Answer, read_answer
from realtime_mlx_stt.adapters.openai_transcription.client import Detail, ServiceClient
from realtime_mlx_stt.adapters.openai_transcription.refusals import Refusal, RefusalKind, error_for
from realtime_mlx_stt.ports.model_repository import UnknownModelError

__all__ = ["USUAL_PATIENCE", "Patience", "TranscriptionService"]

_BAD_REQUEST: Final = (400, 422)
_PASSING: Final = (408, 409, 429)
"""Statuses that may change a moment later, as may every error of the server (500 and above)."""

_SERVER_ERROR: Final = 500

_SHORTEST_CALL_SECONDS: Final = 0.1
"""The shortest time that a call is given: a network needs some, also for a last attempt shortly before the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the service is waited for.

    ``answer_seconds``: for a text, with all attempts and the pauses between them.
    ``check_seconds``: for the answer whether it takes the key.
    ``connect_seconds``: for each connection; only where there is no network it takes longer.
    ``pauses_seconds``: before each further attempt, where the service does not say how long to wait.
    """

    answer_seconds: float = 30.0
    check_seconds: float = 10.0
    connect_seconds: float = 5.0
    pauses_seconds: tuple[float, ...] = (0.5, 1.0)


USUAL_PATIENCE: Final = Patience()


class TranscriptionService:
    """Makes calls for one thread, each with the key and the address that the account has at that time.

    A call is made again after a lost connection, a rate limit or an error of the server, as long as there is time;
    not after an answer that took too long, since that may have to be paid.
    """

    def __init__(self, account: OpenAiAccount, patience: Patience = USUAL_PATIENCE) -> None:
        self._account = account
        self._patience = patience
        self._access: OpenAiAccess | None = None
        self._client: ServiceClient | None = None
        self._checked: set[str] = set()
        self._without_detail: set[tuple[str, str]] = set()

    def check(self, model: str) -> None:
        """Find out, once for a key and an address, whether the service is there, takes the key and has the model.

        Other servers need not be able to tell of a model: what they say to that otherwise counts for nothing.

        Raises:
            ApiKeyMissingError, ApiKeyRefusedError, ServiceOfflineError, ServiceTimeoutError: it cannot be used.
            UnknownModelError: it has no such model.
            SpeechToTextError: the client is not installed.
        """
        access, seconds = self._account.access(), self._patience.check_seconds
        client = self._client_for(access)
        if model in self._checked:
            return
        try:
            answer = self._persist(_from_now(seconds), lambda left: client.model(model, left))
        except ValueError:
            raise UnknownModelError(f"{model} cannot be the name of a model of {access.host}.") from None
        if isinstance(answer, Refusal):
            if answer.is_of_the_model:
                raise UnknownModelError(f"{access.host} has no model {model} for this API key.")
            if answer.kind is not RefusalKind.STATUS or _refuses_key(answer):
                raise error_for(answer, access.host, seconds)
        self._checked.add(model)

    def transcribe(
        self, wave: bytes, *, model: str, language: str | None, detail: Detail, prompt: str = ""
    ) -> Answer:
        """The answer to a sound file; with less ``detail`` where the server or the model cannot give it.

        Raises:
            TranscriptionServiceError: or one of its kinds; there is no text.
            SpeechToTextError: the client is not installed.
        """
        access, seconds = self._account.access(), self._patience.answer_seconds
        client, deadline = self._client_for(access), _from_now(seconds)

        def ask(detail: Detail) -> bytes | Refusal:
            def call(left: float) -> bytes | Refusal:
                words = {"language": language, "prompt": prompt or None}
                return client.transcribe(wave, model=model, detail=detail, words=words, seconds=left)

            return self._persist(deadline, call)

        gives_no_detail = (access.base_url, model) in self._without_detail
        answer = ask(Detail.NONE if gives_no_detail else detail)
        if isinstance(answer, Refusal) and answer.status in _BAD_REQUEST and not gives_no_detail:
            answer = ask(Detail.NONE)
            if not isinstance(answer, Refusal):
                self._without_detail.add((access.base_url, model))
        if isinstance(answer, Refusal):
            raise error_for(answer, access.host, seconds)
        return read_answer(answer, access.host)

    def _persist(self, deadline: float, call: Callable[[float], bytes | Refusal]) -> bytes | Refusal:
        """Call until there is an answer, a refusal that will not pass, or no more time."""
        answer = call(_left(deadline))
        for usual_pause in self._patience.pauses_seconds:
            if not (isinstance(answer, Refusal) and _may_pass(answer)):
                break
            pause = usual_pause if answer.wait_seconds is None else answer.wait_seconds
            if time.monotonic() + pause >= deadline:
                break
            time.sleep(pause)
            answer = call(_left(deadline))
        return answer

    def _client_for(self, access: OpenAiAccess) -> ServiceClient:
        """The client for this key and address; a client for another is closed."""
        if self._client is not None and self._access == access:
            return self._client
        client = ServiceClient(access, self._patience.connect_seconds)
        if self._client is not None:
            self._client.close()
        self._client, self._access = client, access
        self._checked.clear()
        return client


def _from_now(seconds: float) -> float:
    return time.monotonic() + seconds


def _left(deadline: float) -> float:
    return max(_SHORTEST_CALL_SECONDS, deadline - time.monotonic())


def _may_pass(refusal: Refusal) -> bool:
    """Whether the same call may soon bring an answer; not where there is no credit left."""
    if refusal.kind is RefusalKind.STATUS:
        passes = refusal.status in _PASSING or refusal.status >= _SERVER_ERROR
        return passes and refusal.code != "insufficient_quota"
    return refusal.kind is RefusalKind.OFFLINE


def _refuses_key(refusal: Refusal) -> bool:
    """Whether the key is rejected; one that may write texts but not list models is accepted."""
    return refusal.is_of_the_key and "Missing scopes" not in refusal.message
