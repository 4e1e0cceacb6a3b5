"""Whatever is sent to the real server, it answers by a code or closes, and its other clients notice nothing."""

import json
import random
import resource
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from tests.adapters.sound_clips import clip
from tests.adapters.web.rig import WebRig
from tests.end_to_end.command import CLIPS
from tests.end_to_end.served import ServedStt, serving_stt, wait_until
from tests.end_to_end.session_sockets import opened_session
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

TOKEN: Final = "right-horse-battery"
SECONDS: Final = 30.0
PROBLEM: Final = "application/problem+json"
SPARE_THREADS: Final = 4
"""Threads that come and go by themselves, such as one that is about to end."""


@pytest.fixture(scope="module", name="served")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedStt]:
    """One server for all attacks; at the end it must still write texts, and have met no defect."""
    folder = tmp_path_factory.mktemp("attacked")
    config = folder / "server.json"
    config.write_text(json.dumps({"server": {"limits": {"requests_a_minute": 1_000_000}}}))
    with serving_stt(folder, "--config", config, token=TOKEN) as served:
        worker = served.worker
        yield served
        assert served.worker == worker, "the same process served to the end"
        with opened_session(served) as stream:
            audio = np.concatenate((clip(CLIPS / "jfk.wav"), np.zeros(16_000, np.float32)))
            stream.hear((audio * 32_767).astype("<i2").tobytes(), 0)
            stream.say({"type": "end-audio"})
            assert "Americans" in stream.until_type("utterance-transcribed")["data"]["text"]
        wait_until(lambda: 'stt_sessions_ended_total{end="session-stopped"}' in figures(served))
        assert failures(served) == []
        assert "Traceback" not in "".join(served.running.complaints)


@pytest.fixture(autouse=True)
def unharmed(served: ServedStt) -> Iterator[None]:
    """After each attack the server answers, and is left with no thread, connection or session of the attackers."""
    wait_until(lambda: "stt_open_streams 0.0" in figures(served))
    threads = served.worker_threads
    yield
    assert served.ask("GET", "/health").status == 200
    served.stop_sessions()
    wait_until(lambda: served.worker_threads <= threads + SPARE_THREADS)
    wait_until(lambda: "stt_open_streams 0.0" in figures(served))


def figures(served: ServedStt) -> str:
    return served.ask("GET", "/metrics").body.decode()


def failures(served: ServedStt) -> list[str]:
    """The counted answers with a status of 500 or above, but for those that the model is still being loaded."""
    answers = [line for line in figures(served).splitlines() if line.startswith("stt_http_requests_total")]
    return [line for line in answers if 'status="5' in line and 'route="/ready"' not in line]


