"""Decides what is heard behind the cut of an utterance that is too long, and which words belong to it.

A cut in the middle of speech may go through a word, and the model writes worst near the end of what it hears. So
the utterance before the cut is written with some audio from behind it, and keeps the words whose middle lies before
the cut.

The utterance behind the cut begins at the cut. It was tried to let it begin before the cut as well. But a model
that begins in the middle of a sentence too often ends its text with that sentence, so that whole stretches were
left out. Of 856 words of telephone prompts, pauses cut out, the longest utterance 10 s, tiny.en had 19 wrong when
each utterance hears its own audio alone, 10 as it is done here, and 43, of which 25 were missing, when the
utterance behind the cut also begins 0.6 to 1.9 s before it. At 64 cuts of prompts, clips and a synthetic voice,
words around 15 cuts were wrong when each utterance hears its own audio alone, around 10 as it is done here, and
around 12 of the same places when they were left uncut.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.events import SpeechEnded, SpeechEndReason
from realtime_mlx_stt.domain.transcription import Transcription, Word, compression_ratio, places_in_text

__all__ = ["HeardAudio", "heard_audio", "heard_until", "own_part"]

_BEHIND_CUT_SAMPLES: Final = seconds_to_samples(0.9)
"""How much audio behind the cut is heard by the utterance before it, as far as it was captured when the cut is
made.
"""

_LEAST_PROBABILITY: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardAudio:
    """The audio that the model is given of an utterance: its own, and what is heard behind the cut at its end."""

    start_sample: int
    end_sample: int
    own_end_sample: int

    @property
    def is_beyond_cut(self) -> bool:
        """Whether some of the audio belongs to another utterance."""
        return self.end_sample != self.own_end_sample

    @property
    def own(self) -> "HeardAudio":
        """The utterance's own audio, for a model that cannot tell which words lie behind the cut."""
        return replace(self, end_sample=self.own_end_sample)


def heard_until(ended: SpeechEnded) -> int:
    """Where the audio for the model ends: behind the utterance's end if it was cut for its length, else at it."""
    if ended.reason is not SpeechEndReason.LONGEST_UTTERANCE:
        return ended.end_sample
    return max(ended.end_sample, min(ended.end_sample + _BEHIND_CUT_SAMPLES, ended.detected_at_sample))


def heard_audio(start_sample: int, end_sample: int, heard_until_sample: int | None = None) -> HeardAudio:
    """The audio that the model is given of an utterance, up to ``heard_until_sample`` if that is behind its end."""
    heard_end = end_sample if heard_until_sample is None else heard_until_sample
    return HeardAudio(start_sample=start_sample, end_sample=heard_end, own_end_sample=end_sample)


def own_part(said: Transcription, end_sample: int) -> Transcription:
    """The part of a text that belongs to the utterance, if the text goes on behind its end.

    A word that spans the cut is placed up to it. Scores are those of the words that are left. A text without places
    of words cannot be divided and stays as it is.
    """
    own = [word for word in said.words if (word.start_sample + word.end_sample) / 2 < end_sample]
    words = tuple(replace(word, end_sample=min(word.end_sample, end_sample)) for word in own)
    if len(words) == len(said.words):
        return replace(said, words=words)
    text = _beginning(said, len(words))
    logarithms = [math.log(max(word.probability, _LEAST_PROBABILITY)) for word in words]
    average = sum(logarithms) / len(logarithms) if logarithms else 0.0
    return replace(
        said,
        text=text,
        words=words,
        average_log_probability=average,
        confidence=math.exp(average),
        compression_ratio=compression_ratio(text),
    )


def _beginning(said: Transcription, count: int) -> str:
    """The text of the first words as the model wrote it."""
    words: Sequence[Word] = said.words
    places = places_in_text(said.text, [word.text.strip() for word in words])
    if not places:
        return " ".join(word.text.strip() for word in words[:count])
    return said.text[: places[count]].strip()
