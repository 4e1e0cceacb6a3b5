"""What was said, written as the files that other programs read."""

import json

import pytest
from tests.adapters.python_api.process import Calls, FakeProcess, recorded_session, utterance
from tests.application.stories import began, ended, started, stopped, stored, transcribed, word

from realtime_mlx_stt.adapters.python_api.transcript_formats import format_transcript
from realtime_mlx_stt.domain.errors import InvalidSettingError

EVENTS = stored(
    began(),
    started(1, 16_000),
    ended(1, 16_000, 48_000),
    transcribed(1, "Hello there.", word("Hello", 16_000, 24_000), word(" there.", 24_000, 40_000)),
    *stopped(64_000),
)


def test_text_is_what_is_written_where_nothing_else_is_asked_for() -> None:
    assert format_transcript(EVENTS) == format_transcript(EVENTS, "txt") == "Hello there.\n"


def test_subtitles_have_the_times_at_which_words_are_spoken() -> None:
    assert format_transcript(EVENTS, "srt") == "1\n00:00:01,000 --> 00:00:02,500\nHello there.\n"
    assert format_transcript(EVENTS, "vtt").startswith("WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n")


def test_json_has_every_utterance() -> None:
    assert [each["text"] for each in json.loads(format_transcript(EVENTS, "json"))["utterances"]] == [
        "Hello there."
    ]


def test_of_a_session_that_goes_on_what_has_been_said_by_now_is_written() -> None:
    assert format_transcript(EVENTS[:4]) == "Hello there.\n"
    assert format_transcript(EVENTS[:3]) == ""


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(
        InvalidSettingError, match=r"^Unknown transcript format 'doc'\. There are: json, srt, txt, vtt"
    ):
        format_transcript(EVENTS, "doc")


def test_the_events_of_a_session_are_awaited_to_their_end(process: FakeProcess, calls: Calls) -> None:
    session = recorded_session(calls, ("event", "transcription"))
    assert session.start()
    process.rig.source.hear(utterance(1, 2))
    calls.until("transcription")
    assert format_transcript(calls.of("event")) == "word1 word2\n"
    assert session.stop()
    assert format_transcript(session.events()) == "word1 word2\n"
