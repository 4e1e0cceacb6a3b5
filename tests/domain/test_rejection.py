"""Each rule rejects what is not speech, and lets pass what is nearly like it."""

import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_mlx_stt.domain.events import RejectionRule
from realtime_mlx_stt.domain.hypotheses import hypothesis_words
from realtime_mlx_stt.domain.rejection import longest_loop, rejection_rule
from realtime_mlx_stt.domain.settings import RejectionSettings
from realtime_mlx_stt.domain.transcription import Transcription

SECOND = 16_000
SPEECH = Transcription(
    text=" And so my fellow Americans, ask not what your country can do for you.",
    language="en",
    average_log_probability=-0.22,
    no_speech_probability=0.02,
    compression_ratio=1.1,
    confidence=0.8,
)


def said(text: str) -> Transcription:
    """Speech with this text and the compression ratio that it really has."""
    data = text.encode()
    return replace(SPEECH, text=text, compression_ratio=len(data) / len(zlib.compress(data)))


def rule(
    transcription: Transcription,
    seconds: float = 5.0,
    peak_amplitude: float = 0.3,
    limits: RejectionSettings | None = None,
) -> RejectionRule | None:
    return rejection_rule(
        transcription,
        duration_samples=round(seconds * SECOND),
        peak_amplitude=peak_amplitude,
        settings=limits or RejectionSettings(),
    )


def test_speech_stands() -> None:
    assert rule(SPEECH) is None


@pytest.mark.parametrize(
    ("peak_amplitude", "expected"),
    [(0.0, RejectionRule.DIGITAL_SILENCE), (9e-5, RejectionRule.DIGITAL_SILENCE), (1e-4, None), (0.003, None)],
)
def test_audio_of_nothing_but_dither_holds_no_speech(peak_amplitude: float, expected: RejectionRule | None) -> None:
    assert rule(replace(SPEECH, text=" Thank you."), peak_amplitude=peak_amplitude) is expected


@pytest.mark.parametrize("text", ["", "   ", "...", " . . .", "♪♪", "—", "[ ]", "。", "!?"])
def test_a_text_without_a_letter_or_digit_is_empty(text: str) -> None:
    assert rule(said(text)) is RejectionRule.EMPTY_TEXT


@pytest.mark.parametrize("text", ["5", "I", "はい", "ใช่", "да", "a."])
def test_one_letter_is_a_text(text: str) -> None:
    assert rule(said(text)) is None


@pytest.mark.parametrize(
    ("no_speech", "log_probability", "expected"),
    [
        (0.91, -1.4, RejectionRule.NO_SPEECH),
        (0.601, -1.001, RejectionRule.NO_SPEECH),
        (0.6, -1.4, None),
        (0.91, -1.0, None),
        (0.91, -0.3, None),
        (0.1, -2.5, None),
    ],
)
def test_no_speech_takes_both_a_sure_no_and_an_unsure_text(
    no_speech: float, log_probability: float, expected: RejectionRule | None
) -> None:
    """What Whisper writes of a fan: "Thanks for watching!", unsure of it, and sure that nobody spoke."""
    hallucinated = replace(
        SPEECH,
        text=" Thanks for watching!",
        no_speech_probability=no_speech,
        average_log_probability=log_probability,
    )
    assert rule(hallucinated) is expected


@pytest.mark.parametrize("text", [" you", "You.", "Uh-huh.", "Uh-oh.", " Oh", "Mm-hmm.", "Ah! Ahh...", "Um, uh"])
def test_breath_stands_only_where_the_model_thinks_that_somebody_spoke(text: str) -> None:
    """A cough gives "Uh-huh.", and the model is sure of it."""
    breath = replace(SPEECH, text=text, average_log_probability=-0.5, no_speech_probability=0.45)
    assert rule(breath) is RejectionRule.NO_SPEECH
    assert rule(replace(breath, no_speech_probability=0.39)) is None
    assert rule(breath, limits=RejectionSettings(no_speech_probability=1.0)) is None


@pytest.mark.parametrize(
    "text", ["Yes.", "Stop!", "Alexa", "No, no.", "Your", "Hum", "M", "You said so.", "5", "A"]
)
def test_a_short_word_is_no_breath(text: str) -> None:
    short = replace(SPEECH, text=text, average_log_probability=-0.9, no_speech_probability=0.7)
    assert rule(short) is None


@pytest.mark.parametrize(
    "text",
    [
        " you you you you you",
        " Thank you. Thank you. Thank you. Thank you. Thank you.",
        " I'm sorry, but " * 6,
        " We're going to go back to the next one." * 9,
        " the the of the of the of the of the of the",
        "谢谢谢谢谢谢谢谢谢谢",
        "ご視聴ありがとうございました" * 6,
        "ครับ" * 5,
    ],
)
def test_a_decoder_that_is_caught_in_a_loop_is_rejected(text: str) -> None:
    assert rule(said(text), seconds=10) is RejectionRule.REPETITION


