"""Utterances of ever new lengths take no ever new memory."""

import gc
import resource
import sys

import mlx.core as mx
import numpy as np
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import loaded_engine

from realtime_mlx_stt.domain.transcription import DecodingOptions

MEGABYTE = 1 << 20


def most_resident_bytes() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def test_many_lengths_take_no_more_memory_than_few() -> None:
    audio, engine = clip("cards-005").audio, loaded_engine()
    lengths = np.random.default_rng(0).permutation(np.linspace(8_000, audio.size, 15).astype(int))
    engine.open_utterance(DecodingOptions(language="en")).decode(audio, final=True)
    for length in lengths[:5]:
        engine.open_utterance(DecodingOptions(language="en")).decode(audio[:length], final=False)
    gc.collect()
    resident, active = most_resident_bytes(), mx.get_active_memory()

    for length in lengths[5:]:
        engine.open_utterance(DecodingOptions(language="en")).decode(audio[:length], final=False)

    gc.collect()
    assert most_resident_bytes() - resident < 64 * MEGABYTE
    assert mx.get_active_memory() - active < MEGABYTE
    assert mx.get_cache_memory() <= 128 * MEGABYTE
