"""Foreign pages, foreign names and too many requests are refused, and every answer is safe to show."""

import socket
from collections.abc import Iterator

import pytest
from tests.adapters.web.rig import UPGRADE, WebRig

from realtime_mlx_stt.adapters.web.guards.host_names import HostNames
from realtime_mlx_stt.adapters.web.guards.refusals import HostRefusedError
from realtime_mlx_stt.adapters.web.server_config import ServerConfig, ServerLimits

OWN = "http://localhost"
FRIEND = "https://friend.example"
FOREIGN = "https://evil.example"


@pytest.fixture(name="rig")
def opened() -> Iterator[WebRig]:
    rig = WebRig(config=ServerConfig(cors_origins=(FRIEND,)))
    yield rig
    rig.close()


@pytest.mark.parametrize("origin", [None, OWN, "https://localhost", FRIEND, "HTTPS://Friend.example"])
def test_known_pages_and_programs_are_let_through(rig: WebRig, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    assert rig.client.get("/health", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "origin", [FOREIGN, "null", "http://localhost:9999", f"{FRIEND}.evil.example", "http://127.0.0.1", "", "*"]
)
def test_other_pages_are_refused_by_requests_and_sockets(rig: WebRig, origin: str) -> None:
    for headers in ({"Origin": origin}, {"Origin": origin, **UPGRADE}):
        answer = rig.client.get("/health", headers=headers)
        assert (answer.status_code, answer.json["code"]) == (403, "origin-refused")  # type: ignore[index]
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_in_a_file_is_let_through_when_it_was_configured() -> None:
    rig = WebRig(config=ServerConfig(cors_origins=("null",)))
    assert rig.client.get("/health", headers={"Origin": "null"}).headers["Access-Control-Allow-Origin"] == "null"
    rig.close()


def test_any_page_is_let_through_without_credentials_when_that_was_configured() -> None:
    rig = WebRig(config=ServerConfig(cors_origins=("*",)))
    answer = rig.client.get("/health", headers={"Origin": FOREIGN})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    rig.close()


def test_a_preflight_is_answered_as_configured_and_without_the_token() -> None:
    rig = WebRig(config=ServerConfig(cors_origins=(FRIEND,), auth_token="right-horse-battery"))
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    answer = rig.client.options("/api/v1/sessions", headers={"Origin": FRIEND, **asked})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
    assert answer.headers["Access-Control-Allow-Headers"].lower() == "authorization"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert rig.client.options("/api/v1/sessions", headers={"Origin": FOREIGN, **asked}).status_code == 403
    assert rig.client.get("/health", headers={"Origin": FRIEND}).status_code == 401
    rig.close()


@pytest.mark.parametrize("host", ["localhost", "localhost:9000", "127.0.0.1:8000", "[::1]:8000", "app.localhost"])
def test_the_servers_own_names_are_known(rig: WebRig, host: str) -> None:
    assert rig.client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("machine", ["Studio", "Studio.local", "studio.home.example"])
def test_the_names_of_the_machine_are_the_servers_own(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: machine)
    names = HostNames("0.0.0.0", ())
    for name in (machine, "studio", "studio.local:8000", "STUDIO.local."):
        names.check(name)
    with pytest.raises(HostRefusedError):
        names.check("studio.evil.example")


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.1.7", "", "[", "a b"]
)
def test_a_name_that_was_made_to_point_here_is_refused(rig: WebRig, host: str) -> None:
    for headers in ({"Host": host}, {"Host": host, **UPGRADE}):
        answer = rig.client.get("/health", headers=headers)
        assert (answer.status_code, answer.json["code"]) == (421, "host-refused")  # type: ignore[index]


def test_a_server_for_others_takes_its_addresses_and_the_names_that_were_allowed() -> None:
    config = ServerConfig(host="0.0.0.0", auth_token="right-horse-battery", allowed_hosts=("Speech.example",))
    rig = WebRig(config=config)
    token = {"Authorization": "Bearer right-horse-battery"}

    def status(host: str) -> int:
        return rig.client.get("/health", headers={"Host": host, **token}).status_code

    assert [status(host) for host in ("192.168.1.7:8000", "speech.example", "evil.example")] == [200, 200, 421]
    rig.close()


def test_too_many_requests_of_an_address_are_refused_and_those_of_another_are_not() -> None:
    rig = WebRig(config=ServerConfig(limits=ServerLimits(requests_a_minute=5)))

    def status(address: str) -> int:
        return rig.client.get("/health", environ_overrides={"REMOTE_ADDR": address}).status_code

    assert [status("10.0.0.1") for _ in range(7)] == [200] * 5 + [429] * 2
    assert [status(f"2001:db8::{n}") for n in range(1, 8)] == [200] * 5 + [429] * 2, "one network of 64 bits"
    assert status("10.0.0.2") == status("2001:db8:0:1::1") == 200
    answer = rig.client.get("/health", environ_overrides={"REMOTE_ADDR": "10.0.0.1"})
    assert answer.json["code"] == "rate-limited"  # type: ignore[index]
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    rig.close()


@pytest.mark.parametrize("path", ["/health", "/no/such/route"])
def test_every_answer_tells_the_browser_to_be_careful(rig: WebRig, path: str) -> None:
    headers = rig.client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_a_body_that_is_too_long_is_refused() -> None:
    rig = WebRig(config=ServerConfig(limits=ServerLimits(body_bytes=1000)))
    answer = rig.client.post("/v1/audio/transcriptions", data=b"x" * 1001, content_type="application/json")
    assert answer.status_code in (413, 415, 400)
    rig.close()
