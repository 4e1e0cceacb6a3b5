"""Sessions that run at once over one model are written as each of them is alone."""

import threading
from dataclasses import replace

import pytest
from tests.end_to_end.hearing import TIMEOUT_SECONDS, Hearing
from tests.end_to_end.sound_scenes import in_a_row, scene, silence, speech

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import StoredEvent

SCENES = {
    "one": scene(in_a_row(["cards-005", "lj001-0008"], 0.7)[0], silence(0.3)),
    "two": in_a_row(["lj001-0002", "sense-and-sensibility-0880"], 0.8)[0],
    "three": scene(silence(0.5), speech("sense-and-sensibility-0930")),
    "four": in_a_row(["cards-001", "cards-004", "cards-003"], 0.9)[0],
}
Outcomes = dict[str, list[tuple[int, int, str]]]


@pytest.fixture(scope="module")
def alone(hearing: Hearing) -> Outcomes:
    return {name: hearing.hear(audio).outcome for name, audio in SCENES.items()}


@pytest.mark.parametrize("names", [("one", "two"), tuple(SCENES)])
def test_files_heard_at_once_have_the_texts_they_have_alone(
    hearing: Hearing, alone: Outcomes, names: tuple[str, ...]
) -> None:
    all_begun = threading.Event()

    def wait_for_all(stored: StoredEvent) -> None:
        if isinstance(stored.event, e.SpeechStarted):
            assert all_begun.wait(TIMEOUT_SECONDS)

    begun = {name: hearing.start(SCENES[name], subscriber=wait_for_all) for name in names}
    assert set(hearing.orchestrator.running_sessions()) >= set(begun.values())
    all_begun.set()

    heard = {name: hearing.finish(session_id) for name, session_id in begun.items()}

    assert {name: each.outcome for name, each in heard.items()} == {name: alone[name] for name in names}


def test_live_sessions_with_hypotheses_too(hearing: Hearing, alone: Outcomes) -> None:
    begun = {name: hearing.start(SCENES[name], hearing.live(speed=4.0)) for name in ("one", "two")}

    heard = {name: hearing.finish(session_id) for name, session_id in begun.items()}

    assert {name: each.outcome for name, each in heard.items()} == {name: alone[name] for name in begun}


def test_one_that_is_stopped_in_the_middle_leaves_the_others_alone(hearing: Hearing, alone: Outcomes) -> None:
    first_text = threading.Event()

    def watch(stored: StoredEvent) -> None:
        if isinstance(stored.event, e.UtteranceTranscribed):
            first_text.set()

    endless = scene(SCENES["four"], silence(60), SCENES["four"])
    stopped: SessionId = hearing.start(endless, replace(hearing.live(speed=2.0), lockstep=False), watch)
    begun = {name: hearing.start(SCENES[name]) for name in ("one", "two", "three")}
    assert first_text.wait(TIMEOUT_SECONDS)

    hearing.orchestrator.stop_pipeline(stopped, TIMEOUT_SECONDS)

    heard = {name: hearing.finish(session_id) for name, session_id in begun.items()}
    assert {name: each.outcome for name, each in heard.items()} == {name: alone[name] for name in begun}
    cut_short = hearing.finish(stopped)
    (last,) = cut_short.events(e.SessionStopped)
    assert (last.reason, last.captured_samples < len(endless)) == (e.StopReason.REQUESTED, True)
    assert cut_short.outcome[0] == alone["four"][0]
