"""Texts of an utterance while it grows: little is computed, nothing is left out, and the final text is the same."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import loaded_engine

from realtime_mlx_stt.adapters.speech_to_text.search.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.text.growing_text import is_astray
from realtime_mlx_stt.domain.transcription import DecodingOptions
from realtime_mlx_stt.ports.audio_source import AudioSamples

SECOND = 16_000
ENGLISH = DecodingOptions(language="en")


def growing(audio: AudioSamples, step: int) -> Iterator[AudioSamples]:
    yield from (audio[:end] for end in range(step, audio.size, step))
    yield audio


def sentences() -> AudioSamples:
    pause = np.zeros(SECOND // 2, dtype=np.float32)
    return np.concatenate([clip("jfk").audio, pause, clip("lj001-0008").audio])


def test_the_text_covers_all_sentences_and_its_words_lie_in_order() -> None:
    audio = sentences()
    decoder = loaded_engine().open_utterance(ENGLISH)

    partials = [decoder.decode(heard, final=False) for heard in growing(audio, 2 * SECOND)]

    last = partials[-1]
    assert last.text.startswith("And so my fellow Americans")
    assert "surpassed" in last.text
    assert " ".join(word.text for word in last.words) == last.text
    assert all(earlier.end_sample <= later.start_sample for earlier, later in pairwise(last.words))
    assert last.words[-1].end_sample > audio.size - SECOND
    assert last.confidence > 0.5


def test_the_final_text_is_the_one_it_has_without_any_before() -> None:
    audio = sentences()
    decoder = loaded_engine().open_utterance(ENGLISH)
    for heard in growing(audio, 3 * SECOND):
        decoder.decode(heard, final=False)

    final, at_once = (
        decoder.decode(audio, final=True),
        loaded_engine().open_utterance(ENGLISH).decode(audio, final=True),
    )

    assert final.text == at_once.text
    assert [(each.text, each.start_sample) for each in final.words] == [
        (each.text, each.start_sample) for each in at_once.words
    ]


def test_an_utterance_that_turns_out_shorter_is_heard_anew() -> None:
    decoder = loaded_engine().open_utterance(ENGLISH)
    decoder.decode(clip("jfk").audio, final=False)

    assert (
        decoder.decode(clip("cards-003").audio, final=False).text
        == loaded_engine().open_utterance(ENGLISH).decode(clip("cards-003").audio, final=False).text
    )


def is_written_anew(audio: AudioSamples, first_samples: int) -> bool:
    """Whether nothing that was kept after ``first_samples`` has a part in the text."""
    decoder = loaded_engine().open_utterance(ENGLISH)
    decoder.decode(audio[:first_samples], final=False)
    grown, whole = (
        decoder.decode(audio, final=False),
        loaded_engine().open_utterance(ENGLISH).decode(audio, final=False),
    )
    return abs(grown.average_log_probability - whole.average_log_probability) < 1e-4


def test_an_ordinary_text_is_not_written_anew() -> None:
    assert not is_written_anew(clip("jfk").audio[: 4 * SECOND], 3 * SECOND)


def test_an_improbable_text_is_written_anew() -> None:
    backwards = clip("lj001-0008").audio[::-1].copy()

    assert is_written_anew(backwards[: 3 * SECOND], round(2.2 * SECOND))


@pytest.mark.parametrize(
    ("tokens", "log_probability", "is_it"),
    [
        ((1, 2, 3, 4, 5, 6), -0.3, False),
        ((1, 2, 7, 8), -0.3, False),
        ((1, 7, 8, 4), -0.3, True),
        ((), -0.3, True),
        ((1, 2, 3, 4), -1.1, True),
    ],
)
def test_a_text_is_astray_that_is_improbable_or_loses_three_tokens(
    tokens: tuple[int, ...], log_probability: float, is_it: bool
) -> None:
    decoded = DecodedText(
        tokens=tokens, log_probabilities=(log_probability,) * (len(tokens) + 1), no_speech_probability=0.0
    )

    assert is_astray((1, 2, 3, 4), decoded) is is_it
