"""Reads the form with which OpenAI's clients upload a sound file."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from flask import Request

from realtime_mlx_stt.adapters.web.form_text import WHY_UNREADABLE, unreadable_parts
from realtime_mlx_stt.adapters.web.openai.errors import InvalidParameterError
from realtime_mlx_stt.adapters.web.uploaded_names import uploaded_name

__all__ = ["AnswerFormat", "Granularity", "UploadForm", "read_form"]

_YES: Final = ("true", "1")
_NO: Final = ("false", "0", "")

_Word = TypeVar("_Word", bound=StrEnum)


class AnswerFormat(StrEnum):
    """How the text is answered."""

    JSON = "json"
    TEXT = "text"
    SRT = "srt"
    VERBOSE_JSON = "verbose_json"
    VTT = "vtt"


class Granularity(StrEnum):
    """What the verbose form gives times of."""

    WORD = "word"
    SEGMENT = "segment"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadForm:
    """What a client asks for.

    ``prompt``: text that the model takes for what was said before; None leaves it to the server's profile.
    ``temperature`` and ``chunking_strategy`` may be sent and change nothing: a text is decoded at another
    temperature only where it is improbable, and where to cut is the voice activity detector's business.
    """

    content: bytes
    file_name: str
    model: str
    language: str | None = None
    prompt: str | None = None
    answer_format: AnswerFormat = AnswerFormat.JSON
    granularities: frozenset[Granularity] = frozenset((Granularity.SEGMENT,))
    is_streamed: bool = False


def read_form(request: Request) -> UploadForm:
    """The form of this request, whole in memory.

    Raises:
        InvalidParameterError: something is missing, wrong, no text, or cannot be had here.
    """
    file = request.files.get("file")
    if file is None:
        raise InvalidParameterError("Send the sound file in the field 'file' of a multipart form.", "file")
    for name in unreadable_parts(request.form):
        raise InvalidParameterError(f"The field '{name}' of the form {WHY_UNREADABLE}.", name)
    answer_format = _word(request, "response_format", AnswerFormat, AnswerFormat.JSON)
    form = UploadForm(
        content=file.read(),
        file_name=uploaded_name(file.filename),
        model=_model(request),
        language=request.form.get("language") or None,
        prompt=request.form.get("prompt") or None,
        answer_format=answer_format,
        granularities=_granularities(request, answer_format),
        is_streamed=_is_streamed(request, answer_format),
    )
    _check_temperature(request)
    if "logprobs" in request.form.getlist("include[]"):
        raise InvalidParameterError("The log-probabilities of tokens are not told here.", "include")
    return form


def _model(request: Request) -> str:
    model = request.form.get("model")
    if not model:
        raise InvalidParameterError("Name a model in the field 'model'; GET /v1/models lists them.", "model")
    return model


def _word(request: Request, name: str, words: type[_Word], usual: _Word) -> _Word:
    return _checked(request.form.get(name) or usual, name, words)


def _checked(value: str, name: str, words: type[_Word]) -> _Word:
    if value not in list(words):
        raise InvalidParameterError(f"{name} must be one of {', '.join(words)}, got {value!r}.", name)
    return words(value)


def _granularities(request: Request, answer_format: AnswerFormat) -> frozenset[Granularity]:
    name = "timestamp_granularities"
    asked = [*request.form.getlist(f"{name}[]"), *request.form.getlist(name)]
    if asked and answer_format is not AnswerFormat.VERBOSE_JSON:
        raise InvalidParameterError(f"{name} needs the response_format verbose_json.", name)
    return frozenset(_checked(value, name, Granularity) for value in asked or [Granularity.SEGMENT])


def _is_streamed(request: Request, answer_format: AnswerFormat) -> bool:
    value = request.form.get("stream", "").lower()
    if value not in (*_YES, *_NO):
        raise InvalidParameterError(f"stream must be true or false, got {value!r}.", "stream")
    is_streamed = value in _YES
    if is_streamed and answer_format not in (AnswerFormat.JSON, AnswerFormat.TEXT):
        raise InvalidParameterError(
            f"A stream has no response_format {answer_format}; leave it out.", "response_format"
        )
    return is_streamed


def _check_temperature(request: Request) -> None:
    text = request.form.get("temperature") or "0"
    try:
        is_temperature = 0.0 <= float(text) <= 1.0
    except ValueError:
        is_temperature = False
    if not is_temperature:
        raise InvalidParameterError(f"temperature must be a number from 0 to 1, got {text!r}.", "temperature")