@pytest.mark.parametrize(
    "text",
    [
        " No, no, no, no.",
        " Thank you. Thank you. Thank you. Thank you.",
        " New York, New York, it's a wonderful town.",
        " Row, row, row your boat, gently down the stream, merrily, merrily, merrily, merrily.",
        " Call one eight hundred, five five five, five five, one two.",
        " ha ha ha ha",
        "ははは、そうですね",
        "谢谢谢谢",
    ],
)
def test_what_people_say_twice_or_four_times_stands(text: str) -> None:
    assert rule(said(text), seconds=10) is None


@pytest.mark.parametrize(
    "text",
    [
        "哈哈哈哈哈，我昨天去了北京看了长城还吃了烤鸭",  # noqa: RUF001 - the comma of that script
        " Call me on 0 5 5 5 5 5 5 1 please.",
        " That was very very very very very good, thank you all for coming here tonight.",
        "ははははは、それは本当に面白い話ですね",
        " Go go go go go go, the train leaves in two minutes!",
        " No no no no no I said that I never wanted the blue one, no no no no no.",
    ],
)
def test_a_word_that_is_said_often_spoils_no_text_that_says_more(text: str) -> None:
    assert longest_loop(text) >= 5
    assert rule(said(text), seconds=10) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" So he said you you you you you", RejectionRule.REPETITION),
        (" Thank you. Thank you. Thank you. Thank you. Thank you. Good night.", RejectionRule.REPETITION),
        (" aa aa aa aa aa bb cc dd ee", RejectionRule.REPETITION),
        (" aa aa aa aa aa bb cc dd ee ff", None),
        (" a a a a a b c d b c d b c d b c d b c d e f g h i j k l m n o p q", RejectionRule.REPETITION),
    ],
)
def test_a_text_is_a_loop_when_loops_are_more_than_half_of_its_letters(
    text: str, expected: RejectionRule | None
) -> None:
    """Whatever the compression says, which is another rule."""
    assert rule(replace(SPEECH, text=text), seconds=10) is expected


def test_a_text_that_compresses_too_well_is_a_loop_too() -> None:
    assert rule(replace(SPEECH, compression_ratio=2.41)) is RejectionRule.REPETITION
    assert rule(replace(SPEECH, compression_ratio=2.4)) is None


@pytest.mark.parametrize(
    ("characters", "seconds", "expected"),
    [
        (80, 2.0, None),
        (81, 2.0, RejectionRule.IMPOSSIBLE_PACE),
        (40, 0.3, None),
        (41, 0.3, RejectionRule.IMPOSSIBLE_PACE),
        (41, 0.0, RejectionRule.IMPOSSIBLE_PACE),
    ],
)
def test_a_text_that_nobody_could_say_so_fast_is_rejected(
    characters: int, seconds: float, expected: RejectionRule | None
) -> None:
    """Less than a second counts as one: a short word has letters too."""
    assert rule(replace(SPEECH, text=f" {'x' * characters} "), seconds=seconds) is expected


def test_each_limit_is_the_settings() -> None:
    doubtful = replace(SPEECH, no_speech_probability=0.5, average_log_probability=-0.5, compression_ratio=2.0)
    assert rule(doubtful) is None
    limits = RejectionSettings(no_speech_probability=0.4, average_log_probability=-0.4)
    assert rule(doubtful, limits=limits) is RejectionRule.NO_SPEECH
    assert rule(doubtful, limits=RejectionSettings(compression_ratio=1.9)) is RejectionRule.REPETITION
    limits = RejectionSettings(characters_per_second=10.0)
    assert rule(doubtful, limits=limits) is RejectionRule.IMPOSSIBLE_PACE


def test_the_first_rule_that_applies_is_named() -> None:
    worst = replace(
        said(" you" * 300), no_speech_probability=0.9, average_log_probability=-3.0, compression_ratio=20.0
    )
    assert rule(worst, peak_amplitude=0.0, seconds=0) is RejectionRule.DIGITAL_SILENCE
    assert rule(worst, seconds=0) is RejectionRule.NO_SPEECH
    assert rule(replace(worst, no_speech_probability=0.0), seconds=0) is RejectionRule.REPETITION


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("", 1),
        ("one", 1),
        ("one two", 1),
        ("one one", 2),
        ("One ONE one", 3),
        ("a b a b a", 2),
        ("a b a b a b", 3),
        ("x a b c a b c y", 2),
        ("1 2 3 4 5 6 7 8 1 2 3 4 5 6 7 8", 2),
        ("1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9", 1),
        ("はは は", 3),
    ],
)
def test_the_longest_loop_is_counted_in_times_that_a_group_of_words_follows_itself(text: str, times: int) -> None:
    assert longest_loop(text) == times


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from("abc"), max_size=40))
def test_the_longest_loop_is_what_counting_by_hand_gives(letters: list[str]) -> None:
    text = " ".join(letters)
    best = 1
    for start in range(len(letters)):
        for length in range(1, 9):
            group, times = letters[start : start + length], 1
            while len(group) == length and letters[start + times * length :][:length] == group:
                times += 1
            best = max(best, times)
    assert longest_loop(text) == best
    assert longest_loop(text.upper()) == best
    assert len(hypothesis_words(text)) == len(letters)
