"""A body that comes too slowly is given up, and one that came in time is not."""

import math
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from realtime_mlx_stt.adapters.web.serving.body_deadlines import BodyDeadlines


@pytest.fixture(name="ends")
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    server, client = socket.socketpair()
    with closing(server), closing(client):
        server.setblocking(False)
        yield server, client


def is_given_up(server: socket.socket) -> bool:
    """Whether reading finds the end although the client has not ended."""
    try:
        return server.recv(1) == b""
    except BlockingIOError:
        return False


def test_a_late_body_is_read_no_more_and_the_answer_still_goes_out(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    server, client = ends
    bodies = BodyDeadlines()
    bodies.expect(server, [("CONTENT-LENGTH", "10")])
    bodies.give_up_late(time.monotonic())
    assert not is_given_up(server)
    bodies.give_up_late(time.monotonic() + 60)
    assert is_given_up(server)
    server.send(b"answer")
    assert client.recv(10) == b"answer"


@pytest.mark.parametrize(
    ("head", "seconds"),
    [([("Content-Length", "100000000")], 1800), ([("Transfer-Encoding", "chunked")], 1800)],
)
def test_a_long_body_is_given_the_time_that_a_slow_line_needs(
    ends: tuple[socket.socket, socket.socket], head: list[tuple[str, str]], seconds: float
) -> None:
    server, _ = ends
    bodies = BodyDeadlines()
    bodies.expect(server, head)
    bodies.give_up_late(time.monotonic() + seconds)
    assert not is_given_up(server)
    bodies.give_up_late(math.inf)
    assert is_given_up(server)


def test_requests_without_a_body_and_those_that_were_answered_are_left_alone(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    server, _ = ends
    bodies = BodyDeadlines()
    bodies.expect(server, [("Host", "localhost"), ("Content-Length", "0")])
    bodies.give_up_late(math.inf)
    bodies.expect(server, [("Content-Length", "5")])
    bodies.forget(server)
    bodies.give_up_late(math.inf)
    assert not is_given_up(server)
