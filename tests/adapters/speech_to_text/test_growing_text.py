"""Texts of an utterance while it grows: little is computed, nothing is left out, and the final text is the same."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import bare_model, loaded_engine

from realtime_mlx_stt.adapters.speech_to_text.encoder import encode_behind
from realtime_mlx_stt.adapters.speech_to_text.hearing_window import hearing_window
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


def test_positions_that_are_kept_are_not_computed_again() -> None:
    audio = clip("jfk").audio
    window = hearing_window(audio.size, longest=1500, stride=32)
    whole = encode_behind(bare_model(), audio, window, ())
    kept = [(key[:400], value[:400]) for key, value in whole.kept]

    rest = encode_behind(bare_model(), audio, window, kept)

    assert rest.features.shape[1] == window.positions.size - 400
    np.testing.assert_allclose(np.array(rest.features[0]), np.array(whole.features[0, 400:]), atol=1e-3)


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
