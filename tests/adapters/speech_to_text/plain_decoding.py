"""Greedy decoding with no guesses: every token scored with the whole vocabulary, to compare the quick way with."""

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.encoding.encoder import encode
from realtime_mlx_stt.adapters.speech_to_text.encoding.hearing_window import hearing_window, whole_window
from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import TokenRules, log_softmax
from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import WhisperModel
from realtime_mlx_stt.adapters.speech_to_text.search.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.search.text_decoder import TextDecoder
from realtime_mlx_stt.domain.transcription import TranscriptionTask
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["EncodedAudio", "decode_plainly", "english_rules", "whole_window_text"]


class EncodedAudio:
    """Audio that was encoded once and can be decoded any number of times."""

    def __init__(self, model: WhisperModel, audio: AudioSamples, *, is_whole: bool = False) -> None:
        self._model = model
        longest = int(model.network.dims.n_audio_ctx)
        self.window = whole_window(longest) if is_whole else hearing_window(audio.size, longest=longest)
        self.features = encode(model, audio, self.window)

    def decoder(self) -> TextDecoder:
        """A decoder that has not been fed anything."""
        return TextDecoder(self._model, self._model.decoder.audio(self.features), self.window)


def english_rules(model: WhisperModel) -> TokenRules:
    """The rules of English texts."""
    return TokenRules(model.tokenizer("en", TranscriptionTask.TRANSCRIBE), int(model.network.dims.n_vocab))


def decode_plainly(decoder: TextDecoder, rules: TokenRules, *, longest: int) -> DecodedText:
    """One token after the other; afterwards the decoder has been fed the prompt and the text."""
    rows = decoder.logits(decoder.feed(rules.prompt))
    no_speech_probability = float(np.exp(log_softmax(rows[0])[rules.no_speech]))
    tokens: list[int] = []
    log_probabilities: list[float] = []
    while len(tokens) < longest:
        token, log_probability = rules.likeliest(rows[-1], is_first=not tokens)
        log_probabilities.append(log_probability)
        if token == rules.end:
            break
        tokens.append(token)
        rows = decoder.logits(decoder.feed([token]))
    return DecodedText(
        tokens=tuple(tokens),
        log_probabilities=tuple(log_probabilities),
        no_speech_probability=no_speech_probability,
    )


def whole_window_text(model: WhisperModel, audio: AudioSamples) -> str:
    """What the model writes of the audio where all of its window is computed."""
    rules = english_rules(model)
    decoded = decode_plainly(EncodedAudio(model, audio, is_whole=True).decoder(), rules, longest=224)
    return rules.text(decoded.tokens)
