"""A connection is served by one thread, within its limits, and ends in time whatever its client does."""

import socket
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from simple_websocket import Client, ConnectionClosed
from tests.adapters.web.websocket.connection_rig import RawClient, WatchedSockets, frame
from tests.application.rig import TIMEOUT_SECONDS

from realtime_mlx_stt.adapters.web.server_config import ServerLimits
from realtime_mlx_stt.adapters.web.websocket import connection_end

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def test_messages_go_both_ways_with_a_real_client() -> None:
    rig = WatchedSockets()
    with rig.serving() as address:
        client = Client.connect(f"ws://{address}/socket")
        client.send("a text, ä")
        client.send(b"\x00\x01")
        assert client.receive(TIMEOUT_SECONDS) == "a text, ä"
        handler = rig.handler()
        assert [handler.messages.get(timeout=TIMEOUT_SECONDS) for _ in range(2)] == ["a text, ä", b"\x00\x01"]
        client.close(1000, "done")
        assert handler.ending() == (1000, "done")


def test_a_close_says_its_code_and_reason_behind_what_was_sent_before() -> None:
    rig = WatchedSockets()
    with rig.serving() as address:
        client = Client.connect(f"ws://{address}/socket")
        client.send("first")
        client.send("close")
        client.send("never answered")
        assert client.receive(TIMEOUT_SECONDS) == "first"
        with pytest.raises(ConnectionClosed) as caught:
            client.receive(TIMEOUT_SECONDS)
        assert (caught.value.reason, caught.value.message) == (1000, "as asked")
        assert rig.handler().ending() == (1000, "as asked")


def test_a_connection_costs_the_thread_of_its_request_and_no_other() -> None:
    rig = WatchedSockets()
    with rig.serving() as address:
        before = threading.active_count()
        clients = [RawClient(address) for _ in range(10)]
        handlers = [rig.handler() for _ in clients]
        assert threading.active_count() == before + 10
        for client in clients:
            client.close()
        assert [handler.ending()[0] for handler in handlers] == [1006] * 10


def test_no_descriptor_is_left_behind() -> None:
    rig = WatchedSockets()
    with rig.serving() as address:
        before = len(list(Path("/dev/fd").iterdir()))
        for goodbye in (RawClient.close, RawClient.reset):
            client = RawClient(address)
            goodbye(client)
            assert rig.handler().ending() == (1006, "")
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while len(list(Path("/dev/fd").iterdir())) > before and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        assert len(list(Path("/dev/fd").iterdir())) <= before


def test_any_thread_wakes_a_connection_that_waits() -> None:
    rig = WatchedSockets()
    with rig.serving() as address, closing(RawClient(address)):
        handler = rig.handler()
        handler.connection.wake()
        handler.wakes.get(timeout=TIMEOUT_SECONDS)


def test_waking_what_is_over_does_nothing() -> None:
    rig = WatchedSockets()
    with rig.serving() as address:
        RawClient(address).close()
        handler = rig.handler()
        handler.ending()
        handler.connection.wake()
        handler.connection.send("to nobody")
        assert handler.connection.waiting_bytes == 0


