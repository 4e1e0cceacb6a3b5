"""Speech at the very edges of the audio is written whole: from sample 0, up to the last, and up to a stop."""

import threading

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.end_to_end.hearing import TIMEOUT_SECONDS, Hearing
from tests.end_to_end.sound_scenes import plain_words, scene, silence, speech

from realtime_mlx_stt.application.session.audio_schedule import ScheduledEntry
from realtime_mlx_stt.application.session.position_requests import commit_here, pause_here, stop_here
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_store import StoredEvent

NAMES = ("lj001-0002", "lj001-0004", "lj001-0008", "sense-and-sensibility-0920", "sense-and-sensibility-0930")


def tight(name: str) -> AudioSamples:
    """The clip from its first loud sample to its last."""
    audio = speech(name)
    loud = np.flatnonzero(np.abs(audio) > 0.02 * np.abs(audio).max())
    return audio[loud[0] : loud[-1] + 1]


@pytest.mark.parametrize("name", NAMES)
def test_from_the_first_sample_to_the_last(hearing: Hearing, name: str) -> None:
    audio = tight(name)

    heard = hearing.hear(audio)

    assert plain_words(heard.text) == plain_words(clip(name).text)
    (ended,) = heard.events(e.SpeechEnded)
    assert (ended.start_sample, ended.end_sample) == (0, len(audio))
    assert ended.reason is e.SpeechEndReason.SOURCE_ENDED


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (stop_here, e.SpeechEndReason.STOPPED),
        (pause_here, e.SpeechEndReason.PAUSED),
        (commit_here, e.SpeechEndReason.COMMITTED),
    ],
)
@pytest.mark.parametrize("name", NAMES[-2:])
def test_up_to_the_sample_where_it_is_cut(
    hearing: Hearing, name: str, ask: object, reason: e.SpeechEndReason
) -> None:
    """Somebody goes on speaking at once, which is not heard before the cut."""
    audio = tight(name)
    schedule = [ScheduledEntry(at_sample=len(audio), action=ask)]  # type: ignore[arg-type]  # one of three

    heard = hearing.hear(scene(audio, tight("lj001-0004"), silence(1)), schedule=schedule)

    ended = heard.events(e.SpeechEnded)[0]
    assert (ended.start_sample, ended.end_sample, ended.reason) == (0, len(audio), reason)
    assert plain_words(heard.utterances[0].text) == plain_words(clip(name).text)


def test_what_comes_behind_a_commit_is_the_next_utterance_from_its_first_word(hearing: Hearing) -> None:
    audio = tight("sense-and-sensibility-0930")
    schedule = [ScheduledEntry(at_sample=len(audio), action=commit_here)]

    heard = hearing.hear(scene(audio, tight("lj001-0004"), silence(1)), schedule=schedule)

    first, second = heard.utterances
    assert second.start_sample == first.end_sample
    assert plain_words(second.text) == plain_words(clip("lj001-0004").text)


@pytest.mark.parametrize("name", ["lj001-0004", "sense-and-sensibility-0930"])
def test_a_stop_in_the_middle_of_a_word_keeps_the_words_before(hearing: Hearing, name: str) -> None:
    whole = hearing.hear(speech(name)).utterances[0].best.words
    middle = (whole[5].start_sample + whole[5].end_sample) // 2

    heard = hearing.hear(speech(name), schedule=[ScheduledEntry(at_sample=middle, action=stop_here)])

    (ended,), (stopped,) = heard.events(e.SpeechEnded), heard.events(e.SessionStopped)
    assert (ended.end_sample, stopped.captured_samples) == (middle, middle)
    assert plain_words(heard.text)[:5] == plain_words(clip(name).text)[:5]
    assert heard.text == hearing.hear(speech(name)[:middle]).text


def test_a_stop_while_somebody_speaks_live_keeps_all_that_was_heard_until_then(hearing: Hearing) -> None:
    audio = scene(speech("lj001-0008"), silence(0.7), speech("jfk"))
    has_begun = threading.Event()

    def watch(stored: StoredEvent) -> None:
        if isinstance(stored.event, e.SpeechStarted) and stored.event.utterance_id == 2:
            has_begun.set()

    session_id = hearing.start(audio, hearing.live(speed=2.0), watch)
    assert has_begun.wait(TIMEOUT_SECONDS)
    hearing.orchestrator.stop_pipeline(session_id, TIMEOUT_SECONDS)

    heard = hearing.finish(session_id)
    (stopped,) = heard.events(e.SessionStopped)
    assert len(speech("lj001-0008")) < stopped.captured_samples < len(audio)
    assert heard.events(e.SpeechEnded)[-1].end_sample == stopped.captured_samples
    assert heard.outcome == hearing.hear(audio[: stopped.captured_samples]).outcome