def raw(served: ServedStt, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection((served.host, served.port), SECONDS)
    connection.sendall(sent)
    return connection


def answered(connection: socket.socket) -> bytes:
    """All that comes until the server closes; nothing where it closed without a word."""
    received = b""
    try:
        while piece := connection.recv(65_536):
            received += piece
    except ConnectionError:
        pass
    return received


@contextmanager
def many(served: ServedStt, count: int, sent: bytes = b"") -> Iterator[list[socket.socket]]:
    with ExitStack() as opened:
        yield [opened.enter_context(closing(raw(served, sent))) for _ in range(count)]


def head(path: str, *lines: str, method: str = "GET") -> bytes:
    own = (f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {TOKEN}", *lines)
    return "\r\n".join((*own, "", "")).encode()


def test_random_bytes_are_refused_or_the_connection_is_closed(served: ServedStt) -> None:
    chance = random.Random(4)
    for _ in range(40):
        noise = chance.randbytes(chance.randrange(1, 5000)) + b"\r\n\r\n" * chance.randrange(2)
        with closing(raw(served)) as connection:
            try:
                connection.sendall(noise)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                continue  # it was closed before all was sent
            assert answered(connection)[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 431")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        b"GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nBad Header: x\r\n\r\n",
        b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 500 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: minus\r\n\r\n",
        head("/api/v1/sessions", "Transfer-Encoding: chunked", "Content-Type: application/json", method="POST")
        + b"zz\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_request_is_told_so_by_a_code(served: ServedStt, sent: bytes) -> None:
    with closing(raw(served, sent)) as connection:
        answer = answered(connection)
    status, _, rest = answer.partition(b"\r\n")
    assert status[9:10] == b"4", answer
    assert json.loads(rest.partition(b"\r\n\r\n")[2])["code"]


def test_requests_that_are_sent_ahead_are_answered_in_their_order(served: ServedStt) -> None:
    first, second, third = head("/health"), head("/no/such/route"), head("/health", "Connection: close")
    with closing(raw(served, first + second + third[:20])) as connection:
        received = b""
        while b"not-found" not in received:
            received += connection.recv(65_536)
        connection.sendall(third[20:])
        received += answered(connection)
    statuses = [part[:4] for part in received.split(b"HTTP/1.1")[1:]]
    assert statuses == [b" 200", b" 404", b" 200"]


def test_no_header_changes_which_path_is_asked_for(served: ServedStt) -> None:
    sent = head("/no/such/route", "PATH_INFO: /health", "SCRIPT_NAME: /no", "Connection: close")
    with closing(raw(served, sent)) as connection:
        assert answered(connection)[9:12] in (b"400", b"404")


def test_slow_heads_hold_no_thread_and_others_are_served(served: ServedStt) -> None:
    threads = served.worker_threads
    with many(served, 50, b"GET /health HTTP/1.1\r\nHost: loc") as slow:
        for _ in range(10):
            for connection in slow:
                connection.sendall(b"x")
            assert served.ask("GET", "/health").status == 200
        assert served.worker_threads <= threads + SPARE_THREADS


def test_a_head_that_never_ends_is_given_up(served: ServedStt) -> None:
    with closing(raw(served, b"GET /health HTTP/1.1\r\nHost: loc")) as connection:
        assert b"request-timeout" in answered(connection)


def test_half_open_connections_and_bodies_that_never_come_harm_nobody(served: ServedStt) -> None:
    unfinished = head("/api/v1/sessions", "Content-Length: 500", method="POST") + b'{"pro'
    with many(served, 100), many(served, 50, unfinished):
        for _ in range(10):
            assert served.ask("GET", "/health").status == 200


def test_a_thousand_connections_at_once_are_answered_or_closed(served: ServedStt) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    with opened_session(served) as stream:
        with many(served, 1000, head("/health", "Connection: close")) as connections:
            stream.say({"type": "ping", "id": "while"})
            stream.until(lambda message: message.get("id") == "while")
            answers = [answered(connection) for connection in connections]
        assert {answer[:12] for answer in answers} <= {b"HTTP/1.1 200", b""}
        stream.say({"type": "stop"})
        stream.until_type("session-stopped")


def test_more_connections_than_there_can_be_files_for_keep_nobody_out(tmp_path: Path) -> None:
    few_files = ("sh", "-c", 'ulimit -n 400 && exec "$@"', "sh")
    with serving_stt(tmp_path, launcher=few_files) as served, opened_session(served) as stream, many(served, 500):
        for _ in range(5):
            assert served.ask("GET", "/health").status == 200
        stream.say({"type": "ping", "id": "while"})
        stream.until(lambda message: message.get("id") == "while")


def test_ten_megabytes_of_body_are_answered_by_every_route(served: ServedStt) -> None:
    body = b"[" * 10_000_000
    for path, method in posts():
        answer = served.ask(method, path, body, {"Content-Type": "application/json"})
        assert answer.status < 500, (method, path, answer)


def test_a_frame_of_ten_megabytes_closes_its_own_socket_alone(served: ServedStt) -> None:
    with opened_session(served) as one, opened_session(served) as other:
        with suppress(ConnectionClosed):  # it may be closed before all has been sent
            one.connection.send(bytes(10_000_000))
        with pytest.raises(ConnectionClosed) as closed:
            one.until_type("never")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        other.say({"type": "ping", "id": 1})
        other.until_type("command-done")
        for stream in (one, other):
            assert served.ask("POST", f"/api/v1/sessions/{stream.session_id}/stop").status < 300


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b"null", b"[]", b'"text"', b"{" * 2000, b'{"a":' * 2000, b"NaN"]
)
def test_bad_json_is_refused_by_every_route(served: ServedStt, body: bytes) -> None:
    for path, method in posts():
        answer = served.ask(method, path, body, {"Content-Type": "application/json"})
        assert answer.status < 500, (method, path, answer)


@pytest.mark.parametrize(
    "name", ["..%2f..%2f..%2fetc%2fpasswd", "../../../etc/passwd", "%2e%2e", "..%5cx", "%00", "a" * 3000, "%ff"]
)
def test_no_name_leads_out_of_its_place(served: ServedStt, name: str) -> None:
    for path, method in named_routes(name):
        answer = served.ask(method, path, b"{}", {"Content-Type": "application/json"})
        assert answer.status < 500, (method, path, answer)
        assert b"root:" not in answer.body
    profiles = served.home.folder / ".config" / "realtime-mlx-stt"
    assert [found for found in profiles.rglob("*") if found.is_file()] == []


def test_strangers_are_refused_before_any_route_and_any_handshake(served: ServedStt) -> None:
    right = {"Authorization": f"Bearer {TOKEN}"}
    cases: Sequence[tuple[dict[str, Any], int, str]] = (
        ({"Authorization": "Bearer wrong-horse-battery"}, 401, "token-wrong"),
        ({**right, "Origin": "https://evil.example"}, 403, "origin-refused"),
        ({**right, "Host": "evil.example"}, 421, "host-refused"),
    )
    for headers, status, code in cases:
        answer = served.ask("GET", "/api/v1/sessions", headers=headers)
        assert (answer.status, answer.headers["content-type"], answer.json["code"]) == (status, PROBLEM, code)
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer wrong-horse-battery"}, 401),
        ({**right, "Origin": "https://evil.example"}, 403),
    ):
        for path in ("/api/v1/sessions/stream", "/events", "/v1/realtime"):
            with pytest.raises(InvalidStatus) as refused:
                connect(f"ws://{served.address}{path}", additional_headers=headers)
            assert refused.value.response.status_code == status


