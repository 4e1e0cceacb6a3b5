"""What a client asks for twice under one key is done once, and answered twice alike."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, Response, request
from tests.adapters.web.api.api_rig import API, ApiRig, problem
from tests.application.rig import TIMEOUT_SECONDS

from realtime_mlx_stt.adapters.web.api.idempotency import KeptAnswers
from realtime_mlx_stt.adapters.web.problems import answer_errors

KEY = {"Idempotency-Key": "a-key-of-the-client"}


def test_a_session_is_started_once_for_one_key(api: ApiRig) -> None:
    first = api.post("/sessions", json={}, headers=KEY)
    second = api.post("/sessions", json={}, headers=KEY)
    assert (first.status_code, second.status_code, second.data) == (201, 201, first.data)
    assert second.headers["Location"] == first.headers["Location"]
    assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")
    assert len(api.web.rig.orchestrator.running_sessions()) == 1


def test_audio_is_taken_once_for_one_key(api: ApiRig) -> None:
    session_id = api.started()
    for _ in range(2):
        answer = api.post(f"/sessions/{session_id}/audio", data=bytes(6400), headers=KEY)
        assert answer.get_json()["next_position"] == 1600


def test_a_key_is_of_one_request_alone(api: ApiRig) -> None:
    api.post("/sessions", json={}, headers=KEY)
    for answer in (
        api.post("/sessions", json={"record_audio": False}, headers=KEY),
        api.post("/sessions/upload", data=b"x", headers=KEY),
        api.client.put(f"{API}/profiles/x", json={}, headers=KEY),
    ):
        assert problem(answer) == (422, "idempotency-key-reused")


def test_what_was_refused_may_be_tried_again(api: ApiRig) -> None:
    assert problem(api.client.delete(f"{API}/profiles/mine", headers=KEY)) == (404, "profile-not-found")
    api.client.put(f"{API}/profiles/mine", json={})
    assert api.client.delete(f"{API}/profiles/mine", headers=KEY).status_code == 204
    again = api.client.delete(f"{API}/profiles/mine", headers=KEY)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (204, "true")


@pytest.mark.parametrize("key", ["", "x" * 256, "with blank", "ä"])
def test_a_key_that_is_none_is_a_problem(api: ApiRig, key: str) -> None:
    answer = api.post("/sessions", json={}, headers={"Idempotency-Key": key.encode("latin-1").decode("latin-1")})
    assert problem(answer) == (400, "bad-request")


class Counting:
    """An application of one command, which waits at a gate, fails when told so, and counts."""

    def __init__(self) -> None:
        self.now = 0.0
        self.done = 0
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.kept = KeptAnswers(lambda: self.now)
        self.app = Flask("counting")
        answer_errors(self.app)
        self.app.add_url_rule("/", "do", lambda: self.kept.once(self.perform), methods=["POST"])

    def perform(self) -> Response:
        self.done += 1
        done = self.done
        self.entered.set()
        assert self.gate.wait(TIMEOUT_SECONDS)
        if request.args.get("fails") and done == 1:
            raise ZeroDivisionError
        return Response(str(done) * int(request.args.get("times", "1")))

    def ask(self, key: str = "key", **query: str) -> str:
        headers = {"Idempotency-Key": key}
        return self.app.test_client().post("/", query_string=query, headers=headers).text


def test_who_asks_meanwhile_waits_for_the_first_answer() -> None:
    counting = Counting()
    counting.gate.clear()
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(counting.ask) for _ in range(4)]
        assert counting.entered.wait(TIMEOUT_SECONDS)
        counting.gate.set()
        assert {answer.result(TIMEOUT_SECONDS) for answer in answers} == {"1"}
    assert counting.done == 1


def test_who_waits_for_one_that_fails_asks_anew() -> None:
    counting = Counting()
    counting.gate.clear()
    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(counting.ask, fails="1") for _ in range(2)]
        assert counting.entered.wait(TIMEOUT_SECONDS)
        counting.gate.set()
        texts = {answer.result(TIMEOUT_SECONDS) for answer in answers}
    assert "2" in texts
    assert counting.done == 2


def test_answers_are_kept_a_day_and_a_thousand_of_them() -> None:
    counting = Counting()
    assert counting.ask() == "1"
    counting.now = 24 * 3600.0
    assert counting.ask() == "1"
    counting.now += 1.0
    assert counting.ask() == "2"
    for number in range(1000):
        counting.ask(f"other-{number}")
    assert counting.ask() == "1003"


def test_a_large_answer_is_not_kept() -> None:
    counting = Counting()
    counting.ask(times="100001")
    assert counting.ask(times="100001").startswith("2")
