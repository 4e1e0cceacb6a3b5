"""Writes the text of an utterance while it grows: only what is new is heard and written, the rest is kept.

Where the model ends its text after a sentence, the next piece of text begins, and hears nothing of what was before
it; so a pass costs as much late in an utterance as early. Within a sentence the tokens of words that lie some
seconds back are not scored again.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from operator import eq
from typing import Final

from realtime_mlx_stt.adapters.speech_to_text.encoding.hearing_window import SAMPLES_PER_POSITION
from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import WhisperModel
from realtime_mlx_stt.adapters.speech_to_text.search.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.search.loudness import may_be_spoken
from realtime_mlx_stt.adapters.speech_to_text.search.reference_thresholds import LEAST_LOG_PROBABILITY
from realtime_mlx_stt.adapters.speech_to_text.search.text_guards import is_sound
from realtime_mlx_stt.adapters.speech_to_text.text.decoding import Decoding, RulesOf
from realtime_mlx_stt.adapters.speech_to_text.text.growing_hearing import GrowingHearing
from realtime_mlx_stt.adapters.speech_to_text.text.unwritten_rest import (
    TranscribedAudio,
    is_doubtful,
    joined,
    unwritten_from,
)
from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["GrowingText", "is_astray"]

_UNSETTLED_POSITIONS: Final = 150
"""Tokens of the last 3 s are scored again."""

_WELL_HEARD_POSITIONS: Final = 75
_MOST_LOST_TOKENS: Final = 2
"""If the next text has lost more than this many of the tokens that ended 1.5 s before the end of the speech,
everything is heard anew. That happened in two of the recorded telephone prompts, once each; heard anew, they gave
the new text as well.
"""

_BEFORE_ANEW_SAMPLES: Final = seconds_to_samples(2.0)
"""How much must be heard before everything is heard anew for the first time, and between two such times."""

_BEFORE_ANOTHER_TRY_SAMPLES: Final = seconds_to_samples(1.0)
"""How much more must be heard before the rest is tried again, where nobody seems to have spoken behind the text."""


def is_astray(well_heard: Sequence[int], decoded: DecodedText) -> bool:
    """Whether what is kept may have led the text astray; it should begin with ``well_heard``.

    Only an improbable text counts: neither of those two prompts had one; one of speech played backwards came to
    -1.5.
    """
    kept = sum(takewhile(bool, map(eq, well_heard, decoded.tokens)))
    is_changed = len(well_heard) - kept > _MOST_LOST_TOKENS
    return is_changed or decoded.average_log_probability < LEAST_LOG_PROBABILITY


class GrowingText:
    """The text of one utterance while it grows. For the model's thread."""

    def __init__(self, model: WhisperModel, rules: RulesOf, options: DecodingOptions) -> None:
        self._model = model
        self._rules = rules
        self._options = options
        self._heard_samples = 0
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._pieces: list[tuple[int, TranscribedAudio]] = []
        self._begin = 0
        self._piece = _Piece(self._model, self._rules, self._options)
        self._try_from = 0

    @property
    def drafts(self) -> tuple[tuple[int, ...], ...]:
        """The tokens of each piece, the last one included."""
        return (*(heard.tokens for _, heard in self._pieces), self._piece.tokens)

    def write(self, audio: AudioSamples) -> TranscribedAudio:
        """The text of the utterance from its first sample to now, with the places of its words."""
        if audio.size == 0:
            return TranscribedAudio(transcription=Transcription(text="", no_speech_probability=1.0), tokens=())
        if audio.size < self._heard_samples:
            self._begin_anew()
        self._heard_samples = audio.size
        while True:
            heard = self._piece.write(audio[self._begin :])
            follower = self._follower(heard, audio)
            if follower is None:
                return self._all(heard)
            begin, piece = follower
            self._pieces.append((self._begin, heard))
            self._begin, self._piece = begin, piece

    def _follower(self, heard: TranscribedAudio, audio: AudioSamples) -> "tuple[int, _Piece] | None":
        """Where the next piece begins, None if there is no speech behind the text."""
        unwritten = unwritten_from(heard.transcription, audio.size - self._begin)
        if not unwritten or audio.size < self._try_from:
            return None
        begin = self._begin + unwritten
        if not may_be_spoken(audio, begin, audio.size):
            return None
        options = replace(self._options, language=heard.transcription.language)
        piece = _Piece(self._model, self._rules, options)
        if is_doubtful(piece.write(audio[begin:]).transcription):
            self._try_from = audio.size + _BEFORE_ANOTHER_TRY_SAMPLES
            return None
        return begin, piece

    def _all(self, last: TranscribedAudio) -> TranscribedAudio:
        if not self._pieces:
            return last
        _, heard = self._pieces[0]
        for begin, piece in [*self._pieces[1:], (self._begin, last)]:
            heard = joined(heard, piece, begin) if piece.transcription.words else heard
        return heard


class _Piece:
    """A stretch of the utterance that is written as one text."""

    def __init__(self, model: WhisperModel, rules: RulesOf, options: DecodingOptions) -> None:
        self._model = model
        self._rules = rules
        self._options = options
        self._hearing = GrowingHearing(model)
        self._log_probabilities: Sequence[float] = ()
        self._starts: list[float] = []
        self._settled = 0
        self._well_heard = 0
        self._anew_from = _BEFORE_ANEW_SAMPLES
        self._written: TranscribedAudio | None = None
        self._samples = -1
        self.tokens: tuple[int, ...] = ()

    def write(self, audio: AudioSamples) -> TranscribedAudio:
        if self._written is None or audio.size != self._samples:
            self._samples = audio.size
            self._written = self._write(audio)
        return self._written

    def _write(self, audio: AudioSamples) -> TranscribedAudio:
        decoding = self._decoding(audio)
        decoded = self._decode(decoding)
        is_astray_now = audio.size >= self._anew_from and is_astray(self.tokens[: self._well_heard], decoded)
        if is_astray_now or not is_sound(decoded, decoding.rules.text(decoded.tokens)):
            self._anew_from = audio.size + _BEFORE_ANEW_SAMPLES
            self._hearing.forget()
            self._settled, self.tokens = 0, ()
            decoding = self._decoding(audio)
            decoded = decoding.decode(decoded.tokens)
        known = self._starts[: self._settled + 1] if self._settled else ()
        self._starts = starts = decoding.starts(decoded, known)
        self.tokens, self._log_probabilities = decoded.tokens, decoded.log_probabilities
        heard = audio.size // SAMPLES_PER_POSITION
        self._settled = sum(end <= heard - _UNSETTLED_POSITIONS for end in starts[1:])
        self._well_heard = sum(end <= heard - _WELL_HEARD_POSITIONS for end in starts[1:])
        return decoding.result(decoded, starts)

    def _decoding(self, audio: AudioSamples) -> Decoding:
        return Decoding(self._model, self._rules, self._hearing.hear(audio), self._options, audio.size)

    def _decode(self, decoding: Decoding) -> DecodedText:
        settled, draft = self.tokens[: self._settled], self.tokens[self._settled :]
        new = decoding.decode_behind(settled, draft)
        return replace(
            new,
            tokens=settled + new.tokens,
            log_probabilities=(*self._log_probabilities[: len(settled)], *new.log_probabilities),
        )
