"""Encodes growing speech again and again, and computes only what is new since the last time.

A position of the encoder attends to all others. So its result changes with every sound that follows, but only
little once there are some seconds of sound behind it. Up to there the keys and values are kept, in the encoder and
for the decoder; those of the silence after the speech are kept for a while. So a pass costs nearly the same however
long the speech is. The text is not always that of a whole pass, so no final text is made from it.
"""

import math
from typing import Any, Final

import mlx.core as mx
import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.encoding.encoder import (
    FRAMES_PER_POSITION,
    REACH_POSITIONS,
    Places,
    encode_into,
    encoder_memory,
    entering,
)
from realtime_mlx_stt.adapters.speech_to_text.encoding.growing_window import GrowingWindow, memory_rows
from realtime_mlx_stt.adapters.speech_to_text.encoding.hearing_window import SAMPLES_PER_POSITION
from realtime_mlx_stt.adapters.speech_to_text.network.log_mel import HeardFrames
from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import WhisperModel
from realtime_mlx_stt.adapters.speech_to_text.search.text_decoder import TextDecoder
from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["GrowingHearing"]

_UNSETTLED_POSITIONS: Final = 50
"""How many of the last positions are computed anew, one second: with 1.5 s the texts of joined clips were no
better.
"""

_SILENCE_KEPT_SAMPLES: Final = seconds_to_samples(2.0)
"""After this much more speech, or half as much again if that is less, the silence is computed anew."""

_LONGEST_KEPT_SAMPLES: Final = seconds_to_samples(8.0)
"""After this much more speech everything is computed anew."""

_LOUDER: Final = 1.0
"""By how many powers of ten a sound may exceed the loudest one known when everything was computed. Whatever is
eight below the loudest is heard as silence, so what is kept would now be heard differently. In 66 clips, prompts
and joins of clips the loudest rose by 0.75 at most behind their first 1.5 s.
"""


class GrowingHearing:
    """The encoded sound of one stretch of growing speech. For the model's thread."""

    def __init__(self, model: WhisperModel) -> None:
        self._model = model
        self._longest = int(model.network.dims.n_audio_ctx)
        rows = memory_rows(self._longest)
        self._encoder = encoder_memory(model, rows)
        self._cross = _cross_memory(model, rows)
        self.forget()

    def forget(self) -> None:
        """Compute everything anew the next time."""
        self._settled = 0
        self._silence_samples = 0
        self._loudest = self._loudest_at_first = -math.inf
        self._first_samples = 0

    def hear(self, audio: AudioSamples) -> TextDecoder:
        """A decoder over the speech from its first sample to now; ``audio`` begins as it did the last time."""
        window = GrowingWindow(longest=self._longest, samples=audio.size)
        frames = self._frames(audio, window)
        if self._is_outdated(audio.size, frames.loudest):
            self.forget()
            frames = self._frames(audio, window)
        if not self._settled:
            self._first_samples, self._loudest_at_first = audio.size, frames.loudest
        self._loudest = frames.loudest
        try:
            for rows in self._rows(window):
                self._compute(rows, frames, window)
        except Exception:
            self.forget()  # of what should have been computed, some was not
            raise
        self._settled = max(0, audio.size // SAMPLES_PER_POSITION - _UNSETTLED_POSITIONS)
        attended = window.attended
        cross = [(keys[..., attended], values[:, :, attended]) for keys, values in self._cross]
        return TextDecoder(self._model, cross, window)

    def _is_outdated(self, samples: int, loudest: float) -> bool:
        """Whether what is kept must be computed anew."""
        is_louder = loudest > self._loudest_at_first + _LOUDER
        return is_louder or samples >= self._first_samples + _LONGEST_KEPT_SAMPLES

    @property
    def _begin(self) -> int:
        """The first position that the convolutions must see."""
        return max(0, self._settled - REACH_POSITIONS)

    def _frames(self, audio: AudioSamples, window: GrowingWindow) -> HeardFrames:
        begin, end = (position * FRAMES_PER_POSITION for position in (self._begin, window.convolved))
        return self._model.log_mel.heard_from(begin, audio, end, loudest=self._loudest)

    def _rows(self, window: GrowingWindow) -> list[slice]:
        """The rows of each pass: the speech that is not settled, and the silence when it is due."""
        since = window.samples - self._silence_samples
        if since < min(_SILENCE_KEPT_SAMPLES, self._silence_samples // 2):
            return [window.spoken(self._settled)]
        self._silence_samples = window.samples
        if not self._settled:
            return [window.attended]
        silence = window.silence
        return [window.spoken(self._settled), *([silence] if silence.start < silence.stop else [])]

    def _compute(self, rows: slice, frames: HeardFrames, window: GrowingWindow) -> None:
        x = entering(self._model, frames.frames, window.sources(rows) - self._begin, window.positions(rows))
        places = Places(computed=rows, attended=window.attended, counts=window.counts)
        features = encode_into(self._model, x, self._encoder, places)
        for (keys, values), new in zip(self._cross, self._model.decoder.audio(features), strict=True):
            keys[..., rows], values[:, :, rows] = new


def _cross_memory(model: WhisperModel, rows: int) -> list[tuple[Any, Any]]:
    """Room for the ``KeyValue`` of this many positions in each layer of the decoder, written in place."""
    blocks = model.network.decoder.blocks
    heads, state = int(model.network.dims.n_text_head), int(model.network.dims.n_text_state)
    shapes = (1, heads, state // heads, rows), (1, heads, rows, state // heads)
    if model.encoder is None:
        return [(mx.zeros(shapes[0], model.dtype), mx.zeros(shapes[1], model.dtype)) for _ in blocks]
    return [(np.empty(shapes[0], dtype=np.float32), np.empty(shapes[1], dtype=np.float32)) for _ in blocks]