def test_stalled_readers_of_event_streams_harm_nobody(served: ServedStt) -> None:
    with opened_session(served) as stream:
        path = f"/api/v1/sessions/{stream.session_id}/events?stream=true"
        with many(served, 30, head(path)):
            wait_until(lambda: "stt_open_streams 31.0" in figures(served))
            stream.hear(bytes(32_000), 0)
            stream.say({"type": "stop"})
            stream.until_type("session-stopped")


def posts() -> list[tuple[str, str]]:
    """Every route that takes a body, with a name where one is due."""
    return [(path, method) for path, method in named_routes("nobody") if method in ("POST", "PUT", "PATCH")]


def named_routes(name: str) -> list[tuple[str, str]]:
    """Every route with this in the place of each name, and every method that it takes."""
    rig = WebRig()
    rules = [rule for rule in rig.app.url_map.iter_rules() if not rule.websocket]
    rig.close()
    return [
        ("".join(piece if is_fixed else name for is_fixed, piece in pieces(rule.rule)), method)
        for rule in rules
        for method in sorted(rule.methods or ())
        if "<" in rule.rule or method in ("POST", "PUT", "PATCH")
    ]


def pieces(rule: str) -> Iterator[tuple[bool, str]]:
    """The parts of a route's path, and whether each stands for itself."""
    for part in rule.replace(">", "<").split("<")[::2][:-1]:
        yield True, part
        yield False, ""
    yield True, rule.rpartition(">")[2]
