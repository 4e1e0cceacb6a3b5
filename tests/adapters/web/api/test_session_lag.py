"""A session says how far its texts trail what is said, what it leaves out, and what it left out before."""

import threading

from tests.adapters.web.api.api_rig import ApiRig
from tests.application.rig import TIMEOUT_SECONDS
from tests.application.stories import began, stopped
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.domain.events import ServiceDegraded, ServiceRestored, SpeechEnded
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import StoredEvent


def test_a_running_session_says_how_far_its_texts_trail_what_is_said(api: ApiRig) -> None:
    may_go_on = threading.Event()

    def hold_up(stored: StoredEvent) -> None:
        if isinstance(stored.event, SpeechEnded):
            may_go_on.wait(TIMEOUT_SECONDS)

    session_id, watch = api.web.rig.start(subscriber=hold_up)
    api.web.rig.source.hear(spoken(1, 2, 0, 0, 0, 0))
    watch.until(SpeechEnded)
    shown = api.get(f"/sessions/{session_id}").get_json()
    (listed,) = api.get("/sessions").get_json()["sessions"]
    may_go_on.set()
    assert shown["lag"] == listed["lag"]
    assert shown["lag"]["owed_seconds"] > 0.5
    assert shown["lag"]["trailing_seconds"] > 0.3  # the silence that made sure of the end
    assert (shown["lag"]["level"], shown["degradations"]) == ("full", [])
    api.web.rig.finish(session_id)
    assert api.get(f"/sessions/{session_id}").get_json()["lag"] is None
    assert api.get("/sessions").get_json()["sessions"][0]["lag"] is None


def test_what_a_session_left_out_is_told_with_its_times(api: ApiRig) -> None:
    off = ServiceDegraded(part="hypotheses", code="hypotheses-off", message="Final texts alone.")
    session_id = SessionId("past")
    api.store.append(session_id, 0, (began(), off), 100.0)
    api.store.append(session_id, 2, (ServiceRestored(part="hypotheses"), *stopped(0)), 112.5)
    assert api.get("/sessions/past").get_json()["degradations"] == [
        {
            "part": "hypotheses",
            "code": "hypotheses-off",
            "message": "Final texts alone.",
            "began_at": 100.0,
            "ended_at": 112.5,
        }
    ]
