"""Decides whether the text of a partly computed window can stand, or the whole window must be computed.

The guards look at the text, at its probabilities, and at the places of its words, which follow the decoder's
attention through the audio. Speech behind the last word is not their concern but that of ``unwritten_rest``, which
has it decoded as well.

How widely the attention is spread, how far it steps back, and how much of it goes to the silence behind the audio
are not used: over 175 texts they said next to nothing about which texts the whole window would improve.

Nor is a final text compared with the last hypothesis of its utterance. A file has no hypotheses, and the same
utterance must get the same text from a microphone and from a file. Hypotheses are only drafts of the final text,
and each of their tokens is checked.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from realtime_mlx_stt.adapters.speech_to_text.search.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.search.loudness import may_be_spoken
from realtime_mlx_stt.adapters.speech_to_text.search.reference_thresholds import MOST_COMPRESSION
from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.rejection import longest_loop
from realtime_mlx_stt.domain.transcription import Transcription, Word, compression_ratio
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["GUARDS", "Guard", "HeardText", "are_piled_up", "first_objection", "is_sound"]

_LOOP_REPETITIONS: Final = 3

_AVERAGE_LOG_PROBABILITY: Final = -0.65
_LEAST_LOG_PROBABILITY: Final = -2.2
"""Lowest log-probabilities of a text that can stand: the average of all tokens, and that of the least likely one.
Of 440 texts these two bounds asked for the whole window in 50 and left 592 words wrong; greedy decoding of the
whole window leaves 649. An average of -0.4 alone asked for it in 85 and left 592 too, one of -0.7 alone in 33 and
left 595. (Where all tokens averaged more than -0.25 the whole window was not always computed, but taken to give the
same text, as it did for 78 of the 79 for which it was.)
"""

_LONGEST_WORD_SAMPLES: Final = seconds_to_samples(2.0)
_WORD_SAMPLES: Final = seconds_to_samples(1.0)
"""Of a word that is longer than the first, what lies behind the second is something else. The longest word of 220
texts, with the pause behind it, took 1.6 s.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardText:
    """A text, how it was decoded, and the audio it was heard in."""

    decoded: DecodedText
    transcription: Transcription
    audio: AudioSamples


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A check of a text; ``name`` says what is wrong with a text that it objects to.

    If only guards that are ``is_about_probability`` object, the text still stands when that of the whole window is
    no likelier. A guard that is ``is_about_repetition`` objects to what a prompt with repetitions may bring about.
    """

    name: str
    objects: Callable[[HeardText], bool]
    is_about_repetition: bool = False
    is_about_probability: bool = False


def first_objection(heard: HeardText) -> Guard | None:
    """The first guard that objects and so asks for the whole window; None where the text can stand."""
    return next((guard for guard in GUARDS if guard.objects(heard)), None)


def is_sound(decoded: DecodedText, text: str) -> bool:
    """Whether the model ended the text itself, in time, and does not repeat itself."""
    return decoded.is_complete and longest_loop(text) < _LOOP_REPETITIONS


def are_piled_up(words: Sequence[Word]) -> bool:
    """Whether half of the words or more have no length, so that nobody said them; false without words."""
    return bool(words) and 2 * sum(word.start_sample == word.end_sample for word in words) >= len(words)


def _is_not_sound(heard: HeardText) -> bool:
    return not is_sound(heard.decoded, heard.transcription.text)


def _compresses_well(heard: HeardText) -> bool:
    return compression_ratio(heard.transcription.text) > MOST_COMPRESSION


def _is_piled_up(heard: HeardText) -> bool:
    return are_piled_up(heard.transcription.words)


def _leaves_speech_out(heard: HeardText) -> bool:
    """Whether speech is left out before the first word, or within a stretch that is too long for its word."""
    return any(may_be_spoken(heard.audio, *stretch) for stretch in _wordless(heard.transcription.words))


def _is_unlikely(heard: HeardText) -> bool:
    return heard.decoded.average_log_probability < _AVERAGE_LOG_PROBABILITY


def _has_an_unlikely_token(heard: HeardText) -> bool:
    return min(heard.decoded.log_probabilities, default=0.0) < _LEAST_LOG_PROBABILITY


def _wordless(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    if words and words[0].start_sample >= _WORD_SAMPLES:
        yield 0, words[0].start_sample
    for word in words:
        if word.end_sample - word.start_sample > _LONGEST_WORD_SAMPLES:
            yield word.start_sample + _WORD_SAMPLES, word.end_sample


GUARDS: Final = (
    Guard(name="endless", objects=_is_not_sound, is_about_repetition=True),
    Guard(name="repetitive", objects=_compresses_well, is_about_repetition=True),
    Guard(name="words-piled-up", objects=_is_piled_up),
    Guard(name="speech-left-out", objects=_leaves_speech_out),
    Guard(name="unlikely", objects=_is_unlikely, is_about_probability=True),
    Guard(name="unlikely-token", objects=_has_an_unlikely_token, is_about_probability=True),
)
"""The guards in the order in which they are asked; those about probability come last."""
