"""A sound file is uploaded with what the model is told: in the path, or as parts of a form beside the file."""

from io import BytesIO

import pytest
from tests.adapters.web.api.api_rig import API, ApiRig, problem, wave_file

from realtime_mlx_stt.adapters.web.form_text import WHY_UNREADABLE

TOLD = {
    "language": "en",
    "task": "transcribe",
    "prompt": "They went home.",
    "carry_context": "true",
    "beam_size": "5",
}


@pytest.mark.parametrize("is_form", [True, False])
def test_what_the_model_is_told_comes_as_parts_of_the_form_or_in_the_path(api: ApiRig, is_form: bool) -> None:
    told = {**TOLD, "glossary": ["Dashwood, Aoife", "Digium"]}
    if is_form:
        form = {**told, "file": (BytesIO(wave_file(1)), "talk.wav")}
        answer = api.post("/sessions/upload?beam_size=2&glossary=Nobody", data=form)
    else:
        content = wave_file(1)
        answer = api.post("/sessions/upload", query_string=told, data=content, content_type="audio/wav")
    assert answer.status_code == 201, answer.text
    transcription = answer.get_json()["settings"]["transcription"]
    assert transcription["glossary"] == ["Dashwood", "Aoife", "Digium"]
    assert (transcription["prompt"], transcription["carries_context"]) == ("They went home.", True)
    assert (transcription["beam_size"], transcription["language"]) == (5, "en")


def test_what_an_upload_does_not_say_is_as_the_profile_says_and_an_empty_name_is_none(api: ApiRig) -> None:
    profile = {"transcription": {"glossary": ["Dashwood"], "prompt": "So.", "beam_size": 3}}
    assert api.client.put(f"{API}/profiles/names", json=profile).status_code in (200, 201)
    form = {"profile": "names", "glossary": "", "file": (BytesIO(wave_file(1)), "talk.wav")}
    transcription = api.post("/sessions/upload", data=form).get_json()["settings"]["transcription"]
    assert (transcription["glossary"], transcription["prompt"], transcription["beam_size"]) == ([], "So.", 3)


@pytest.mark.parametrize(
    ("request_of", "expected"),
    [
        ({"data": wave_file(1), "query_string": {"beam_size": "many"}}, (400, "bad-request")),
        ({"data": wave_file(1), "query_string": {"beam_size": "11"}}, (422, "invalid-setting")),
        ({"data": wave_file(1), "query_string": {"task": "sing"}}, (422, "invalid-setting")),
        ({"data": wave_file(1), "query_string": {"task": "translate"}}, (422, "no-translation")),
        ({"data": wave_file(1), "query_string": {"glossary": ["Dashwood"] * 51}}, (422, "invalid-setting")),
        ({"data": {"file": (BytesIO(wave_file(1)), "a.wav"), "promt": "So."}}, (400, "bad-request")),
        ({"data": {"file": (BytesIO(wave_file(1)), "a.wav"), "prompt": ["a", "b"]}}, (400, "bad-request")),
    ],
)
def test_what_cannot_be_is_refused_as_in_the_settings_of_a_session(
    api: ApiRig, request_of: dict[str, object], expected: tuple[int, str]
) -> None:
    assert problem(api.post("/sessions/upload", **request_of)) == expected
    assert api.web.rig.orchestrator.running_sessions() == ()


@pytest.mark.parametrize(
    ("name", "status"), [(b"caf\xe9", 400), ("caf\ufffd".encode(), 400), ("café".encode(), 201)]
)
def test_a_part_that_is_not_utf8_is_refused_by_its_name(api: ApiRig, name: bytes, status: int) -> None:
    head = b"--b\r\nContent-Disposition: form-data; name="
    parts = (b'"glossary"\r\n\r\n' + name, b'"file"; filename="a.wav"\r\n\r\n' + wave_file(1))
    body = b"".join(head + part + b"\r\n" for part in parts) + b"--b--\r\n"
    answer = api.post("/sessions/upload", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == status, answer.text
    if status == 400:
        assert answer.get_json()["detail"] == f"The part 'glossary' of the form {WHY_UNREADABLE}."
        assert "U+FFFD" in WHY_UNREADABLE


def test_the_parts_of_the_form_are_described_as_the_parameters_are(api: ApiRig) -> None:
    described = api.get("/openapi.json").get_json()["paths"][f"{API}/sessions/upload"]["post"]
    parts = described["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    in_path = {each["name"]: each["schema"] for each in described["parameters"] if each["in"] == "query"}
    assert parts.keys() == {"file", *in_path}
    assert in_path["glossary"] == {"type": "array", "items": {"type": "string"}}
    assert parts["beam_size"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 10,
        "description": "How many texts it follows side by side.",
    }
