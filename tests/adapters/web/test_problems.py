"""Every error is answered by a status, a stable code and a sentence; one that nobody foresaw gives nothing away."""

import logging

import pytest
from flask import Flask, Response, abort, redirect, request
from tests.adapters.web.rig import WebRig
from tests.application.rig import WITHOUT_PARTIALS
from tests.architecture.error_classes import defined_errors
from werkzeug.wrappers import Response as BaseResponse

from realtime_mlx_stt.adapters.web.problem_documents import PROBLEM_TYPE, Problem
from realtime_mlx_stt.adapters.web.problems import (
    STATUSES,
    TooManySessionsError,
    answer_errors,
    http_status,
    shape_errors,
)
from realtime_mlx_stt.adapters.web.server_config import ServerConfig, ServerLimits
from realtime_mlx_stt.adapters.web.session_starts import start_session
from realtime_mlx_stt.domain.errors import IllegalCommandError, InvalidSettingError, PortError, RealtimeSttError
from realtime_mlx_stt.ports.audio_source import AudioDeviceBusyError
from realtime_mlx_stt.ports.speech_to_text import ServiceTimeoutError
from realtime_mlx_stt.ports.wake_word import WakeWordError

PASSED_TO_AN_ENGINE = "sk-secret"


def failing_app() -> Flask:
    app = Flask("failing")
    answer_errors(app)

    @app.get("/api/v1/busy")
    def busy() -> Response:
        raise AudioDeviceBusyError("The microphone is in use.")

    @app.get("/api/v1/defect")
    def defect() -> Response:
        raise ZeroDivisionError(PASSED_TO_AN_ENGINE)

    @app.get("/api/v1/answered")
    def answered() -> Response:
        abort(Response("as it is", 418))

    @app.get("/old/busy")
    def old() -> Response:
        raise AudioDeviceBusyError("The microphone is in use.")

    @app.get("/moved/")
    def moved() -> BaseResponse:
        return redirect("/elsewhere")

    shape_errors(app, "/old", lambda problem: Response(f"old: {problem.code}", problem.status))
    return app


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidSettingError(""), 422),
        (IllegalCommandError(""), 409),
        (ServiceTimeoutError(""), 504),
        (WakeWordError(""), 503),
        (TooManySessionsError(""), 429),
        (PortError(""), 500),
        (RealtimeSttError(""), 500),
    ],
)
def test_an_error_has_the_status_of_its_kind(error: RealtimeSttError, status: int) -> None:
    assert http_status(error) == status


def test_an_error_without_a_status_of_its_own_has_that_of_the_kind_above_it() -> None:
    assert "audio-device-busy" not in STATUSES
    assert http_status(AudioDeviceBusyError("")) == STATUSES["audio-source"] == 503


def test_a_problem_says_what_it_is_in_words_that_stay() -> None:
    answer = failing_app().test_client().get("/api/v1/busy")
    assert (answer.status_code, answer.content_type) == (503, PROBLEM_TYPE)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_json(force=True) == {
        "type": "/docs#problem-audio-device-busy",
        "title": "Audio device busy",
        "status": 503,
        "detail": "The microphone is in use.",
        "code": "audio-device-busy",
    }


def test_a_defect_is_logged_and_told_without_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = failing_app().test_client().get("/api/v1/defect")
    assert answer.status_code == 500
    assert answer.get_json(force=True)["code"] == "defect"
    assert PASSED_TO_AN_ENGINE not in answer.text
    assert PASSED_TO_AN_ENGINE in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/api/v1/nothing", 404, "not-found"), ("DELETE", "/api/v1/busy", 405, "method-not-allowed")],
)
def test_a_route_that_is_not_there_is_a_problem_too(method: str, path: str, status: int, code: str) -> None:
    answer = failing_app().test_client().open(path, method=method)
    assert (answer.status_code, answer.content_type) == (status, PROBLEM_TYPE)
    assert answer.get_json(force=True)["code"] == code


def test_a_method_that_is_not_allowed_is_told_those_that_are() -> None:
    answer = failing_app().test_client().delete("/api/v1/busy")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_body_that_is_too_large_has_a_code_of_its_own() -> None:
    app = failing_app()
    app.config["MAX_CONTENT_LENGTH"] = 10

    @app.post("/api/v1/taken")
    def taken() -> Response:
        return Response(request.get_data())

    answer = app.test_client().post("/api/v1/taken", data=b"0" * 11)
    assert answer.status_code == 413
    assert answer.get_json(force=True)["code"] == "body-too-large"


def test_errors_below_a_path_are_told_in_its_own_shape() -> None:
    answer = failing_app().test_client().get("/old/busy")
    assert (answer.status_code, answer.text) == (503, "old: audio-device-busy")


def test_what_is_no_error_is_left_as_it_is() -> None:
    client = failing_app().test_client()
    assert (client.get("/api/v1/answered").text, client.get("/moved").status_code) == ("as it is", 308)


def test_headers_of_a_problem_are_sent() -> None:
    app = failing_app()
    shape_errors(app, "/api", lambda problem: Response("", problem.status, dict(problem.headers)))
    assert "GET" in app.test_client().delete("/api/v1/busy").headers["Allow"]
    assert Problem(status=400, code="bad-request", detail="").headers == {}


def test_every_code_in_the_table_is_one_of_an_error() -> None:
    codes = {each.code for each in defined_errors().values()} | {"error"}
    arriving = {"audio-not-pushed", "audio-position", "session-running"}
    assert STATUSES.keys() - codes <= arriving


def test_no_more_sessions_are_started_than_the_server_allows() -> None:
    rig = WebRig(config=ServerConfig(limits=ServerLimits(sessions=1)))
    context = rig.app.extensions["realtime_mlx_stt"]
    first = start_session(context, WITHOUT_PARTIALS)
    with pytest.raises(TooManySessionsError, match=r"as this server allows \(1\)"):
        start_session(context, WITHOUT_PARTIALS)
    rig.rig.orchestrator.stop_pipeline(first)
    start_session(context, WITHOUT_PARTIALS)
    rig.close()
