"""Knows which languages a Whisper model writes, and which one it heard."""

from pathlib import PurePath
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.domain.languages import LANGUAGES, code_of_language, near_languages
from realtime_mlx_stt.ports.speech_to_text import NoTranslationError, UnknownLanguageError

__all__ = ["check_translation", "language_code", "likeliest_language"]

_TURBO: Final = "turbo"


def language_code(language: str, *, model: str, is_multilingual: bool) -> str:
    """The code of a language given by code or English name, in any case.

    Raises:
        UnknownLanguageError: the model does not write it; the message names near matches.
    """
    code = code_of_language(language)
    if code is None:
        raise UnknownLanguageError(f"Whisper writes no language {language}{_near_matches(language)}")
    if code != "en" and not is_multilingual:
        raise UnknownLanguageError(
            f"The model {model} writes only English, not {LANGUAGES[code].title()}; "
            f"take a multilingual model, such as {_multilingual(model)}."
        )
    return code


def check_translation(model: str, *, is_multilingual: bool) -> None:
    """Raise ``NoTranslationError`` for a model that knows English alone, or was never trained to translate.

    OpenAI says of its turbo model that it writes what is said even where it is told to translate.
    """
    if not is_multilingual:
        raise NoTranslationError(
            f"The model {model} writes English only: translation needs a multilingual model, "
            f"such as {_multilingual(model)}."
        )
    if _TURBO in PurePath(model).name:
        raise NoTranslationError(
            f"The model {model} was not trained to translate; take another multilingual model, such as large-v3."
        )


def likeliest_language(logits: npt.NDArray[np.float32], tokenizer: Any) -> str:
    """The code of the language whose token is the likeliest after the start of the transcript."""
    first = int(tokenizer.sot) + 1
    return list(LANGUAGES)[int(logits[first : first + int(tokenizer.num_languages)].argmax())]


def _near_matches(language: str) -> str:
    near = near_languages(language)
    hint = f"; did you mean {' or '.join(near)}?" if near else "."
    return f"{hint} Give a code such as en or an English name such as german."


def _multilingual(model: str) -> str:
    return model.removesuffix(".en") if model.endswith(".en") else "base"
