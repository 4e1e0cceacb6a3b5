"""Who reads slowly loses hypotheses first and is told which; who does not read is closed, and can resume."""

import threading
import time
from typing import Any

from tests.adapters.web.stream.stream_rig import Served, StreamClient, StreamRig

from realtime_mlx_stt.adapters.web.server_config import ServerLimits
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings

SESSION = SessionId("talkative")
STALLED = ServerLimits(idle_seconds=3.0)
"""Who has been behind for a second is closed."""


def hypotheses(count: int) -> list[e.HypothesisRevised]:
    """So many, of which 64 kB hold about a hundred."""
    said = "word " * 80
    return [
        e.HypothesisRevised(
            utterance_id=UtteranceId(1), revision=number, stable_text=said, unstable_text="", heard_until_sample=1
        )
        for number in range(1, count + 1)
    ]


def talk(served: Served) -> None:
    """Begin the session."""
    served.happen(SESSION, e.SessionStarted(settings=SessionSettings(), source="nobody", started_at=0.0))


def join(served: Served, after: int = 0) -> StreamClient:
    """A client that has little room for what it does not read, and has read what there was."""
    client = served.connect(f"/api/v1/sessions/{SESSION}/stream?after={after}", receive_bytes=4096)
    assert client.hear()["type"] == "stream-opened"
    return client


def accounted(messages: list[dict[str, Any]]) -> list[int]:
    """The places in the log that a client was sent, or was told to have been left out, in their order."""
    places: list[int] = []
    for message in messages:
        if message["type"] == "events-skipped":
            assert message["after"] == places[-1]
            places.extend(range(message["after"] + 1, message["through"] + 1))
        else:
            places.append(message["seq"])
    return places


def test_a_client_that_reads_slowly_loses_hypotheses_and_is_told_which() -> None:
    with StreamRig(send_buffer_bytes=4096).serving() as served:
        talk(served)
        client, other = join(served), served.connect(f"/api/v1/sessions/{SESSION}/stream?after=0")
        assert client.hear()["type"] == "session-started"
        served.happen(SESSION, *hypotheses(600))
        pause = e.ListeningPaused(at_sample=0)
        served.happen(SESSION, pause)
        other.until("listening-paused")  # in time, whatever the first one does
        messages = [client.hear()]
        while messages[-1]["type"] != "listening-paused":
            messages.append(client.hear())
        assert accounted([{"seq": 1, "type": "session-started"}, *messages]) == list(range(1, 603))
        assert len(messages) < 400
        assert [message["type"] for message in messages[-2:]] == ["events-skipped", "listening-paused"]
        served.happen(SESSION, *hypotheses(1), e.SessionStopped(captured_samples=1, reason=e.StopReason.REQUESTED))
        kinds = [message["type"] for message in client.rest()]
        assert kinds == ["hypothesis-revised", "session-stopped", "stream-ended"]


def test_a_client_that_does_not_read_is_closed_with_where_to_resume() -> None:
    with StreamRig(STALLED, send_buffer_bytes=4096).serving() as served:
        talk(served)
        client = join(served)
        client.hear()
        began = time.monotonic()
        served.happen(SESSION, *hypotheses(300))
        while time.monotonic() < began + 2.0:
            threading.Event().wait(0.05)
        heard = [message["seq"] for message in client.rest()]
        assert client.closing == (4008, f"resume after {heard[-1]}")
        assert heard == list(range(2, heard[-1] + 1))
        assert heard[-1] < 200
        assert join(served, after=heard[-1]).hear()["seq"] == heard[-1] + 1


def test_a_client_that_reads_a_long_past_slowly_gets_all_of_it() -> None:
    with StreamRig(STALLED, send_buffer_bytes=4096).serving() as served:
        talk(served)
        served.happen(SESSION, *hypotheses(1500))
        client = join(served)
        assert [client.hear()["seq"] for _ in range(1501)] == list(range(1, 1502))
