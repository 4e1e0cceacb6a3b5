"""Writes the text of an utterance's audio: exactly for a final one, and quickly while the utterance grows."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.encoding.encoder import encode
from realtime_mlx_stt.adapters.speech_to_text.encoding.hearing_window import (
    SAMPLES_PER_POSITION,
    HearingWindow,
    hearing_window,
    whole_window,
)
from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import TokenRules
from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import WhisperModel
from realtime_mlx_stt.adapters.speech_to_text.search.loudness import may_be_spoken
from realtime_mlx_stt.adapters.speech_to_text.search.reference_thresholds import MOST_COMPRESSION
from realtime_mlx_stt.adapters.speech_to_text.search.text_decoder import TextDecoder
from realtime_mlx_stt.adapters.speech_to_text.search.text_guards import HeardText, first_objection
from realtime_mlx_stt.adapters.speech_to_text.text.decoding import Decoding
from realtime_mlx_stt.adapters.speech_to_text.text.growing_text import GrowingText
from realtime_mlx_stt.adapters.speech_to_text.text.unwritten_rest import (
    TranscribedAudio,
    is_doubtful,
    joined,
    unwritten_from,
)
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription, TranscriptionTask
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["Transcriber"]

_LOGGER = logging.getLogger(__name__)

_MOST_TOGETHER: Final = 4
"""The most hypotheses that are computed together: six gain little more than four (``python -m
benchmarks.texts_together``), and a final text that is asked for meanwhile waits for all of them.
"""

_MOST_RESTS: Final = 8
"""How often a text may be continued behind its end; 30 s hardly hold more sentences."""


class Transcriber:
    """Writes with one loaded model. For the thread that loaded it."""

    def __init__(self, model: WhisperModel) -> None:
        self._model = model
        self._rules: dict[tuple[str, TranscriptionTask], TokenRules] = {}

    @property
    def longest_samples(self) -> int:
        """What the model hears at once: 30 s."""
        return self._longest_positions * SAMPLES_PER_POSITION

    @property
    def is_multilingual(self) -> bool:
        """Whether the model writes other languages than English."""
        return self._model.is_multilingual

    @property
    def most_together(self) -> int:
        """How many texts that grow are worth computing at once; on a GPU nobody has measured it."""
        return 1 if self._model.encoder is None else _MOST_TOGETHER

    def growing_text(self, options: DecodingOptions) -> GrowingText:
        """The text of a new utterance, while it grows."""
        return GrowingText(self._model, self.rules, options)

    def transcribe(
        self, audio: AudioSamples, options: DecodingOptions, *, drafts: Sequence[Sequence[int]] = ()
    ) -> TranscribedAudio:
        """The final text of at most ``longest_samples``; it covers the audio to its end.

        Where the model ends its text after one of the sentences, the rest is decoded as well. ``drafts`` are
        guesses of these texts; they make it faster, and change nothing.
        """
        if audio.size == 0:
            return TranscribedAudio(transcription=Transcription(text="", no_speech_probability=1.0), tokens=())
        first, *others = drafts or ((),)
        heard = self._transcribe_once(audio, options, first)
        for draft, _ in zip_longest(others[:_MOST_RESTS], range(_MOST_RESTS), fillvalue=()):
            at_sample = unwritten_from(heard.transcription, audio.size)
            if at_sample is None or not may_be_spoken(audio, at_sample, audio.size):
                break
            same = replace(options, language=heard.transcription.language)
            rest = self._transcribe_once(audio[at_sample:], same, draft)
            if is_doubtful(rest.transcription):
                break
            heard = joined(heard, rest, at_sample)
        return heard

    def warm_up(self) -> None:
        """Do once what is slow the first time."""
        noise = np.random.default_rng(0).normal(0.0, 0.01, SAMPLE_RATE_HZ).astype(np.float32)
        options = DecodingOptions(language="en")
        self.growing_text(options).write(noise)
        self.transcribe(noise, options)

    def rules(self, language: str, task: TranscriptionTask) -> TokenRules:
        """The token rules of a language that is transcribed or translated."""
        key = (language, task)
        if key not in self._rules:
            tokenizer = self._model.tokenizer(language, task)
            self._rules[key] = TokenRules(tokenizer, int(self._model.network.dims.n_vocab))
        return self._rules[key]

    @property
    def _longest_positions(self) -> int:
        return int(self._model.network.dims.n_audio_ctx)

    def _transcribe_once(
        self, audio: AudioSamples, options: DecodingOptions, draft: Sequence[int]
    ) -> TranscribedAudio:
        decoding = self._decoding(audio, options, hearing_window(audio.size, longest=self._longest_positions))
        decoded = decoding.decode(draft)
        heard = decoding.result(decoded, decoding.starts(decoded))
        text = HeardText(decoded=decoded, transcription=heard.transcription, audio=audio)
        objection = first_objection(text)
        if objection is None:
            return heard
        if options.prompt and objection.is_about_repetition:
            # A prompt that repeats itself makes the text do so too, and no temperature helps against it.
            return self._transcribe_once(audio, replace(options, prompt=""), ())
        _LOGGER.debug("The whole window is computed for %d samples of audio: %s.", audio.size, objection.name)
        whole = self._heard_whole(audio, options, decoded.tokens)
        better = max(whole, heard, key=_merit) if objection.is_about_probability else whole
        return replace(better, transcription=replace(better.transcription, needed_full_window=True))

    def _heard_whole(self, audio: AudioSamples, options: DecodingOptions, draft: Sequence[int]) -> TranscribedAudio:
        decoding = self._decoding(audio, options, whole_window(self._longest_positions))
        decoded = decoding.decode_with_fallback(draft)
        return decoding.result(decoded, decoding.starts(decoded))

    def _decoding(self, audio: AudioSamples, options: DecodingOptions, window: HearingWindow) -> Decoding:
        cross = self._model.decoder.audio(encode(self._model, audio, window))
        return Decoding(self._model, self.rules, TextDecoder(self._model, cross, window), options, audio.size)


def _merit(heard: TranscribedAudio) -> tuple[bool, float]:
    """A text's rank among texts of the same audio: the likelier one is better, unless it repeats itself."""
    transcription = heard.transcription
    return transcription.compression_ratio <= MOST_COMPRESSION, transcription.average_log_probability
