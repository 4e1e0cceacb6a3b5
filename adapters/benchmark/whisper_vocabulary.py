"""Converts Whisper's vocabulary, as mlx-whisper ships it, for Hugging Face's tokenizers and for CTranslate2.

tiktoken keeps the bytes of each token with its rank. The others want the bytes as printable letters (GPT-2's
alphabet), and the pairs that byte-pair encoding joined, which follow from the ranks.
"""

import importlib.util
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

from realtime_mlx_stt.ports.benchmark import ContestantError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["WhisperVocabulary", "read_vocabulary"]

_ENGLISH_TOKENS: Final = 51_864
"""The number of tokens of models that know only English; all others have more."""

_TOKENS_BESIDE_LANGUAGES: Final = 51_765
"""The number of tokens besides the languages' in models that know only English; the others have one more."""

_PRINTABLE: Final = (*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1))


class WhisperVocabulary:
    """The tokens of one model: ``ranks`` has those of text by their bytes, ``special_tokens`` others by name."""

    def __init__(self, ranks: dict[bytes, int], special_tokens: dict[str, int]) -> None:
        self._ranks = ranks
        self._special_tokens = special_tokens

    @property
    def tokens(self) -> list[str]:
        """All tokens in their order."""
        numbered = {rank: _as_letters(token) for token, rank in self._ranks.items()}
        numbered |= {number: name for name, number in self._special_tokens.items()}
        return [numbered[number] for number in range(len(numbered))]

    @property
    def first_suppressed(self) -> list[int]:
        """The tokens that no text may begin with: a blank alone, and the end of the text."""
        return [self._ranks[b" "], self._special_tokens["<|endoftext|>"]]

    @property
    def language_tokens(self) -> list[int]:
        """The tokens that name a language: those between the start of a transcript and the tasks."""
        first, behind = self._special_tokens["<|startoftranscript|>"] + 1, self._special_tokens["<|translate|>"]
        return list(range(first, behind))

    def tokenizer(self) -> "Tokenizer":
        """The tokenizer of Hugging Face's library that writes and reads these tokens."""
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers  # noqa: PLC0415 - comes with a peer

        letters = {_as_letters(token): rank for token, rank in self._ranks.items()}
        tokenizer = Tokenizer(models.BPE(vocab=letters, merges=self._merges()))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.add_special_tokens(sorted(self._special_tokens, key=self._special_tokens.__getitem__))
        return tokenizer

    def _merges(self) -> list[tuple[str, str]]:
        """The pairs that were joined, the earliest first."""
        joined = sorted((token for token in self._ranks if len(token) > 1), key=self._ranks.__getitem__)
        return [(_as_letters(left), _as_letters(right)) for left, right in map(self._parts, joined)]

    def _parts(self, token: bytes) -> tuple[bytes, bytes]:
        """The two older tokens that this one was joined from: the result of encoding it without using it."""
        parts = [bytes((byte,)) for byte in token]
        while len(parts) > 2:
            ranks = [self._ranks.get(left + right, len(self._ranks)) for left, right in pairwise(parts)]
            place = ranks.index(min(ranks))
            parts[place : place + 2] = [parts[place] + parts[place + 1]]
        return parts[0], parts[1]


def read_vocabulary(tokens: int) -> WhisperVocabulary:
    """The vocabulary of a model with this many tokens.

    Raises:
        ContestantError: mlx-whisper is not installed.
    """
    is_multilingual = tokens > _ENGLISH_TOKENS
    languages = tokens - _TOKENS_BESIDE_LANGUAGES - int(is_multilingual)
    encoding = _tokenizer_module().get_encoding("multilingual" if is_multilingual else "gpt2", languages)
    special_tokens = {name: encoding.encode_single_token(name) for name in encoding.special_tokens_set}
    text_tokens = range(tokens - len(special_tokens))
    ranks = {encoding.decode_single_token_bytes(number): number for number in text_tokens}
    return WhisperVocabulary(ranks, special_tokens)


def _tokenizer_module() -> ModuleType:
    """The module ``tokenizer`` of mlx-whisper alone: the package around it would load MLX, which is not needed."""
    package = importlib.util.find_spec("mlx_whisper")
    if package is None or not package.submodule_search_locations:
        raise ContestantError("mlx-whisper, whose vocabulary is needed, is not installed.")
    file = Path(package.submodule_search_locations[0]) / "tokenizer.py"
    spec = importlib.util.spec_from_file_location("mlx_whisper_tokenizer", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _as_letters(token: bytes) -> str:
    alphabet = _alphabet()
    return "".join(alphabet[byte] for byte in token)


@cache
def _alphabet() -> tuple[str, ...]:
    """GPT-2's letter for each byte: the byte itself where it is printable, else the next letter from 256 on."""
    hidden = [byte for byte in range(256) if byte not in _PRINTABLE]
    return tuple(chr(byte if byte in _PRINTABLE else 256 + hidden.index(byte)) for byte in range(256))
