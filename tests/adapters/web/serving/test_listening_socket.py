"""The server takes an address of this machine or says in a sentence why it cannot."""

import socket

import pytest

from realtime_mlx_stt.adapters.web.serving.listening_socket import (
    ServerAddressError,
    address_for_others,
    address_of,
    is_loopback,
    listen,
)


def test_a_free_port_is_taken_and_found() -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        assert address_of(listening, "127.0.0.1") == f"http://127.0.0.1:{port}/"
        with socket.create_connection(("127.0.0.1", port)):
            pass


def test_the_server_of_every_address_is_found_on_loopback() -> None:
    with listen("0.0.0.0", 0) as listening:
        assert address_of(listening, "0.0.0.0").startswith("http://127.0.0.1:")
        assert address_of(listening, "::").startswith("http://[::1]:")


def test_where_others_find_the_server_of_every_address_is_told_and_of_no_other() -> None:
    with listen("0.0.0.0", 0) as listening:
        told, port = address_for_others(listening), listening.getsockname()[1]
    with listen("127.0.0.1", 0) as listening:
        assert address_for_others(listening) is None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            assert told is None  # a machine without a network
        else:
            assert told == f"http://{probe.getsockname()[0]}:{port}/"


def test_a_port_in_use_is_named() -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(ServerAddressError, match=f"Port {port} .* in use.*--port"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such name", "a" * 300, "999.1.1.1"])
def test_an_address_of_another_machine_or_of_none_is_refused(host: str) -> None:
    with pytest.raises(ServerAddressError, match="--host"):
        listen(host, 0)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False), ("box", False)],
)
def test_what_only_this_machine_reaches(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
