"""The real server begins, tells whether it is ready, tells its clients of its end, and ends as it should."""

import http.client
import os
import signal
import socket
import time
from pathlib import Path

import pytest
from tests.adapters.sound_clips import clip
from tests.end_to_end.command import CLIPS, TIMEOUT_SECONDS, Home, expect_error
from tests.end_to_end.served import serving_stt, wait_until
from tests.end_to_end.session_sockets import opened_session
from websockets.exceptions import ConnectionClosed

END_SECONDS = 5.0
"""Within which the server is promised to end."""


def test_it_answers_at_once_and_is_ready_when_the_model_is_there(tmp_path: Path) -> None:
    with serving_stt(tmp_path, waits_for_model=False) as served:
        assert served.ask("GET", "/health").json == {"status": "ok"}
        wait_until(served.is_ready)
        assert served.ask("GET", "/ready").json["status"] == "ready"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_with_status_0(tmp_path: Path, number: signal.Signals) -> None:
    with serving_stt(tmp_path) as served:
        worker = served.worker
        began = time.monotonic()
        served.running.send(number)
        outcome = served.running.finish(END_SECONDS)
        assert time.monotonic() - began < END_SECONDS
        assert (outcome.status, outcome.errors) == (0, "")
        assert not Path(f"/proc/{worker}").exists()


def test_every_client_is_told_why_when_it_ends(tmp_path: Path) -> None:
    with serving_stt(tmp_path) as served, opened_session(served) as stream:
        stream.until_type("session-started")
        events = http.client.HTTPConnection(served.host, served.port, timeout=TIMEOUT_SECONDS)
        events.request("GET", f"/api/v1/sessions/{stream.session_id}/events?stream=true")
        answer = events.getresponse()
        while answer.readline() != b"event: session-started\n":
            pass
        began = time.monotonic()
        served.running.send(signal.SIGTERM)
        assert stream.until_type("server-closing")["resume_after"] >= 1
        stream.until_type("session-stopped")
        with pytest.raises(ConnectionClosed) as closed:
            stream.until_type("never")
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1000, "session over")
        rest = answer.read()
        assert b"event: session-stopped" in rest
        assert b'event: end\ndata: {"reason": "session-over"}' in rest
        events.close()
        outcome = served.running.finish(END_SECONDS)
        assert time.monotonic() - began < END_SECONDS
        assert (outcome.status, outcome.errors) == (0, "")
    log = Home(tmp_path).run("sessions", "export", stream.session_id, "--format", "events").output
    assert '"session-stopped"' in log.splitlines()[-1]


def test_a_server_that_ends_while_texts_are_owed_leaves_a_whole_log(tmp_path: Path) -> None:
    with serving_stt(tmp_path) as served, opened_session(served) as stream:
        speech = (clip(CLIPS / "jfk.wav") * 32_767).astype("<i2").tobytes()
        stream.hear(speech, 0)
        stream.until_type("speech-started")
        served.running.send(signal.SIGTERM)
        outcome = served.running.finish(END_SECONDS)
        assert (outcome.status, outcome.errors) == (0, "")
    log = Home(tmp_path).run("sessions", "export", stream.session_id, "--format", "events").output
    assert '"session-stopped"' in log.splitlines()[-1]


def test_a_token_that_was_made_up_is_printed_once_and_one_that_was_chosen_never(tmp_path: Path) -> None:
    asked = {"STT_SERVER_AUTH_ENABLED": "true"}
    with serving_stt(tmp_path, environment=asked, waits_for_model=False) as served:
        token = served.running.lines[0].partition("?token=")[2].partition(" ")[0]
        assert served.ask("GET", "/health").status == 401
        assert served.ask("GET", "/health", headers={"Authorization": f"Bearer {token}"}).status == 200
    chosen = asked | {"STT_SERVER_AUTH_TOKEN": "right-horse-battery"}
    with serving_stt(tmp_path, environment=chosen, waits_for_model=False) as served:
        assert "right-horse-battery" not in served.running.lines[0]
        assert served.ask("GET", "/health").status == 401


