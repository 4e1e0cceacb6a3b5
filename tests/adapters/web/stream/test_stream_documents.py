"""The documents of the streams are what the types say, and what clients and server really say to each other."""

import json
import re
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from docs.async_reference import ASYNC_DOCUMENT, CLIENT_MESSAGES, SERVER_MESSAGES, async_document, async_text
from tests.adapters.web.stream.stream_rig import AUDIO, SETTINGS, StreamRig, pcm, speech_and_silence

from realtime_mlx_stt.domain.events import EVENT_TYPES

PAGE = ASYNC_DOCUMENT.with_name("websocket.md").read_text(encoding="utf-8")
DOCUMENT = async_document()


def references(part: Any) -> Iterator[str]:
    """Every ``$ref`` in the document."""
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def resolved(reference: str) -> Any:
    """What the reference leads to, through other references as well."""
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return resolved(found["$ref"]) if set(found) == {"$ref"} else found


def check(message: dict[str, Any], channel: str = "sessionStream", action: str = "") -> None:
    """Raise unless it is what the document says of a message of this type, in this direction."""
    key = message["type"]
    name = f"{action}On{channel[0].upper()}{channel[1:]}"
    assert {"$ref": f"#/channels/{channel}/messages/{key}"} in DOCUMENT["operations"][name]["messages"]
    payload = resolved(f"#/channels/{channel}/messages/{key}")["payload"]
    jsonschema_rs.validate({**payload, "components": DOCUMENT["components"]}, message)


def test_the_document_is_what_the_types_say() -> None:
    assert ASYNC_DOCUMENT.read_text(encoding="utf-8") == async_text(), "Run: make docs"


def test_the_document_is_whole() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"info", "channels", "operations", "components"} <= set(DOCUMENT)
    for reference in references(DOCUMENT):
        resolved(reference)
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in {"send", "receive"}
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in DOCUMENT["channels"]
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate({**schema, "$schema": "http://json-schema.org/draft-07/schema#"})


def test_no_two_messages_have_the_same_name() -> None:
    names = [str(kind.__struct_config__.tag) for kind in (*CLIENT_MESSAGES, *SERVER_MESSAGES)]
    names += [event.type for event in EVENT_TYPES]
    assert len(set(names)) == len(names)
    assert set(DOCUMENT["components"]["messages"]) == {*names, "audio-frame"}


def test_every_message_of_a_real_conversation_is_described() -> None:
    said: list[dict[str, Any]] = [
        {"type": "pause", "id": 1},
        {"type": "resume", "id": "two"},
        {"type": "commit"},
        {"type": "change-settings", "settings": {"transcription": {"model": "base"}}},
        {"type": "skip-audio", "to": 10**6},
        {"type": "ping"},
        {"type": "end-audio", "id": "end"},
    ]
    with StreamRig().serving() as served:
        opening = {"type": "open", "audio": AUDIO, "settings": SETTINGS, "key": "mine", "record_audio": True}
        check(opening, "newStream", "receive")
        client = served.connect()
        client.send(json.dumps(opening))
        client.sound(0, pcm(speech_and_silence(1)))
        client.sound(0, b"odd")
        heard = [client.hear()]
        while heard[-1]["type"] != "utterance-transcribed":
            heard.append(client.hear())
        for message in said:
            check(message, action="receive")
            client.send(json.dumps(message))
        heard += client.rest()
        session_id = heard[-1]["session_id"]
        heard += served.connect(f"/api/v1/sessions/{session_id}/stream?after=0").rest()
        for message in heard:
            check(message, action="send")
        kinds = {message["type"] for message in heard}
        assert {"stream-opened", "audio-accepted", "command-done", "stream-ended", "settings-changed"} <= kinds


def examples(kind: str) -> list[str]:
    """The blocks of the page that are of the kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("who", "action"), [("client", "receive"), ("server", "send")])
def test_every_message_of_the_page_is_described(who: str, action: str) -> None:
    blocks = examples(f"json {who}")
    assert len(blocks) >= 5
    for block in blocks:
        check(json.loads(block), action=action)


def test_the_page_has_every_command_and_every_close_code() -> None:
    for kind in (*CLIENT_MESSAGES, *SERVER_MESSAGES):
        assert f"`{kind.__struct_config__.tag}`" in PAGE or f'"{kind.__struct_config__.tag}"' in PAGE
    for code, meaning in DOCUMENT["x-close-codes"].items():
        assert f"| {code} | {meaning[0].upper()}{meaning[1:]} |" in PAGE


def test_the_client_of_the_page_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "speech.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes((speech_and_silence(3, 4) * 32_768).round().astype("<i2").tobytes())
    names: dict[str, Any] = {}
    (program,) = examples("python")
    exec(compile(program, "websocket.md", "exec"), names)
    with StreamRig().serving() as served:
        names["transcribe"](served.address, str(path))
    assert capsys.readouterr().out == "word3 word4\nClosed with 1000: session over\n"
