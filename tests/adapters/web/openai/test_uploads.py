"""OpenAI's client uploads sounds, and reads the texts of them in every form that it knows."""

import tempfile

import numpy as np
import pytest
from tests.adapters.web.openai.served import Served, newest_log, translated, two_utterances, utterance, wave
from tests.application.rig import silence

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.events import SessionStarted
from realtime_mlx_stt.domain.transcription import TranscriptionTask

SOUND = wave(two_utterances())
TEXT = "word1 word2 word3"


class TestTranscriptions:
    @pytest.mark.parametrize(
        "model", ["whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "tiny.en", "base"]
    )
    def test_json_is_the_text_and_how_long_the_sound_is(self, server: Served, model: str) -> None:
        answer = server.client.audio.transcriptions.create(model=model, file=("two.wav", SOUND))

        assert answer.text == TEXT
        assert answer.usage is not None
        assert answer.usage.type == "duration"
        assert answer.usage.seconds == -(-len(two_utterances()) // SAMPLE_RATE_HZ)
        assert {call.model for call in server.engines.calls} == {"base" if model == "base" else "tiny.en"}

    def test_text_is_the_text_alone(self, server: Served) -> None:
        answer = server.client.audio.transcriptions.create(model="whisper-1", file=SOUND, response_format="text")
        assert answer == f"{TEXT}\n"

    def test_subtitles_have_the_times_of_the_words(self, server: Served) -> None:
        create = server.client.audio.transcriptions.create
        srt = create(model="whisper-1", file=SOUND, response_format="srt")
        vtt = create(model="whisper-1", file=SOUND, response_format="vtt")

        assert srt.startswith("1\n00:00:00,000 --> 00:00:00,650\nword1 word2\n\n2\n00:00:02,7")
        assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:00.650\nword1 word2\n\n00:00:02.7")

    def test_the_verbose_form_has_the_utterances_as_segments(self, server: Served) -> None:
        answer = server.client.audio.transcriptions.create(
            model="whisper-1", file=SOUND, response_format="verbose_json", language="en"
        )

        assert (answer.text, answer.language) == (TEXT, "english")
        assert answer.duration == len(two_utterances()) / SAMPLE_RATE_HZ
        assert answer.words is None
        assert answer.segments is not None
        assert [(segment.id, segment.text) for segment in answer.segments] == [(0, "word1 word2"), (1, "word3")]
        first, second = answer.segments
        assert 0.0 <= first.start < 0.7 < first.end < 1.7 < second.start < second.end <= answer.duration
        assert first.avg_logprob == pytest.approx(-0.105, abs=0.001)
        assert second.seek == round(second.start * 100)

    def test_the_verbose_form_has_words_where_they_are_asked_for(self, server: Served) -> None:
        answer = server.client.audio.transcriptions.create(
            model="whisper-1", file=SOUND, response_format="verbose_json", timestamp_granularities=["word"]
        )

        assert answer.segments is None
        assert answer.words is not None
        assert [word.word for word in answer.words] == ["word1", "word2", "word3"]
        assert [(word.start, word.end) for word in answer.words[:2]] == [(0.0, 0.3), (0.35, 0.65)]

    def test_both_granularities_may_be_asked_for(self, server: Served) -> None:
        answer = server.client.audio.transcriptions.create(
            model="whisper-1",
            file=SOUND,
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
        )
        assert answer.words is not None
        assert answer.segments is not None

    def test_what_nobody_can_do_here_may_be_asked_for_and_changes_nothing(self, server: Served) -> None:
        answer = server.client.audio.transcriptions.create(
            model="whisper-1", file=SOUND, temperature=0.4, chunking_strategy="auto"
        )
        assert answer.text == TEXT

    @pytest.mark.parametrize("prompt", ["", "Ducks."])
    def test_the_prompt_is_the_sessions(self, server: Served, prompt: str) -> None:
        server.client.audio.transcriptions.create(model="whisper-1", file=SOUND, prompt=prompt)
        started = newest_log(server)[0]
        assert isinstance(started, SessionStarted)
        assert started.settings.transcription.prompt == prompt

    def test_the_upload_is_a_session_like_all_others(self, server: Served) -> None:
        server.client.audio.transcriptions.create(
            model="whisper-1", file=("C:\\mine\\two.wav", SOUND), language="en"
        )

        log = newest_log(server)
        assert [event.type for event in log] == [
            "session-started",
            *["speech-started", "speech-ended", "utterance-transcribed"] * 2,
            "session-stopping",
            "session-stopped",
        ]
        assert getattr(log[0], "source", None) == "two.wav"
        assert {call.final for call in server.engines.calls} == {True}

    def test_a_large_upload_is_written_nowhere(self, server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
        """More than Werkzeug keeps in memory by itself: with nowhere to write to, it would fail."""
        monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
        large = wave(np.concatenate([two_utterances(), silence(10)]))
        assert len(large) > 800_000
        assert server.client.audio.transcriptions.create(model="whisper-1", file=large).text == TEXT

    def test_silence_has_an_empty_text_and_no_language(self, server: Served) -> None:
        quiet = wave(utterance())
        answer = server.client.audio.transcriptions.create(
            model="whisper-1", file=quiet, response_format="verbose_json"
        )
        assert (answer.text, answer.language, answer.segments) == ("", "unknown", [])


class TestStreams:
    def test_each_utterance_is_a_delta_and_the_end_is_the_whole(self, server: Served) -> None:
        with server.client.audio.transcriptions.create(
            model="gpt-4o-transcribe", file=SOUND, stream=True
        ) as stream:
            events = list(stream)

        assert [event.type for event in events] == [*["transcript.text.delta"] * 2, "transcript.text.done"]
        deltas = [event.delta for event in events if event.type == "transcript.text.delta"]
        assert deltas == ["word1 word2", " word3"]
        assert events[-1].type == "transcript.text.done"
        assert events[-1].text == "".join(deltas) == TEXT

    def test_nothing_said_is_a_stream_of_nothing(self, server: Served) -> None:
        with server.client.audio.transcriptions.create(
            model="whisper-1", file=wave(utterance()), stream=True
        ) as stream:
            assert [(event.type, getattr(event, "text", None)) for event in stream] == [
                ("transcript.text.done", "")
            ]


class TestTranslations:
    def test_the_engine_is_asked_to_translate(self, server: Served) -> None:
        answer = translated(server.client, model="base", file=SOUND)

        assert answer.text == TEXT
        assert {(call.model, call.task) for call in server.engines.calls} == {("base", TranscriptionTask.TRANSLATE)}

    def test_the_language_is_that_of_the_text(self, server: Served) -> None:
        answer = translated(server.client, model="base", file=SOUND, response_format="verbose_json")
        assert answer.language == "english"
        assert answer.segments is not None
        assert [segment.text for segment in answer.segments] == ["word1 word2", "word3"]
