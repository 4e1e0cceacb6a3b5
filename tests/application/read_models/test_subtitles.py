"""Subtitles: short lines broken at words, shown while their words are spoken, in each format's own notation."""

import json
import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.application.stories import began, ended, started, stopped, stored, transcribed, word

from realtime_mlx_stt.application.read_models.subtitle_cues import LONGEST_LINE, subtitle_cues
from realtime_mlx_stt.application.read_models.subtitles import TranscriptFormat, render
from realtime_mlx_stt.application.read_models.transcript import Transcript, fold_transcript
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings
from realtime_mlx_stt.domain.transcription import Word

SECOND = 16_000


def transcript_of(text: str, *words: Word, seconds: int = 4) -> Transcript:
    return fold_transcript(
        stored(
            began(),
            started(1, SECOND),
            ended(1, SECOND, (1 + seconds) * SECOND),
            transcribed(1, text, *words),
            *stopped(20 * SECOND),
        )
    )


def test_srt_numbers_its_cues_and_writes_times_with_a_comma() -> None:
    transcript = transcript_of("Hello there.", word("Hello", 16_160, 24_000), word(" there.", 24_000, 40_000))
    assert render(transcript, TranscriptFormat.SRT) == "1\n00:00:01,010 --> 00:00:02,500\nHello there.\n"


def test_vtt_has_its_header_and_escapes_what_would_be_markup() -> None:
    transcript = transcript_of("a <b> & c --> d", word("a", SECOND, 2 * SECOND))
    assert render(transcript, TranscriptFormat.VTT) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\na &lt;b&gt; &amp; c --&gt; d\n"
    )


def test_times_beyond_an_hour_carry_the_hour() -> None:
    hour = 3600 * SECOND
    events = (started(1, hour), ended(1, hour, hour + SECOND), transcribed(1, "late", word("late", hour, hour + 8)))
    assert "01:00:00,000 --> 01:00:00,001" in render(fold_transcript(stored(*events)), TranscriptFormat.SRT)


def test_text_has_an_utterance_a_line() -> None:
    transcript = fold_transcript(
        stored(
            *(started(1, 0), ended(1, 0, 10), transcribed(1, "one")),
            *(started(2, 20), ended(2, 20, 30), transcribed(2, "two")),
        )
    )
    assert render(transcript, TranscriptFormat.TXT) == "one\ntwo\n"


def test_nothing_said_is_an_empty_text_and_no_cue() -> None:
    assert render(Transcript(), TranscriptFormat.TXT) == ""
    assert render(Transcript(), TranscriptFormat.SRT) == ""
    assert render(Transcript(), TranscriptFormat.VTT) == "WEBVTT\n"


def test_json_has_exactly_the_published_keys_with_times_in_seconds() -> None:
    settings = SessionSettings(transcription=TranscriptionSettings(model="base"))
    rejection = e.UtteranceRejected(
        utterance_id=UtteranceId(2), rule=e.RejectionRule.EMPTY_TEXT, text=".", voiced_seconds=0.25
    )
    transcript = fold_transcript(
        stored(
            began(settings),
            *(started(1, 8_000), ended(1, 8_000, 24_000), transcribed(1, "ja", word(" ja", 8_000, 16_000))),
            *(started(2, 32_000), ended(2, 32_000, 40_000), rejection),
            *stopped(48_000),
        )
    )
    assert json.loads(render(transcript, TranscriptFormat.JSON, file="a/b.wav")) == {
        "file": "a/b.wav",
        "model": "base",
        "language": "en",
        "duration_seconds": 3.0,
        "text": "ja",
        "utterances": [
            {
                "id": 1,
                "start": 0.5,
                "end": 1.5,
                "text": "ja",
                "confidence": 0.9,
                "words": [{"word": "ja", "start": 0.5, "end": 1.0, "probability": 0.8}],
            }
        ],
        "rejected": [
            {
                "id": 2,
                "start": 2.0,
                "end": 2.5,
                "text": ".",
                "rule": "empty-text",
                "voiced_seconds": 0.25,
                "average_log_probability": None,
                "no_speech_probability": None,
                "compression_ratio": None,
            }
        ],
    }


def test_json_calls_the_source_by_the_sessions_name_when_it_is_given_no_other() -> None:
    assert json.loads(render(transcript_of("x"), TranscriptFormat.JSON))["file"] == "speech.wav"


def test_a_long_sentence_is_broken_at_words_into_lines_and_cues() -> None:
    text = (
        "and so my fellow Americans ask not what your country can do for you ask what you can do for your country"
    )
    words = [
        word(f" {spoken}", SECOND + 4_000 * place, SECOND + 4_000 * (place + 1))
        for place, spoken in enumerate(text.split())
    ]
    cues = subtitle_cues(transcript_of(text, *words))
    assert [cue.lines for cue in cues] == [
        ("and so my fellow Americans ask not what", "your country can do for you ask what you"),
        ("can do for your country",),
    ]
    assert (cues[0].start_sample, cues[1].start_sample) == (SECOND, SECOND + 4_000 * 17)


def test_words_that_are_not_those_of_the_text_give_way_to_even_times() -> None:
    cues = subtitle_cues(transcript_of("one two", word("drei", SECOND, 2 * SECOND), seconds=7))
    assert [(cue.start_sample, cue.end_sample) for cue in cues] == [(SECOND, 8 * SECOND)]


def test_scripts_without_spaces_are_broken_too() -> None:
    cues = subtitle_cues(transcript_of("今日は" * 30))
    assert "".join("".join(cue.lines) for cue in cues) == "今日は" * 30
    assert max(len(line) for cue in cues for line in cue.lines) == LONGEST_LINE // 2


WORDS = st.lists(
    st.tuples(
        st.text(st.sampled_from("abcß今&<.!"), min_size=1, max_size=12),
        st.integers(0, 90_000),
        st.integers(0, 9_000),
    ),
    min_size=1,
    max_size=60,
)


@given(WORDS, st.booleans())
def test_every_letter_is_shown_once_in_order_in_cues_that_follow_each_other(
    spoken: list[tuple[str, int, int]], has_words: bool
) -> None:
    text = " ".join(letters for letters, _, _ in spoken)
    words = [word(f" {letters}", start, start + length) for letters, start, length in spoken]
    cues = subtitle_cues(transcript_of(text, *(words if has_words else ())))
    shown = "".join("".join(cue.lines) for cue in cues)
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", text)
    assert all(1 <= len(cue.lines) <= 2 and cue.start_sample < cue.end_sample for cue in cues)
    assert all(a.end_sample <= b.start_sample for a, b in pairwise(cues))
