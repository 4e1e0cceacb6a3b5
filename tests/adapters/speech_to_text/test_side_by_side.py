"""What several tasks ask for alike is computed at once, and each goes on as if it were alone."""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import bare_model
from tests.adapters.speech_to_text.plain_decoding import EncodedAudio, english_rules

from realtime_mlx_stt.adapters.speech_to_text.encoding.encoder import encode
from realtime_mlx_stt.adapters.speech_to_text.encoding.hearing_window import hearing_window
from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Floats
from realtime_mlx_stt.adapters.speech_to_text.network.processor_decoder import ProcessorDecoder, TokensOfText
from realtime_mlx_stt.adapters.speech_to_text.network.processor_encoder import ProcessorEncoder
from realtime_mlx_stt.adapters.speech_to_text.network.processor_steps import ProcessorArithmetic
from realtime_mlx_stt.adapters.speech_to_text.network.processor_weights import encoder_weights, processor_weights
from realtime_mlx_stt.adapters.speech_to_text.runtime.side_by_side import computed, side_by_side
from realtime_mlx_stt.adapters.speech_to_text.search.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.search.greedy_decoding import decode_text
from realtime_mlx_stt.adapters.speech_to_text.text.transcriber import Transcriber
from realtime_mlx_stt.domain.transcription import DecodingOptions

CLIPS = ("cards-005", "lj001-0008", "sense-and-sensibility-0880")


@dataclass
class Arithmetic:
    """Doubles numbers and squares them, and notes which it was asked for at once."""

    at_once: list[list[int]] = field(default_factory=list)

    def double(self, numbers: Sequence[int]) -> list[int]:
        self.at_once.append([*numbers])
        return [2 * number for number in numbers]

    def square(self, numbers: Sequence[int]) -> list[int]:
        self.at_once.append([*numbers])
        if 0 in numbers:
            raise ZeroDivisionError("zero")
        return [number**2 for number in numbers]


def doubling(arithmetic: Arithmetic, number: int, times: int) -> Callable[[], int]:
    def task() -> int:
        doubled = number
        for _ in range(times):
            doubled = computed(arithmetic.double, doubled)
        return doubled

    return task


def squaring(arithmetic: Arithmetic, number: int) -> Callable[[], int]:
    return lambda: computed(arithmetic.double, computed(arithmetic.square, number))


def test_alone_a_computation_is_done_at_once() -> None:
    arithmetic = Arithmetic()

    assert computed(arithmetic.double, 4) == 8
    assert arithmetic.at_once == [[4]]


def test_what_is_asked_for_alike_is_computed_together() -> None:
    arithmetic = Arithmetic()

    assert side_by_side([doubling(arithmetic, number, times) for number, times in ((1, 1), (3, 2))]) == [2, 12]

    assert arithmetic.at_once == [[1, 3], [6]]


def test_the_fewest_go_first_so_that_they_catch_up() -> None:
    arithmetic = Arithmetic()
    tasks = [doubling(arithmetic, 1, 1), squaring(arithmetic, 3), doubling(arithmetic, 2, 1)]

    assert side_by_side(tasks) == [2, 18, 4]

    assert arithmetic.at_once == [[3], [1, 9, 2]]


def test_an_error_of_a_task_costs_the_others_nothing() -> None:
    def failing() -> int:
        raise LookupError("mine")

    outcomes = side_by_side([failing, doubling(Arithmetic(), 5, 1)])

    assert isinstance(outcomes[0], LookupError)
    assert outcomes[1] == 10


def test_what_a_computation_cannot_do_for_one_costs_the_others_nothing() -> None:
    arithmetic = Arithmetic()
    tasks = [squaring(arithmetic, 0), squaring(arithmetic, 3), squaring(arithmetic, 0)]

    failed, fine, too = side_by_side(tasks)

    assert isinstance(failed, ZeroDivisionError)
    assert isinstance(too, ZeroDivisionError)
    assert failed is not too
    assert fine == 18


