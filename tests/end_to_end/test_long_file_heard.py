"""A long file is cut at its pauses: each clip in it has its own utterances, at its place, with all its words."""

import pytest
from tests.adapters.speech_to_text.clips import clip, speech_clips
from tests.end_to_end.hearing import Heard, Hearing
from tests.end_to_end.sound_scenes import Place, in_a_row, word_errors

from realtime_mlx_stt.application.read_models.utterances import TranscribedUtterance
from realtime_mlx_stt.domain.audio_format import seconds_to_samples

PAUSE_SECONDS = 0.7
NAMES = [each.name for each in speech_clips()]
MOST_UTTERANCES = {"jfk": 3}
"""What is said in a clip without a pause is one utterance; the president pauses twice."""


@pytest.fixture(scope="module")
def heard(hearing: Hearing) -> Heard:
    audio, _ = in_a_row(NAMES, PAUSE_SECONDS)
    return hearing.hear(audio)


@pytest.fixture(scope="module")
def places() -> tuple[Place, ...]:
    return in_a_row(NAMES, PAUSE_SECONDS)[1]


def within(heard: Heard, place: Place) -> list[TranscribedUtterance]:
    """The utterances whose middle lies in the clip."""
    return [
        u for u in heard.utterances if place.start_sample <= (u.start_sample + u.end_sample) / 2 < place.end_sample
    ]


def test_every_clip_is_as_many_utterances_as_it_has_alone(
    heard: Heard, places: tuple[Place, ...], hearing: Hearing
) -> None:
    together = {place.name: len(within(heard, place)) for place in places}

    assert together == {name: MOST_UTTERANCES.get(name, 1) for name in NAMES}
    assert together["jfk"] == len(hearing.hear(clip("jfk").audio).utterances)
    assert sum(together.values()) == len(heard.utterances)
    assert (heard.transcript.rejected, heard.transcript.failed) == ((), ())


def test_no_utterance_reaches_over_a_pause(heard: Heard, places: tuple[Place, ...]) -> None:
    """An utterance begins at most the pre-roll before its clip, and ends at most the tail and a window after it."""
    pre_roll, tail = seconds_to_samples(0.4), seconds_to_samples(0.2 + 0.064)
    for place in places:
        for utterance in within(heard, place):
            assert place.start_sample - pre_roll <= utterance.start_sample
            assert utterance.end_sample <= place.end_sample + tail


def test_every_word_of_a_clip_is_found_again_where_the_clip_lies(heard: Heard, places: tuple[Place, ...]) -> None:
    for place in places:
        utterances = within(heard, place)
        errors = word_errors(clip(place.name).text, " ".join(utterance.text for utterance in utterances))
        assert errors.missing == 0, place.name
        assert not errors.added, place.name
        words = [word for utterance in utterances for word in utterance.best.words]
        # The first and the last word reach into the silence around the clip; all between lie in it.
        assert all(place.start_sample <= word.end_sample for word in words)
        assert all(word.start_sample <= place.end_sample for word in words)


def test_the_silence_around_a_clip_costs_few_words(heard: Heard, places: tuple[Place, ...]) -> None:
    texts = {place.name: " ".join(u.text for u in within(heard, place)) for place in places}
    errors = [word_errors(clip(name).text, text) for name, text in texts.items()]

    assert sum(each.all for each in errors) <= 0.08 * sum(each.said for each in errors)


@pytest.mark.parametrize("pause_seconds", [0.15, 0.3])
def test_sentences_behind_pauses_too_short_to_cut_at_are_all_there(hearing: Hearing, pause_seconds: float) -> None:
    """An utterance of several sentences, or one that is cut for its length, is written to its end."""
    audio, _ = in_a_row(NAMES, pause_seconds)

    heard = hearing.hear(audio)

    errors = word_errors(" ".join(clip(name).text for name in NAMES), heard.text)
    assert len(heard.utterances) < len(NAMES)
    assert errors.missing + errors.added <= 1
    assert errors.all <= 0.1 * errors.said
