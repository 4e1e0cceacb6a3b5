"""After its wake word a session transcribes what follows, from the first word on, and nothing that came before."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.wake_word.backends import MODELS
from tests.end_to_end.command import Home
from tests.end_to_end.hearing import MODEL, Hearing
from tests.end_to_end.sound_scenes import plain_words, scene, silence, speech, wake_word

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.ports.audio_source import AudioSamples

BEFORE = scene(speech("lj001-0013"), silence(1))
WORDS = ("hey_mycroft", "alexa")


def alone(sound: AudioSamples) -> AudioSamples:
    """Without the silence before and behind it: from its first loud sample to its last."""
    loud = np.flatnonzero(np.abs(sound) > 0.03)
    return sound[loud[0] : loud[-1] + 1]


def said_after(word: str, pause_seconds: float, name: str) -> AudioSamples:
    """Something is said, then the wake word, then the clip; the pause is all that there is between these."""
    return scene(BEFORE, alone(wake_word(word)), silence(pause_seconds), alone(speech(name)), silence(1))


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
@pytest.mark.parametrize("pause_seconds", [0.0, 0.1, 0.3, 1.5])
@pytest.mark.parametrize("name", ["sense-and-sensibility-0930", "cards-005"])
def test_what_follows_is_written_however_soon_it_comes(
    hearing: Hearing, word: str, pause_seconds: float, name: str
) -> None:
    audio = said_after(word, pause_seconds, name)

    heard = hearing.hear(audio, hearing.waking(word))

    (woken,) = heard.events(e.WakeWordDetected)
    end_of_word = len(BEFORE) + len(alone(wake_word(word)))
    assert (woken.word, woken.score > 0.5) == (word, True)
    assert end_of_word - seconds_to_samples(0.2) <= woken.at_sample <= end_of_word + seconds_to_samples(0.1)
    (utterance,) = heard.utterances
    words, said = plain_words(utterance.text), plain_words(clip(name).text)
    assert (words[0], words[-1], len(words)) == (said[0], said[-1], len(said))
    assert utterance.start_sample >= woken.at_sample
    assert all(started.start_sample >= woken.at_sample for started in heard.events(e.SpeechStarted))
    assert {rejected.text for rejected in heard.events(e.UtteranceRejected)} <= {""}


@pytest.mark.parametrize("single_utterance", [True, False])
@pytest.mark.parametrize("pause_seconds", [0.0, 0.3])
def test_the_word_said_again_is_not_written(hearing: Hearing, pause_seconds: float, single_utterance: bool) -> None:
    again = scene(wake_word("alexa"), silence(2.5), said_after("alexa", pause_seconds, "lj001-0008")[len(BEFORE) :])

    heard = hearing.hear(again, hearing.waking("alexa", single_utterance=single_utterance))

    (utterance,) = heard.utterances
    first, second = heard.events(e.WakeWordDetected)
    assert plain_words(utterance.text) == plain_words(clip("lj001-0008").text)
    assert utterance.start_sample >= second.at_sample > first.at_sample
    assert [r.rule for r in heard.events(e.UtteranceRejected)][-1] is e.RejectionRule.WAKE_WORD


@pytest.mark.parametrize("pause_seconds", [0.6, 1.0, 1.4])
def test_of_what_follows_the_word_said_again_too_soon_to_be_heard_nothing_is_lost(
    hearing: Hearing, pause_seconds: float
) -> None:
    """For two seconds after a wake word there is none; said again it is speech."""
    again = scene(wake_word("alexa"), silence(pause_seconds), alone(wake_word("alexa")))

    heard = hearing.hear(scene(again, alone(speech("lj001-0008")), silence(1)), hearing.waking("alexa"))

    said = plain_words(clip("lj001-0008").text)
    assert plain_words(heard.text)[-len(said) :] == said
    assert len(heard.events(e.WakeWordDetected)) == 1


def test_a_window_hears_all_that_begins_in_it_and_the_word_opens_it_anew(hearing: Hearing) -> None:
    """Each word opens 4 s: the second utterance begins after 3 s, and the third after 3 s of another window."""
    one, other = alone(speech("lj001-0008")), alone(speech("lj001-0002"))
    first = scene(wake_word("alexa"), silence(0.3), one, silence(0.8), other)
    second = scene(wake_word("alexa"), silence(3.2), one)
    audio = scene(first, silence(1), second, silence(3), other, silence(1))

    heard = hearing.hear(audio, hearing.waking("alexa", timeout_seconds=4.0, single_utterance=False))

    written = [plain_words(clip(name).text) for name in ("lj001-0008", "lj001-0002", "lj001-0008")]
    assert [plain_words(utterance.text) for utterance in heard.utterances] == written
    assert len(heard.events(e.WakeWordDetected)) == 2


def test_a_model_of_ones_own_wakes_and_is_named_by_its_path(hearing: Hearing, tmp_path: Path) -> None:
    path = str(shutil.copy(MODELS / "alexa_v0.1.onnx", tmp_path / "computer.onnx"))

    heard = hearing.hear(said_after("alexa", 0.1, "lj001-0008"), hearing.waking(path))

    (woken,) = heard.events(e.WakeWordDetected)
    assert woken.word == path
    assert plain_words(heard.text) == plain_words(clip("lj001-0008").text)


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
