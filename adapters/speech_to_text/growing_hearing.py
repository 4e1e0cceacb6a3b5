"""Hears speech again and again while it grows, and computes only what is new since the last time.

A position of the encoder attends to all others, so what was computed of it changes with every sound that follows,
but little once it has had some seconds of sound to its right. Up to there keys and values are kept, in the encoder
and for the decoder; positions behind it and the silence after the speech are computed anew. A pass so costs nearly
the same however long the speech is. The text is not always that of a whole pass: no final text is made from it.
"""

from collections.abc import Sequence
from typing import Final

import mlx.core as mx

from realtime_mlx_stt.adapters.speech_to_text.encoder import KeysAndValues, encode_behind
from realtime_mlx_stt.adapters.speech_to_text.hearing_window import SAMPLES_PER_POSITION, hearing_window
from realtime_mlx_stt.adapters.speech_to_text.text_decoder import KeyValue, TextDecoder, cross_keys_and_values
from realtime_mlx_stt.adapters.speech_to_text.whisper_model import WhisperModel
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["GrowingHearing"]

_UNSETTLED_POSITIONS: Final = 75
"""The last 1.5 s are computed anew: with 2 s the texts of joined clips were no better."""

_STRIDE: Final = 32
"""One in so many positions of the silence after the speech is computed."""

_STEP_POSITIONS: Final = 10


class GrowingHearing:
    """What was heard of one stretch of speech. For the model's thread."""

    def __init__(self, model: WhisperModel) -> None:
        self._model = model
        self._encoder: Sequence[KeysAndValues] = ()
        self._cross: Sequence[KeyValue] = ()

    def hear(self, audio: AudioSamples) -> TextDecoder:
        """A decoder over the speech from its first sample to now; ``audio`` begins as it did the last time."""
        longest = int(self._model.network.dims.n_audio_ctx)
        window = hearing_window(audio.size, longest=longest, stride=_STRIDE, step=_STEP_POSITIONS)
        heard = encode_behind(self._model, audio, window, self._encoder)
        cross = cross_keys_and_values(self._model, heard.features)
        if self._cross:
            cross = [_behind(kept, new) for kept, new in zip(self._cross, cross, strict=True)]
        self._keep(heard.kept, cross, max(0, audio.size // SAMPLES_PER_POSITION - _UNSETTLED_POSITIONS))
        return TextDecoder(self._model, cross, window)

    def forget(self) -> None:
        """Hear all anew the next time."""
        self._encoder, self._cross = (), ()

    def _keep(self, encoder: Sequence[KeysAndValues], cross: Sequence[KeyValue], positions: int) -> None:
        if not positions:
            return
        self._encoder = [(key[:positions], value[:positions]) for key, value in encoder]
        self._cross = [(key[..., :positions], value[:, :, :positions]) for key, value in cross]


def _behind(kept: KeyValue, new: KeyValue) -> KeyValue:
    joined = mx.concatenate([kept[0], new[0]], axis=3), mx.concatenate([kept[1], new[1]], axis=2)
    mx.eval(joined)
    return joined