def test_tasks_that_are_left_in_the_middle_are_ended() -> None:
    ended = []

    def suspended() -> int:
        try:
            return computed(Arithmetic().double, 1)
        finally:
            ended.append("suspended")

    def interrupted() -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        side_by_side([suspended, interrupted])

    assert ended == ["suspended"]


def test_tasks_have_the_context_of_the_caller() -> None:
    language = ContextVar("language", default="none")
    language.set("en")

    assert side_by_side([language.get, language.get]) == ["en", "en"]


def test_no_tasks() -> None:
    assert side_by_side([]) == []


@given(numbers=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 6)), max_size=6))
def test_every_task_has_the_result_that_it_has_alone(numbers: list[tuple[int, int]]) -> None:
    arithmetic = Arithmetic()

    outcomes = side_by_side([doubling(arithmetic, *each) for each in numbers])

    assert outcomes == [number * 2**times for number, times in numbers]
    assert len(arithmetic.at_once) == max((times for _, times in numbers), default=0)


def test_sounds_that_are_encoded_together_are_heard_as_alone() -> None:
    def encoded(name: str) -> Floats:
        audio = clip(name).audio
        window = hearing_window(audio.size, longest=1500)
        return np.asarray(encode(bare_model(), audio, window))

    together = side_by_side([partial(encoded, name) for name in CLIPS])

    for name, features in zip(CLIPS, together, strict=True):
        assert not isinstance(features, Exception)
        np.testing.assert_allclose(features, encoded(name), atol=2e-3)


@pytest.mark.parametrize("beam_size", [1, 3])
def test_texts_that_are_decoded_together_are_those_decoded_alone(beam_size: int) -> None:
    rules, heard = (
        english_rules(bare_model()),
        [EncodedAudio(bare_model(), clip(name).audio) for name in CLIPS],
    )

    def decoded(audio: EncodedAudio) -> DecodedText:
        return decode_text(audio.decoder(), rules, draft=(383, 995), longest=30, beam_size=beam_size)

    together = side_by_side([partial(decoded, audio) for audio in heard])

    for audio, text in zip(heard, together, strict=True):
        alone = decoded(audio)
        assert not isinstance(text, Exception)
        assert text.tokens == alone.tokens
        np.testing.assert_allclose(text.log_probabilities, alone.log_probabilities, atol=1e-3)


class RecordingEncoder(ProcessorEncoder):
    """Notes how many sounds it encodes at once."""

    at_once: ClassVar[list[int]] = []

    def _encode(self, entered: Sequence[Any]) -> list[Floats]:
        self.at_once.append(len(entered))
        return super()._encode(entered)


class RecordingDecoder(ProcessorDecoder):
    """Notes how many texts it feeds, and of how many it scores the vocabulary at once."""

    at_once: ClassVar[list[int]] = []

    def _feed(self, texts: Sequence[TokensOfText]) -> list[tuple[Floats, list[Floats]]]:
        self.at_once.append(len(texts))
        return super()._feed(texts)

    def _score(self, hidden: Sequence[Floats]) -> list[Floats]:
        self.at_once.append(len(hidden))
        return super()._score(hidden)


def test_hypotheses_share_the_layers_and_the_vocabulary() -> None:
    network = bare_model().network
    weights = processor_weights(network.decoder, bare_model().alignment_heads)
    model = replace(
        bare_model(),
        encoder=RecordingEncoder(encoder_weights(network.encoder)),
        decoder=ProcessorArithmetic(RecordingDecoder(weights)),
    )
    transcriber, options = Transcriber(model), DecodingOptions(language="en")

    texts = side_by_side([partial(transcriber.growing_text(options).write, clip(name).audio) for name in CLIPS])

    assert not any(isinstance(text, Exception) for text in texts)
    assert RecordingEncoder.at_once[0] == len(CLIPS)
    assert RecordingDecoder.at_once[:2] == [len(CLIPS)] * 2
