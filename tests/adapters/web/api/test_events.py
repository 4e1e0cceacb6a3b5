"""Events come a page at a time or as a stream; a client that lost its connection goes on where it was."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters.web.api.api_rig import API, ApiRig, problem
from tests.adapters.web.rig import serving
from tests.application.rig import TIMEOUT_SECONDS
from tests.application.stand_ins import FallibleStore

from realtime_mlx_stt.adapters.web.server_config import ServerConfig, ServerLimits
from realtime_mlx_stt.application.log.codec import envelope
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import EventStoreError, StoredEvent


def envelopes(api: ApiRig, session_id: str) -> list[dict[str, Any]]:
    """What the log holds."""
    return [envelope(stored) for stored in api.web.rig.store.read(SessionId(session_id))]


@dataclass
class Frame:
    """One event of a stream as a client reads it."""

    event: str = ""
    data: str = ""
    id: str | None = None


@dataclass
class Reader:
    """A client of a stream over a real socket."""

    response: HTTPResponse
    comments: list[str] = field(default_factory=list)

    def frames(self) -> Iterator[Frame]:
        frame = Frame()
        for line in self.response:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            match name:
                case "event":
                    frame.event = value
                case "data":
                    frame.data = value
                case "id":
                    frame.id = value
                case "":
                    if value:
                        self.comments.append(value)
                    elif frame.event:
                        yield frame
                        frame = Frame()
                case _:
                    raise AssertionError(line)

    def take(self, count: int) -> list[Frame]:
        frames = self.frames()
        return [next(frames) for _ in range(count)]


def connect(address: str, path: str, **headers: str) -> tuple[HTTPConnection, Reader]:
    connection = HTTPConnection(address, timeout=TIMEOUT_SECONDS)
    connection.request("GET", API + path, headers={"Accept": "text/event-stream", **headers})
    return connection, Reader(connection.getresponse())


@pytest.fixture
def served(api: ApiRig) -> Iterator[str]:
    with serving(api.web.app) as address:
        yield address
        api.web.closing.begin()


def until(condition: Any) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    changed = threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        changed.wait(0.01)


def test_a_session_is_read_a_page_at_a_time(api: ApiRig) -> None:
    session_id = api.said(1, 2)
    told = envelopes(api, session_id)
    read: list[dict[str, Any]] = []
    is_over, after = False, 0
    while not is_over:
        page = api.get(f"/sessions/{session_id}/events?limit=2&after={after}").get_json()
        assert len(page["events"]) <= 2
        read += page["events"]
        is_over, after = page["is_over"], page["next_after"]
    assert read == told
    assert after == told[-1]["seq"]


def test_a_session_that_runs_is_not_over_and_one_behind_its_end_is(api: ApiRig) -> None:
    running, over = api.started(), api.said(1)
    assert api.get(f"/sessions/{running}/events?after=1").get_json() == {
        "events": [],
        "next_after": 1,
        "is_over": False,
    }
    assert api.get(f"/sessions/{over}/events?after=999").get_json()["is_over"] is True
    assert problem(api.get("/sessions/nobody/events")) == (404, "session-not-found")


def test_who_waits_gets_the_event_as_soon_as_it_is_there(api: ApiRig, served: str) -> None:
    session_id = api.started()
    connection = HTTPConnection(served, timeout=TIMEOUT_SECONDS)
    connection.request("GET", f"{API}/sessions/{session_id}/events?after=1&wait_seconds=60")
    api.post(f"/sessions/{session_id}/pause")
    page = json.load(connection.getresponse())
    connection.close()
    assert [event["type"] for event in page["events"]] == ["listening-paused"]


def test_who_waits_in_vain_is_told_so(api: ApiRig) -> None:
    session_id = api.started()
    page = api.get(f"/sessions/{session_id}/events?after=1&wait_seconds=0.05").get_json()
    assert (page["events"], page["is_over"]) == ([], False)


def test_a_stream_has_the_past_then_what_happens_then_the_end(api: ApiRig, served: str) -> None:
    session_id = api.started()
    connection, reader = connect(served, f"/sessions/{session_id}/events")
    assert reader.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    frames = reader.frames()
    assert next(frames).event == "session-started"
    api.say(session_id, 1)
    api.post(f"/sessions/{session_id}/audio/end")
    api.over(session_id)
    rest = list(frames)
    connection.close()
    told = envelopes(api, session_id)
    assert [json.loads(frame.data) for frame in rest[:-1]] == told[1:]
    assert [(frame.id, frame.event) for frame in rest[:-1]] == [(str(e["seq"]), e["type"]) for e in told[1:]]
    assert (rest[-1].event, json.loads(rest[-1].data)) == ("end", {"reason": "session-over"})
    assert reader.comments == ["connected"]
    until(lambda: api.web.app.extensions["realtime_mlx_stt"].open_streams.count == 0)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 4), max_size=6))
def test_a_stream_that_is_cut_anywhere_loses_nothing_and_doubles_nothing(
    told_session: "ToldSession", cuts: list[int]
) -> None:
    last, read = 0, []
    for cut in [*cuts, None]:
        connection, reader = connect(
            told_session.address, f"/sessions/{told_session.session_id}/events", **{"Last-Event-ID": str(last)}
        )
        if reader.response.status == 204:
            connection.close()
            break
        for number, frame in enumerate(reader.frames()):
            if number == cut or frame.id is None:
                break
            last = int(frame.id)
            read.append(json.loads(frame.data))
        connection.close()
    assert read == told_session.told


@dataclass
class ToldSession:
    address: str
    session_id: str
    told: list[dict[str, Any]]


@pytest.fixture
def told_session(api: ApiRig, served: str) -> ToldSession:
    session_id = api.said(1, 2, 3)
    return ToldSession(served, session_id, envelopes(api, session_id))


def test_a_reader_behind_the_end_is_told_not_to_come_again(api: ApiRig) -> None:
    session_id = api.said(1)
    last = envelopes(api, session_id)[-1]["seq"]
    answer = api.get(f"/sessions/{session_id}/events?stream=true", headers={"Last-Event-ID": str(last)})
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_text_that_is_revised_after_the_end_is_in_page_and_stream(api: ApiRig) -> None:
    session_id = api.said(1, record_audio=True)
    end = envelopes(api, session_id)[-1]["seq"]
    again = api.post(f"/sessions/{session_id}/utterances/1/transcribe-again", json={"model": "base"})
    assert again.get_json()["type"] == "transcript-revised"
    page = api.get(f"/sessions/{session_id}/events?after={end}").get_json()
    assert ([event["type"] for event in page["events"]], page["is_over"]) == (["transcript-revised"], True)
    streamed = api.get(f"/sessions/{session_id}/events?stream=true&after={end}").text
    assert "event: transcript-revised" in streamed
    assert streamed.endswith('event: end\ndata: {"reason": "session-over"}\n\n')


def test_the_end_of_the_server_ends_a_stream_and_says_so(api: ApiRig, served: str) -> None:
    session_id = api.started()
    connection, reader = connect(served, f"/sessions/{session_id}/events")
    frames = reader.frames()
    assert next(frames).event == "session-started"
    api.web.closing.begin()
    assert [(frame.event, frame.data) for frame in frames] == [("end", '{"reason": "server-closing"}')]
    connection.close()


def test_no_more_streams_than_allowed_are_open(tmp_path: Path) -> None:
    api = ApiRig(tmp_path, ServerConfig(limits=ServerLimits(sockets=1)))
    session_id = api.started()
    with serving(api.web.app) as address:
        connection, reader = connect(address, f"/sessions/{session_id}/events")
        assert next(reader.frames()).event == "session-started"
        assert problem(api.get(f"/sessions/{session_id}/events?stream=true")) == (429, "too-many-streams")
        waiting = f"/sessions/{session_id}/events?after=1&wait_seconds=60"
        assert problem(api.get(waiting)) == (429, "too-many-streams"), "a request that waits is as good as a stream"
        api.web.closing.begin()
        assert [frame.event for frame in reader.frames()] == ["end"]
        connection.close()
        open_streams = api.web.app.extensions["realtime_mlx_stt"].open_streams
        until(lambda: open_streams.count == 0)
    api.close()


def test_asking_for_the_head_of_a_stream_opens_none(api: ApiRig) -> None:
    session_id = api.started()
    head = api.client.head(f"{API}/sessions/{session_id}/events?stream=true")
    assert head.status_code == 200
    assert api.web.app.extensions["realtime_mlx_stt"].open_streams.count == 0


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 30, ""])
def test_a_last_event_that_is_none_is_a_problem(api: ApiRig, last: str) -> None:
    session_id = api.started()
    answer = api.get(f"/sessions/{session_id}/events", headers={"Last-Event-ID": last})
    assert problem(answer) == (400, "bad-request")


class DamagedStore(FallibleStore):
    """A log of which no more than ``readable`` times anything can be read, once that is set."""

    readable: int | None = None

    def read(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
        if self.readable is not None:
            if self.readable == 0:
                raise EventStoreError("The disk is gone.")
            self.readable -= 1
        return super().read(session_id, after_seq)


@pytest.mark.parametrize(("readable", "events"), [(1, 1), (2, 7)])
def test_a_log_that_cannot_be_read_ends_a_stream_with_its_code(tmp_path: Path, readable: int, events: int) -> None:
    store = DamagedStore()
    api = ApiRig(tmp_path, store=store)
    session_id = api.said(1)
    store.readable = readable
    streamed = api.get(f"/sessions/{session_id}/events?stream=true").text
    assert streamed.endswith('event: end\ndata: {"reason": "event-store"}\n\n')
    assert streamed.count("event: ") == events
    store.readable = 0
    assert problem(api.get(f"/sessions/{session_id}")) == (503, "event-store")
    api.close()


def test_a_page_that_cannot_send_headers_names_its_token_in_the_address(tmp_path: Path) -> None:
    api = ApiRig(tmp_path, ServerConfig(auth_token="secret"))
    bearer = {"Authorization": "Bearer secret"}
    session_id = api.post("/sessions", json={}, headers=bearer).get_json()["session_id"]
    path, wants = f"/sessions/{session_id}/events", {"Accept": "text/event-stream"}
    assert problem(api.get(path, headers=wants)) == (401, "token-missing")
    answer = api.get(f"{path}?token=secret", headers=wants)
    assert answer.status_code == 200
    answer.close()
    api.close()
