"""What is wrong with a body is said in the words in which FastAPI and pydantic said it to the clients of 0.1."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from tests.adapters.web.rig import WebRig

from realtime_mlx_stt.adapters.web.legacy.bodies import (
    Field,
    boolean,
    mapping,
    optional,
    read_body,
    text,
    whole_number,
)

FIELDS = (
    Field("name", text),
    Field("config", mapping),
    Field("language", optional(text), None),
    Field("beam_size", optional(whole_number), None),
    Field("is_final", boolean, False),
)


class AsItWas(BaseModel):
    """The same fields as 0.1 declared them."""

    name: str
    config: dict[str, Any]
    language: str | None = None
    beam_size: int | None = None
    is_final: bool = False


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10),
    st.floats(-2, 3, allow_nan=False),
    st.sampled_from(["", "x", "1", "0", "true", "No", "OFF", "y", " 7 ", "5.0", "1_000", "1.5", "-2", "on "]),
    st.just([]),
    st.just({}),
    st.just({"a": [1]}),
)


def test_a_body_is_judged_as_pydantic_judged_it() -> None:
    app = WebRig().app

    @settings(max_examples=150, deadline=None)
    @given(st.dictionaries(st.sampled_from([field.name for field in FIELDS] + ["unknown"]), VALUES))
    def is_judged_alike(body: dict[str, object]) -> None:
        with app.test_request_context("/", method="POST", json=body):
            ours = judged(app)
        assert ours == as_pydantic_judges(body), body

    is_judged_alike()


def judged(app: Any) -> object:
    """The findings, or None where the body is taken."""
    try:
        read_body(FIELDS)
    except Exception as refusal:  # noqa: BLE001 - of which only the response matters
        response = refusal.get_response()  # type: ignore[attr-defined]
        assert response.status_code == 422
        return json.loads(response.get_data())["detail"]
    return None


def as_pydantic_judges(body: dict[str, object]) -> object:
    try:
        AsItWas.model_validate(body)
    except ValidationError as error:
        findings = error.errors(include_url=False, include_context=False)
        return json.loads(json.dumps([{**each, "loc": ["body", *each["loc"]]} for each in findings]))
    return None


@pytest.mark.parametrize(
    ("body", "content_type", "finding"),
    [
        (b"", "application/json", {"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}),
        (b"null", "application/json", {"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}),
        (
            b"[1]",
            "application/json",
            {
                "type": "model_attributes_type",
                "loc": ["body"],
                "msg": "Input should be a valid dictionary or object to extract fields from",
                "input": [1],
            },
        ),
        (
            b'{"profile":',
            "application/json",
            {
                "type": "json_invalid",
                "loc": ["body", 11],
                "msg": "JSON decode error",
                "input": {},
                "ctx": {"error": "Expecting value"},
            },
        ),
        (
            b'{"profile": "vad-triggered"}',
            "text/plain",
            {
                "type": "model_attributes_type",
                "loc": ["body"],
                "msg": "Input should be a valid dictionary or object to extract fields from",
                "input": '{"profile": "vad-triggered"}',
            },
        ),
    ],
)
def test_what_is_no_object_is_refused_as_fastapi_did(
    web: WebRig, body: bytes, content_type: str, finding: dict[str, object]
) -> None:
    answer = web.client.post("/system/start", data=body, content_type=content_type)
    assert (answer.status_code, answer.json) == (422, {"detail": [finding]})


def test_a_body_without_a_content_type_is_taken_for_json(web: WebRig) -> None:
    assert web.client.post("/system/start", data=b'{"profile": "vad-triggered"}').status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b'{"profile": NaN}',
        b'{"profile": "\\ud800"}',
        b'{"profile": 1e999}',
        b'{"profile": "x", "custom_config": ' + b'{"a":' * 60 + b"1" + b"}" * 61,
        b"[" * 100_000,
        b'{"profile": ' + b"9" * 5000 + b"}",
        '{"profile": "\u00e4"}'.encode("latin-1"),
    ],
)
def test_whatever_is_sent_gets_an_answer_with_a_reason(web: WebRig, body: bytes) -> None:
    answer = web.client.post("/system/start", data=body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer.json is not None
    assert answer.json["detail"]