def test_the_log_of_requests_is_printed_when_asked_for_and_never_holds_a_token(tmp_path: Path) -> None:
    token = "right-horse-battery"
    with serving_stt(tmp_path, "--access-log", token=token, waits_for_model=False) as served:
        served.ask("GET", f"/health?token={token}", headers={"Accept": "text/event-stream"})
        assert served.running.wait_for('"GET /health" 200')
        outcome = served.running
    assert token not in "".join(outcome.lines + outcome.complaints)


def test_no_path_steers_the_terminal_or_forges_a_line_of_the_log_of_requests(tmp_path: Path) -> None:
    with serving_stt(tmp_path, "--access-log", waits_for_model=False) as served:
        served.ask("GET", "/%1b%5B2Jcaf%C3%A9%0aforged")
        assert served.running.wait_for('"GET /%1B%5B2Jcaf%C3%A9%0Aforged" 404')


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = Home(tmp_path).run("serve", "--port", str(port), "--no-browser")
    expect_error(outcome, "server-address", str(port), "--port")


def test_others_are_let_in_only_with_a_token(tmp_path: Path) -> None:
    outcome = Home(tmp_path).run("serve", "--host", "0.0.0.0", "--port", "0", "--no-browser")
    expect_error(outcome, "invalid-setting", "--token ")


def test_a_database_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database at all, whatever its name says" * 100)
    outcome = Home(tmp_path).run("serve", "--port", "0", "--no-browser", "--database", broken)
    assert outcome.status == 1
    assert outcome.errors.splitlines()[0].startswith("Error [event-store-corrupt]: "), outcome
    assert len(outcome.errors.splitlines()) == 1, outcome


def test_a_profile_that_there_is_not_is_one_sentence(tmp_path: Path) -> None:
    home = Home(tmp_path)
    outcome = home.run("serve", "--port", "0", "--no-browser", "--profile", "nope")
    assert outcome.status == 1
    assert outcome.errors == home.run("listen", "--profile", "nope").errors
    assert outcome.errors.startswith("Error [profile-not-found]: ")
    assert len(outcome.errors.splitlines()) == 1


def test_a_model_that_cannot_be_had_is_told_by_ready_and_the_server_lives_on(tmp_path: Path) -> None:
    home = Home(tmp_path)
    saved = home.run("profiles", "save", "unusual", "--set", "transcription.model=no-such-model")
    assert saved.status == 0, saved
    with serving_stt(tmp_path, "--profile", "unusual", waits_for_model=False) as served:
        wait_until(lambda: served.ask("GET", "/ready").json["code"] == "unknown-model")
        answer = served.ask("GET", "/ready")
        assert (answer.status, "no-such-model" in answer.json["detail"]) == (503, True)
        assert served.ask("GET", "/health").status == 200


def test_a_killed_worker_is_replaced_and_its_sessions_are_interrupted(tmp_path: Path) -> None:
    with serving_stt(tmp_path) as served, opened_session(served) as stream:
        stream.until_type("session-started")
        killed = served.worker
        os.kill(killed, signal.SIGKILL)
        with pytest.raises(ConnectionClosed):
            stream.until_type("never")
        wait_until(lambda: served.workers not in ([], [killed]))
        wait_until(served.is_ready)
        page = served.ask("GET", f"/api/v1/sessions/{stream.session_id}/events").json
        assert [event["type"] for event in page["events"]] == ["session-started", "session-interrupted"]
        with opened_session(served) as another:
            another.until_type("session-started")


def test_a_worker_whose_parent_is_killed_ends_and_gives_the_port_back(tmp_path: Path) -> None:
    with serving_stt(tmp_path) as served:
        worker = served.worker
        served.running.send(signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{worker}").exists(), 2 * END_SECONDS)
        with socket.create_server(("127.0.0.1", served.port)):
            pass