def test_a_message_in_pieces_is_one_message_and_pings_between_them_are_answered() -> None:
    rig = WatchedSockets()
    with rig.serving() as address, closing(RawClient(address)) as client:
        text = "Grüße".encode()
        client.send(frame(TEXT, text[:3], is_last=False) + frame(PING, b"p") + frame(0, text[3:]))
        assert client.read_frame() == (PONG, b"p")
        assert client.read_frame() == (TEXT, text)


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_message_beyond_the_limit_is_not_taken_whether_in_one_frame_or_in_many(opcode: int) -> None:
    rig = WatchedSockets(ServerLimits(message_bytes=1000))
    with rig.serving() as address:
        for data in (
            frame(opcode, b"x" * 1001),
            frame(opcode, b"x", is_last=False) + frame(0, b"x", is_last=False) * 1000,
        ):
            with closing(RawClient(address)) as client:
                client.send(data)
                assert client.read_close() == (1009, "message-too-big")
                client.close()
                assert rig.handler().ending() == (1009, "message-too-big")
        with closing(RawClient(address)) as client:
            client.send(frame(TEXT, b"x" * 1000))
            assert client.read_frame() == (TEXT, b"x" * 1000)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(TEXT, b"\xff\xfe"), 1007),
        (frame(3, b"an opcode of nobody"), 1002),
        (frame(0, b"goes on with nothing"), 1002),
        (b"\x81\x01x", 1002),  # without a mask
        (b"\xc1\x80\x00\x00\x00\x00", 1002),  # a reserved bit: compressed, which nobody agreed to
        (frame(PING, b"", is_last=False), 1002),
        (frame(CLOSE, b"\x03"), 1002),
        (b"GET / HTTP/1.1\r\n\r\n", 1002),
    ],
)
def test_what_is_no_websocket_closes_the_connection_and_no_other(
    data: bytes, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for waiting in ("_CLOSE_SECONDS", "_MOST_CLOSING_SECONDS"):  # for an answer, which is not waited for here
        monkeypatch.setattr(connection_end, waiting, 10 * TIMEOUT_SECONDS)
    rig = WatchedSockets()
    with rig.serving() as address, closing(RawClient(address)) as other:
        rig.handler()
        with closing(RawClient(address)) as client:
            client.send(data)
            assert client.read_close()[0] == code
            client.read_to_end()
        assert rig.handler().ending()[0] == code
        other.send(frame(TEXT, b"unharmed"))
        assert other.read_frame() == (TEXT, b"unharmed")


def test_a_client_that_never_answers_the_close_is_waited_for_two_seconds_at_most() -> None:
    rig = WatchedSockets()
    with rig.serving() as address, closing(RawClient(address)) as client:
        began = time.monotonic()
        client.send(frame(TEXT, b"close"))
        assert client.read_close() == (1000, "as asked")
        assert rig.handler().ending() == (1000, "as asked")
        assert time.monotonic() - began > 1.5


def test_a_half_open_connection_ends_when_no_sign_of_life_has_come() -> None:
    rig = WatchedSockets(ServerLimits(idle_seconds=0.4))
    with rig.serving() as address, closing(RawClient(address)) as client:
        assert client.read_frame() == (PING, b"")
        assert client.read_close() == (4408, "idle")
        assert rig.handler().ending() == (4408, "idle")


def test_a_client_that_answers_pings_is_not_idle() -> None:
    rig = WatchedSockets(ServerLimits(idle_seconds=0.9))
    with rig.serving() as address, closing(RawClient(address)) as client:
        for _ in range(4):  # longer than the limit
            assert client.read_frame() == (PING, b"")
            client.send(frame(PONG))
        client.send(frame(TEXT, b"still there"))
        assert client.read_frame() == (TEXT, b"still there")


def test_a_client_that_reads_nothing_is_closed_when_much_waits_for_it() -> None:
    rig = WatchedSockets(ServerLimits(message_bytes=200_000))
    with rig.serving() as address, closing(RawClient(address, receive_bytes=4096)) as client:
        handler = rig.handler()
        with suppress(OSError):  # closed while it sends
            client.send(frame(TEXT, b"x" * 200_000) * 100)
        assert handler.ending() == (4008, "too slow a reader")
        assert handler.connection.waiting_bytes < 300_000


def test_pings_without_end_of_a_client_that_reads_nothing_cost_no_memory() -> None:
    rig = WatchedSockets()
    with rig.serving() as address, closing(RawClient(address, receive_bytes=4096)) as client:
        handler = rig.handler()
        client.send(frame(PING, b"x" * 125) * 30_000)
        client.send(frame(BINARY, b"behind them"))
        assert handler.messages.get(timeout=TIMEOUT_SECONDS) == b"behind them"
        assert handler.connection.waiting_bytes < 1000


def test_a_slow_client_that_reads_again_gets_everything_in_order_and_the_handler_is_told() -> None:
    rig = WatchedSockets(send_buffer_bytes=4096)
    with rig.serving() as address, closing(RawClient(address, receive_bytes=4096)) as client:
        handler = rig.handler()
        sent = [f"{number} ".encode() * 5000 for number in range(100)]
        for text in sent:
            client.send(frame(TEXT, text))
        for _ in sent:
            handler.messages.get(timeout=TIMEOUT_SECONDS)
        assert [client.read_frame() for _ in sent] == [(TEXT, text) for text in sent]
        handler.wakes.get(timeout=TIMEOUT_SECONDS)
        assert handler.connection.handed_messages == 100


def test_a_defect_of_a_handler_closes_its_connection_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    rig = WatchedSockets()
    with rig.serving() as address, closing(RawClient(address)) as client:
        client.send(frame(TEXT, b"fail"))
        assert client.read_close() == (1011, "internal-error")
        client.close()
        assert rig.handler().ending() == (1011, "internal-error")
    assert "A defect of a handler." in caplog.text


def test_the_end_of_the_server_is_told_to_every_client_after_the_handler() -> None:
    rig = WatchedSockets()
    with rig.serving() as address, closing(RawClient(address)) as client:
        handler = rig.handler()
        rig.context.closing.begin()
        assert client.read_close() == (1001, "server closing")
        assert handler.wakes.qsize() == 1
        client.send(frame(CLOSE, b"\x03\xe9"))
        assert client.read_to_end() == b""
        assert handler.ending() == (1001, "server closing")


def test_a_connection_to_a_server_that_is_closing_is_closed_at_once() -> None:
    rig = WatchedSockets()
    rig.context.closing.begin()
    with rig.serving() as address, closing(RawClient(address)) as client:
        assert client.read_close() == (1001, "server closing")


def test_more_connections_than_allowed_are_told_to_come_later() -> None:
    rig = WatchedSockets(ServerLimits(sockets=1))
    with rig.serving() as address:
        with closing(RawClient(address)):
            handler = rig.handler()
            with closing(RawClient(address)) as second:
                assert second.read_close() == (1013, "too-many-streams")
        handler.ending()
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while rig.context.open_streams.count and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        with closing(RawClient(address)) as third:
            third.send(frame(TEXT, b"in"))
            assert third.read_frame() == (TEXT, b"in")


def test_the_client_closes_with_its_code_or_without_one() -> None:
    rig = WatchedSockets()
    with rig.serving() as address:
        for payload, ending in ((b"\x0f\xa0why", (4000, "why")), (b"", (1005, ""))):
            with closing(RawClient(address)) as client:
                client.send(frame(CLOSE, payload))
                assert client.read_frame()[0] == CLOSE
                assert client.read_to_end() == b""
                client.close()
                assert rig.handler().ending() == ending


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ("stt.v1, bearer.secret", "stt.v1"),
        ("bearer.secret", "bearer.secret"),
        ("realtime, openai-insecure-api-key.secret, openai-beta.realtime-v1", "realtime"),
        ("chat", None),
    ],
)
def test_a_known_subprotocol_is_chosen(offered: str, chosen: str | None) -> None:
    rig = WatchedSockets()
    with (
        rig.serving() as address,
        closing(RawClient(address, heads=f"Sec-WebSocket-Protocol: {offered}\r\n")) as client,
    ):
        answer = dict(line.split(": ", 1) for line in client.head.split("\r\n")[1:])
        assert answer.get("Sec-WebSocket-Protocol") == chosen


def test_compression_is_not_agreed_to() -> None:
    rig = WatchedSockets()
    heads = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    with rig.serving() as address, closing(RawClient(address, heads=heads)) as client:
        assert "Sec-WebSocket-Extensions" not in client.head


@pytest.mark.parametrize(
    "heads",
    [
        "Sec-WebSocket-Version: 12\r\nSec-WebSocket-Key: x\r\n",
        "Sec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Protocol: bearer.\xfc\r\n",
    ],
)
def test_a_broken_handshake_is_a_bad_request(heads: str) -> None:
    rig = WatchedSockets()
    with rig.serving() as address:
        host, port = address.split(":")
        with socket.create_connection((host, int(port)), TIMEOUT_SECONDS) as client:
            request = f"GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{heads}\r\n"
            client.sendall(request.encode("latin-1"))
            assert b" 400 " in client.recv(65_536).split(b"\r\n")[0]
