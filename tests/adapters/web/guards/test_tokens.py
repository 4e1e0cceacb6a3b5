"""Who does not know the token gets nothing from any route or socket, and a browser can bring it in every way."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping

import pytest
from tests.adapters.web.rig import UPGRADE, WebRig

from realtime_mlx_stt.adapters.web.server_config import ServerConfig

TOKEN = "right-horse-battery"
COOKIE = "stt_token_8000"
PAGE = {"Accept": "text/html,application/xhtml+xml"}
EVENTS = {"Accept": "text/event-stream"}


@pytest.fixture(name="rig")
def locked() -> Iterator[WebRig]:
    rig = WebRig(config=ServerConfig(auth_token=TOKEN))
    yield rig
    rig.close()


def test_every_route_asks_for_the_token(rig: WebRig) -> None:
    rules = [rule for rule in rig.app.url_map.iter_rules() if not rule.websocket]
    assert rules
    for rule in rules:
        path = rule.rule.replace("<", "").replace(">", "").replace(":", "-")
        for method in rule.methods or ():
            answer = rig.client.open(path, method=method)
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), (method, path)


def test_every_socket_asks_for_the_token_before_the_handshake(rig: WebRig) -> None:
    for rule in rig.app.url_map.iter_rules():
        if rule.websocket:
            path = rule.rule.replace("<", "").replace(">", "").replace(":", "-")
            answer = rig.client.get(path, headers=UPGRADE)
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), path
            assert answer.is_json, path


def test_what_is_not_there_is_not_told_to_strangers(rig: WebRig) -> None:
    assert rig.client.get("/no/such/route").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": f"bearer  {TOKEN} "},
        {"Cookie": f"{COOKIE}={TOKEN}"},
        {"Cookie": f"{COOKIE}={TOKEN}", "Authorization": "Bearer out-of-date"},
    ],
)
def test_the_right_token_is_let_through(rig: WebRig, headers: Mapping[str, str]) -> None:
    client = rig.app.test_client(use_cookies=False)
    assert client.get("/health", headers=headers).json == {"status": "ok"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong-horse-battery"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer \u00e9t\u00e9"},
        {"Cookie": f"{COOKIE}=nonsense"},
    ],
)
def test_a_wrong_token_is_refused(rig: WebRig, headers: Mapping[str, str]) -> None:
    answer = rig.app.test_client(use_cookies=False).get("/health", headers=headers)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == "token-wrong"  # type: ignore[index]
    assert TOKEN not in answer.text


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
def test_another_scheme_brings_no_token(rig: WebRig, scheme: str) -> None:
    answer = rig.client.get("/health", headers={"Authorization": f"{scheme} {TOKEN}"})
    assert answer.json["code"] == "token-missing"  # type: ignore[index]


def test_an_address_brings_the_token_to_event_streams_and_sockets_alone(rig: WebRig) -> None:
    query = {"token": TOKEN}
    assert rig.client.get("/health", query_string=query).status_code == 401
    assert rig.client.get("/health", query_string=query, headers=EVENTS).status_code == 200
    assert rig.client.get("/health", query_string={**query, "stream": "true"}).status_code == 200
    assert rig.client.get("/health", query_string={**query, "stream": "false"}).status_code == 401
    assert rig.client.get("/health", query_string=query, headers=UPGRADE).status_code == 400
    assert rig.client.get("/health", query_string={"token": "wrong"}, headers=UPGRADE).status_code == 401


@pytest.mark.parametrize("prefix", ["bearer.", "openai-insecure-api-key."])
def test_a_subprotocol_brings_the_token_to_a_socket(rig: WebRig, prefix: str) -> None:
    def status(token: str) -> int:
        headers = UPGRADE | {"Sec-WebSocket-Protocol": f"stt.v1, {prefix}{token}"}
        return rig.client.get("/health", headers=headers).status_code

    assert (status(TOKEN), status("wrong")) == (400, 401)


def test_a_browser_is_asked_and_keeps_the_token_in_a_cookie(rig: WebRig) -> None:
    page = rig.client.get("/", headers=PAGE)
    assert (page.status_code, page.mimetype) == (401, "text/html")
    assert '<input id="token" name="token" type="password"' in page.text
    wrong = rig.client.get("/?token=guess", headers=PAGE)
    assert (wrong.status_code, "That was not the token" in wrong.text) == (401, True)
    admitted = rig.client.get(f"/?token={TOKEN}&session=one%20two", headers=PAGE)
    assert (admitted.status_code, admitted.headers["Location"]) == (303, "/?session=one+two")
    cookie = admitted.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}={TOKEN}; ")
    assert {"HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert rig.client.get("/health").status_code == 200, "the browser sends its cookie"


def test_the_page_that_asks_lets_in_its_own_style_and_nothing_else(rig: WebRig) -> None:
    page = rig.client.get("/", headers=PAGE)
    style = page.text.partition("<style>")[2].partition("</style>")[0]
    allowed = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{allowed}';")


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example/x", "/\\/evil.example"])
def test_no_address_leads_away_from_the_server(rig: WebRig, path: str) -> None:
    client = rig.app.test_client(use_cookies=False)
    named = {"PATH_INFO": path}
    admitted = client.get("/", query_string={"token": TOKEN}, headers=PAGE, environ_overrides=named)
    assert admitted.headers["Location"].startswith(("/evil.example", "/%5C"))
    assert 'action="/evil.example' in client.get("/", headers=PAGE, environ_overrides=named).text


def test_guessing_is_stopped_and_who_knows_is_not(rig: WebRig) -> None:
    answers = [rig.client.get("/health", headers={"Authorization": f"Bearer guess-{n}"}) for n in range(70)]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert rig.client.get("/health", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_without_a_token_none_is_asked_for() -> None:
    rig = WebRig()
    assert rig.client.get("/health").status_code == 200
    rig.close()
