"""Counts wrong words with jiwer, after Whisper's normaliser has unified their spelling.

The English normaliser spells numbers, contractions, titles and British words in one way; it is OpenAI's code, in
the package whisper-normalizer. For other languages there is a basic one, which removes case and punctuation.
"""

import warnings
from typing import Final

from realtime_mlx_stt.ports.benchmark import WordErrorCount, WordErrors

__all__ = ["word_error_count"]

_ENGLISH: Final = ("en", "english")


def word_error_count(language: str | None) -> WordErrorCount:
    """The count for a language given by its code or English name; None is taken to be English."""
    import jiwer  # noqa: PLC0415 - only benchmarks need them

    with warnings.catch_warnings():
        # whisper-normalizer has "\\X" in a docstring, of which Python warns when it first compiles that.
        warnings.simplefilter("ignore")
        from whisper_normalizer.basic import BasicTextNormalizer  # noqa: PLC0415
        from whisper_normalizer.english import EnglishTextNormalizer  # noqa: PLC0415
    is_english = language is None or language.lower() in _ENGLISH
    normalised = EnglishTextNormalizer() if is_english else BasicTextNormalizer()

    def count(said: str, heard: str) -> WordErrors:
        reference, hypothesis = (" ".join(normalised(text).split()) for text in (said, heard))
        if not reference:
            return WordErrors(errors=len(hypothesis.split()), words=0)
        found = jiwer.process_words(reference, hypothesis)
        errors = found.substitutions + found.deletions + found.insertions
        return WordErrors(errors=errors, words=len(reference.split()))

    return count
