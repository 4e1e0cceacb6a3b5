"""After its wake word a session transcribes what follows, from the first word on, and nothing that came before."""

import json
from pathlib import Path

import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.end_to_end.command import Home
from tests.end_to_end.hearing import MODEL, Hearing
from tests.end_to_end.sound_scenes import plain_words, scene, silence, speech, wake_word

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.ports.audio_source import AudioSamples

BEFORE = scene(speech("lj001-0013"), silence(1))
WORDS = ("hey_mycroft", "alexa")


def said_after(word: str, pause_seconds: float, name: str) -> AudioSamples:
    """Something is said, then the wake word, then the clip."""
    return scene(BEFORE, wake_word(word), silence(pause_seconds), speech(name), silence(1))


def test_the_command_hears_the_word_and_writes_what_follows(hearing: Hearing, tmp_path: Path) -> None:
    file = hearing.file(said_after("hey_mycroft", 0.3, "sense-and-sensibility-0930"))
    wishes = ("--wake-word", "hey_mycroft", "--model", MODEL, "--speed", "max", "--ephemeral", "--json")

    outcome = Home(tmp_path).run("listen", "--input", file, *wishes)

    assert outcome.status == 0, outcome
    events = [json.loads(line) for line in outcome.output.splitlines()]
    (woken,) = [event["data"] for event in events if event["type"] == "wake-word-detected"]
    texts = [event["data"]["text"] for event in events if event["type"] == "utterance-transcribed"]
    assert woken["word"] == "hey_mycroft"
    assert [plain_words(text) for text in texts] == [plain_words(clip("sense-and-sensibility-0930").text)]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("pause_seconds", [0.0, 0.1, 0.4, 1.5])
@pytest.mark.parametrize("name", ["lj001-0008", "cards-005"])
def test_what_follows_is_written_however_soon_it_comes(
    hearing: Hearing, word: str, pause_seconds: float, name: str
) -> None:
    audio = said_after(word, pause_seconds, name)

    heard = hearing.hear(audio, hearing.waking(word))

    (woken,) = heard.events(e.WakeWordDetected)
    end_of_word = len(BEFORE) + len(wake_word(word))
    assert (woken.word, woken.score > 0.9) == (word, True)
    assert end_of_word - seconds_to_samples(0.3) <= woken.at_sample <= end_of_word + seconds_to_samples(0.1)
    (utterance,) = heard.utterances
    words, said = plain_words(utterance.text), plain_words(clip(name).text)
    assert (words[0], words[-1], len(words)) == (said[0], said[-1], len(said))
    assert utterance.start_sample >= woken.at_sample
    assert all(started.start_sample >= woken.at_sample for started in heard.events(e.SpeechStarted))
    assert {rejected.text for rejected in heard.events(e.UtteranceRejected)} <= {""}


@pytest.mark.parametrize("word", WORDS)
def test_without_the_word_nothing_is_written(hearing: Hearing, word: str) -> None:
    heard = hearing.hear(scene(BEFORE, speech("jfk"), silence(1)), hearing.waking(word))

    assert heard.types() == []


def test_another_wake_word_wakes_nobody(hearing: Hearing) -> None:
    heard = hearing.hear(said_after("alexa", 0.3, "lj001-0008"), hearing.waking("hey_mycroft"))

    assert heard.types() == []


def test_each_of_several_wake_words_wakes(hearing: Hearing) -> None:
    audio = scene(said_after("alexa", 0.3, "lj001-0008"), silence(2), said_after("hey_mycroft", 0.3, "lj001-0008"))

    heard = hearing.hear(audio, hearing.waking("hey_mycroft", "alexa"))

    assert [woken.word for woken in heard.events(e.WakeWordDetected)] == ["alexa", "hey_mycroft"]
    assert [plain_words(u.text) for u in heard.utterances] == [plain_words(clip("lj001-0008").text)] * 2


def test_after_what_was_said_the_word_is_needed_again(hearing: Hearing) -> None:
    audio = scene(said_after("alexa", 0.2, "lj001-0008"), speech("lj001-0002"), silence(1))

    heard = hearing.hear(audio, hearing.waking("alexa"))

    assert [plain_words(u.text) for u in heard.utterances] == [plain_words(clip("lj001-0008").text)]


def test_who_says_nothing_in_time_is_not_heard_afterwards(hearing: Hearing) -> None:
    audio = scene(wake_word("alexa"), silence(3), speech("lj001-0008"), silence(1))

    heard = hearing.hear(audio, hearing.waking("alexa", timeout_seconds=2.0))

    (woken,), (expired,) = heard.events(e.WakeWordDetected), heard.events(e.WakeWordExpired)
    assert 0 <= expired.at_sample - woken.deadline_sample < 512
    assert heard.utterances == ()
    assert heard.types()[-1] == "wake-word-expired"


def test_speech_that_begins_in_time_is_heard_to_its_end(hearing: Hearing) -> None:
    audio = scene(wake_word("alexa"), silence(1), speech("sense-and-sensibility-0930"), silence(1))

    heard = hearing.hear(audio, hearing.waking("alexa", timeout_seconds=2.0))

    assert plain_words(heard.text) == plain_words(clip("sense-and-sensibility-0930").text)
    assert heard.events(e.WakeWordExpired) == []
