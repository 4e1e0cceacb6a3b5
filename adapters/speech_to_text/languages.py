"""The languages Whisper writes, in the order of its language tokens, and what a user may call them."""

from difflib import get_close_matches
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.ports.speech_to_text import UnknownLanguageError

__all__ = ["LANGUAGES", "language_code", "likeliest_language"]

_NAMES: Final = """
en english, zh chinese, de german, es spanish, ru russian, ko korean, fr french, ja japanese, pt portuguese,
tr turkish, pl polish, ca catalan, nl dutch, ar arabic, sv swedish, it italian, id indonesian, hi hindi,
fi finnish, vi vietnamese, he hebrew, uk ukrainian, el greek, ms malay, cs czech, ro romanian, da danish,
hu hungarian, ta tamil, no norwegian, th thai, ur urdu, hr croatian, bg bulgarian, lt lithuanian, la latin,
mi maori, ml malayalam, cy welsh, sk slovak, te telugu, fa persian, lv latvian, bn bengali, sr serbian,
az azerbaijani, sl slovenian, kn kannada, et estonian, mk macedonian, br breton, eu basque, is icelandic,
hy armenian, ne nepali, mn mongolian, bs bosnian, kk kazakh, sq albanian, sw swahili, gl galician,
mr marathi, pa punjabi, si sinhala, km khmer, sn shona, yo yoruba, so somali, af afrikaans, oc occitan,
ka georgian, be belarusian, tg tajik, sd sindhi, gu gujarati, am amharic, yi yiddish, lo lao, uz uzbek,
fo faroese, ht haitian creole, ps pashto, tk turkmen, nn nynorsk, mt maltese, sa sanskrit, lb luxembourgish,
my myanmar, bo tibetan, tl tagalog, mg malagasy, as assamese, tt tatar, haw hawaiian, ln lingala, ha hausa,
ba bashkir, jw javanese, su sundanese, yue cantonese
"""

LANGUAGES: Final = dict(entry.split(maxsplit=1) for entry in _NAMES.strip().split(","))
"""English names by code: ISO 639-1 but for ``haw``, ``yue`` and ``jw``, which Whisper writes for ``jv``."""

_CODES: Final = {
    **{name: code for code, name in LANGUAGES.items()},
    "jv": "jw",
    "burmese": "my",
    "castilian": "es",
    "farsi": "fa",
    "flemish": "nl",
    "haitian": "ht",
    "mandarin": "zh",
    "moldovan": "ro",
    "sinhalese": "si",
    "valencian": "ca",
}


def language_code(language: str, *, model: str, is_multilingual: bool) -> str:
    """The code of a language given by code or English name, in any case.

    Raises:
        UnknownLanguageError: the model does not write it; the message names near matches.
    """
    wanted = language.strip().lower()
    code = wanted if wanted in LANGUAGES else _CODES.get(wanted)
    if code is None:
        raise UnknownLanguageError(f"Whisper writes no language {language}{_near_matches(wanted)}")
    if code != "en" and not is_multilingual:
        raise UnknownLanguageError(
            f"The model {model} writes only English, not {LANGUAGES[code].title()}; "
            f"take a multilingual model, such as {_multilingual(model)}."
        )
    return code


def likeliest_language(logits: npt.NDArray[np.float32], tokenizer: Any) -> str:
    """The code of the language whose token is the likeliest after the start of the transcript."""
    first = int(tokenizer.sot) + 1
    return list(LANGUAGES)[int(logits[first : first + int(tokenizer.num_languages)].argmax())]


def _near_matches(wanted: str) -> str:
    near = get_close_matches(wanted, [*LANGUAGES, *_CODES], n=3, cutoff=0.6)
    hint = f"; did you mean {' or '.join(near)}?" if near else "."
    return f"{hint} Give a code such as en or an English name such as german."


def _multilingual(model: str) -> str:
    return model.removesuffix(".en") if model.endswith(".en") else "base"
