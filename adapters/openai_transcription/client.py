"""Calls the service once with OpenAI's official client, and returns the raw answer or says why there is none."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from realtime_mlx_stt.adapters.openai_transcription.account import OpenAiAccess
from realtime_mlx_stt.adapters.openai_transcription.refusals import Refusal, refusal_of
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

if TYPE_CHECKING:
    import openai

__all__ = ["Detail", "ServiceClient", "client_missing"]


class Detail(StrEnum):
    """The details that are asked for besides the text."""

    NONE = "none"
    TOKENS = "how sure the model is of each token"
    SEGMENTS = "scores and places of sentences"
    WORDS = "scores of sentences, places of words"


_OPTIONS: Final[Mapping[Detail, Mapping[str, Any]]] = {
    Detail.NONE: {"response_format": "json"},
    Detail.TOKENS: {"response_format": "json", "include": ["logprobs"]},
    Detail.SEGMENTS: {"response_format": "verbose_json", "timestamp_granularities": ["segment"]},
    Detail.WORDS: {"response_format": "verbose_json", "timestamp_granularities": ["word", "segment"]},
}

_NO_PROXY: Final = (
    "OpenAI's client cannot use the proxy that the environment names in ALL_PROXY, HTTPS_PROXY or HTTP_PROXY. "
    "One of SOCKS needs `pip install 'httpx[socks]'`; NO_PROXY names hosts that need none."
)


class ServiceClient:
    """The client for one key and address. For one thread at a time.

    Its own further attempts are not used: they have no limit in all, and wait for minutes where the service says
    so. Its timeouts bound each wait for data and not their sum; an answer is usually one piece of data.

    Raises:
        SpeechToTextError: the client is not installed, or cannot use the proxy that the environment names.
    """

    def __init__(self, access: OpenAiAccess, connect_seconds: float) -> None:
        try:
            import openai  # noqa: PLC0415 - an extra, and slow to import
        except ImportError as error:
            raise client_missing() from error
        try:
            self._openai = openai.OpenAI(api_key=access.api_key, base_url=access.base_url, max_retries=0)
        except (ImportError, ValueError):
            # What it says may hold the password of the proxy.
            raise SpeechToTextError(_NO_PROXY) from None
        self._api_key = access.api_key
        self._connect_seconds = connect_seconds

    def close(self) -> None:
        """Close the connections."""
        self._openai.close()

    def model(self, name: str, seconds: float) -> bytes | Refusal:
        """What the service says of a model.

        Raises:
            ValueError: that cannot be the name of a model.
        """
        ask = self._openai.models.with_raw_response.retrieve
        return self._answer(lambda timeout: ask(name, timeout=timeout), seconds)

    def transcribe(
        self, wave: bytes, *, model: str, detail: Detail, words: Mapping[str, str | None], seconds: float
    ) -> bytes | Refusal:
        """The answer to a sound file.

        ``words``: ``language`` and ``prompt``; what is None is not sent.
        """
        options: dict[str, Any] = {"model": model, "file": ("utterance.wav", wave, "audio/wav"), **_OPTIONS[detail]}
        options.update((name, value) for name, value in words.items() if value is not None)
        ask = self._openai.audio.transcriptions.with_raw_response.create
        return self._answer(lambda timeout: ask(**options, timeout=timeout), seconds)

    def _answer(self, call: Callable[["openai.Timeout"], Any], seconds: float) -> bytes | Refusal:
        import openai  # noqa: PLC0415 - as above

        timeout = openai.Timeout(seconds, connect=min(seconds, self._connect_seconds))
        try:
            content: bytes = call(timeout).http_response.content
        except openai.OpenAIError as error:
            return refusal_of(error, self._api_key)
        return content


def client_missing() -> SpeechToTextError:
    """The error for when the official client is not installed."""
    return SpeechToTextError(
        "The engine openai needs OpenAI's client; `pip install 'realtime-mlx-stt[openai]'` installs it."
    )
