"""A client that still reads while its connection closes gets more time, within bounds."""

import socket
from collections.abc import Iterator

import pytest
from wsproto import ConnectionType, WSConnection

from realtime_mlx_stt.adapters.web.websocket import connection_end
from realtime_mlx_stt.adapters.web.websocket.client_output import ClientOutput
from realtime_mlx_stt.adapters.web.websocket.connection_end import ConnectionEnd


@pytest.fixture
def end() -> Iterator[ConnectionEnd]:
    client, other = socket.socketpair()
    protocol = WSConnection(ConnectionType.SERVER)
    with client, other:
        yield ConnectionEnd(protocol, ClientOutput(client, protocol))


def test_a_client_that_takes_something_is_waited_for_longer(end: ConnectionEnd) -> None:
    end.begin(1000, "over")
    before = end.give_up_at
    end.prolong()
    assert end.give_up_at > before


def test_however_much_a_client_takes_it_is_not_waited_for_without_end(
    end: ConnectionEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_end, "_MOST_CLOSING_SECONDS", 0.0)
    end.begin(1000, "over")
    end.prolong()
    bound = end.give_up_at
    end.prolong()
    assert end.give_up_at == bound


def test_when_the_server_ends_taking_something_gains_no_more_time(end: ConnectionEnd) -> None:
    end.begin(1001, "server closing")
    end.hurry()
    bound = end.give_up_at
    end.prolong()
    assert end.give_up_at == bound


def test_the_first_reason_of_an_end_counts(end: ConnectionEnd) -> None:
    end.begin(1000, "over")
    end.begin(1011, "internal-error")
    assert end.reason == (1000, "over")
    end.give_up_if_due(end.give_up_at)
    assert end.is_over
