"""The languages that Whisper writes, in the order of its language tokens, and what a user may call them."""

from difflib import get_close_matches
from typing import Final

__all__ = ["LANGUAGES", "code_of_language", "is_language_code", "near_languages"]

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

_OTHER_CODES: Final = {"jv": "jw"}

_CODES: Final = {
    **{name: code for code, name in LANGUAGES.items()},
    **_OTHER_CODES,
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


def code_of_language(language: str) -> str | None:
    """The code of a language given by code or English name, in any case; None where it is neither."""
    wanted = language.strip().lower()
    return wanted if wanted in LANGUAGES else _CODES.get(wanted)


def is_language_code(text: object) -> bool:
    """Whether it is the code of a language that Whisper writes, in any case."""
    return isinstance(text, str) and text.lower() in {*LANGUAGES, *_OTHER_CODES}


def near_languages(language: str) -> list[str]:
    """Up to three codes and names that look like this one, the likest first."""
    return get_close_matches(language.strip().lower(), [*LANGUAGES, *_CODES], n=3, cutoff=0.6)
