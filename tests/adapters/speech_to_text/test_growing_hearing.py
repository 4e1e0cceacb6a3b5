"""Little is heard anew while speech grows, and all of it where what was kept would be heard otherwise now."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import bare_model
from tests.adapters.speech_to_text.plain_decoding import english_rules

from realtime_mlx_stt.adapters.speech_to_text.encoding.growing_window import GrowingWindow, memory_rows
from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Floats
from realtime_mlx_stt.adapters.speech_to_text.network.processor_encoder import KeysAndValues, ProcessorEncoder
from realtime_mlx_stt.adapters.speech_to_text.network.processor_weights import encoder_weights
from realtime_mlx_stt.adapters.speech_to_text.search.text_decoder import TextDecoder
from realtime_mlx_stt.adapters.speech_to_text.text.growing_hearing import GrowingHearing
from realtime_mlx_stt.ports.audio_source import AudioSamples

SECOND = 16_000


def attention(decoder: TextDecoder) -> Floats:
    """What the beginning of a text attends to in the first second; it tells how that was heard."""
    decoder.feed(english_rules(bare_model()).prompt)
    return decoder.attention(1, 50)


def is_heard_anew(audio: AudioSamples, first_samples: int) -> bool:
    """Whether after ``first_samples`` and then some more nothing is left of what was kept."""
    hearing = GrowingHearing(bare_model())
    hearing.hear(audio[:first_samples])
    grown, whole = attention(hearing.hear(audio)), attention(GrowingHearing(bare_model()).hear(audio))
    return bool(np.allclose(grown, whole, atol=1e-4))


def quiet_and_then_loud(decibels: float) -> AudioSamples:
    audio = clip("jfk").audio[: 5 * SECOND].copy()
    audio[: 3 * SECOND] *= 10 ** (-decibels / 20)
    return audio


def test_ordinary_speech_is_not_heard_anew() -> None:
    assert not is_heard_anew(clip("jfk").audio[: 5 * SECOND], 3 * SECOND)


def test_nor_is_speech_that_gets_somewhat_louder() -> None:
    assert not is_heard_anew(quiet_and_then_loud(6.0), 3 * SECOND)


def test_quiet_speech_is_heard_anew_when_loud_speech_follows() -> None:
    assert is_heard_anew(quiet_and_then_loud(30.0), 3 * SECOND)


def test_what_was_kept_for_long_is_heard_anew() -> None:
    audio = clip("jfk").audio

    assert not is_heard_anew(audio[: 10 * SECOND], 3 * SECOND)
    assert is_heard_anew(audio, 2 * SECOND)


def test_what_is_forgotten_is_heard_anew() -> None:
    audio, hearing = clip("cards-003").audio, GrowingHearing(bare_model())
    hearing.hear(audio)

    hearing.forget()

    np.testing.assert_array_equal(
        attention(hearing.hear(audio)), attention(GrowingHearing(bare_model()).hear(audio))
    )


@pytest.mark.parametrize("samples", [1, SECOND, 14 * SECOND, 29 * SECOND, 30 * SECOND])
def test_the_window_counts_every_position_once(samples: int) -> None:
    window = GrowingWindow(longest=1500, samples=samples)

    assert window.counts.sum() == 1500
    assert window.counts.min() >= 1
    assert window.counts.size == window.attended.stop - window.attended.start
    assert window.attended.stop <= memory_rows(1500)
    np.testing.assert_array_equal(window.positions(window.spoken(0)), np.arange(window.dense))
    assert np.all(window.positions(window.silence)[-1:] == 1499)
    assert window.sources(window.attended).max() < window.convolved


def test_no_row_changes_its_place_while_speech_grows() -> None:
    early, late = (GrowingWindow(longest=1500, samples=seconds * SECOND) for seconds in (3, 20))

    shared = late.silence
    np.testing.assert_array_equal(early.positions(shared), late.positions(shared))
    assert early.spoken(100).start == late.spoken(100).start


def test_speech_may_grow_to_the_end_of_the_window() -> None:
    """Then no silence is left to be heard anew."""
    hearing, audio = GrowingHearing(bare_model()), np.tile(clip("jfk").audio, 3)

    decoders = [hearing.hear(audio[: int(seconds * SECOND)]) for seconds in (25.6, 27.7, 29.7, 30.0)]

    assert np.isfinite(attention(decoders[-1])).all()


class FailingEncoder(ProcessorEncoder):
    """Fails when it is asked for the second time."""

    asked: ClassVar[list[None]] = []

    def encode(self, x: Floats, memory: Sequence[KeysAndValues], first: int, counts: Floats) -> Floats:
        self.asked.append(None)
        if len(self.asked) == 2:
            raise MemoryError
        return super().encode(x, memory, first, counts)


def test_after_a_failure_everything_is_heard_anew() -> None:
    audio = clip("jfk").audio[: 6 * SECOND]
    weights = encoder_weights(bare_model().network.encoder)
    hearing = GrowingHearing(replace(bare_model(), encoder=FailingEncoder(weights)))
    hearing.hear(audio[: 4 * SECOND])
    with pytest.raises(MemoryError):
        hearing.hear(audio[: 5 * SECOND])

    grown, whole = attention(hearing.hear(audio)), attention(GrowingHearing(bare_model()).hear(audio))

    np.testing.assert_allclose(grown, whole, atol=1e-4)
