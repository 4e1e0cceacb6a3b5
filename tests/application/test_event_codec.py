"""What was stored once can be read for ever, and what is published has one shape."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.golden.stories import GOLDEN, GOLDEN_FOLDER, golden_name

from realtime_mlx_stt.application.log.codec import EventCodec, UndecodableEventError, envelope, envelope_line
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import StoredEvent

FILES = sorted(path.name for path in GOLDEN_FOLDER.glob("*.json"))


def read(name: str) -> dict[str, Any]:
    golden = json.loads((GOLDEN_FOLDER / name).read_text(encoding="utf-8"))
    assert isinstance(golden, dict)
    return golden


def decode(golden: Mapping[str, Any], codec: EventCodec | None = None) -> StoredEvent:
    """What a store makes of an envelope."""
    event = (codec or EventCodec()).decode(golden["type"], golden["version"], json.dumps(golden["data"]).encode())
    return StoredEvent(
        session_id=SessionId(golden["session_id"]),
        seq=golden["seq"],
        position=golden["position"],
        recorded_at=golden["recorded_at"],
        event=event,
    )


def test_every_event_type_has_a_golden_file_of_each_of_its_versions() -> None:
    expected = {
        f"{event.type}.v{version}.json" for event in e.EVENT_TYPES for version in range(1, event.version + 1)
    }
    assert set(FILES) == expected
    assert set(GOLDEN) == {golden_name(event) for event in e.EVENT_TYPES}


@pytest.mark.parametrize("name", FILES)
def test_a_golden_file_is_decoded_to_its_event(name: str) -> None:
    golden = read(name)
    assert f"{golden['type']}.v{golden['version']}.json" == name
    current = next(golden_name(event) for event in e.EVENT_TYPES if event.type == golden["type"])
    assert decode(golden).event == GOLDEN[current].event


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_an_event_is_published_as_its_golden_file_says(name: str) -> None:
    stored = GOLDEN[name]
    assert envelope(stored) == read(name)
    assert json.loads(envelope_line(stored)) == read(name)
    assert json.loads(EventCodec().encode(stored.event)) == read(name)["data"]
    assert decode(read(name)) == stored


def test_an_envelope_is_one_line_of_json_that_keeps_its_letters() -> None:
    event = e.TranscriptionFailed(utterance_id=GOLDEN_UTTERANCE, code="broken", message="Zeile 1\n今日は")
    stored = StoredEvent(session_id=SessionId("s"), seq=1, position=1, recorded_at=0.5, event=event)
    line = envelope_line(stored)
    assert "\n" not in line
    assert "今日は" in line
    assert list(json.loads(line)) == ["session_id", "seq", "position", "type", "version", "recorded_at", "data"]


GOLDEN_UTTERANCE = GOLDEN["speech-started.v1.json"].event.utterance_id  # type: ignore[union-attr]


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_a_field_that_a_newer_program_added_is_passed_over(name: str) -> None:
    golden = read(name)
    golden["data"] |= {"a_later_thought": {"of": ["any", "shape"]}}
    assert decode(golden).event == GOLDEN[name].event


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("speech-ended.v1.json", "awaits_wake_word"),
        ("settings-changed.v1.json", "at_sample"),
        ("utterance-rejected.v1.json", "average_log_probability"),
        ("session-started.v1.json", "settings"),
    ],
)
def test_an_optional_field_that_an_older_program_did_not_know_has_its_default(name: str, field: str) -> None:
    golden = read(name)
    if field == "settings":
        for section in golden["data"]["settings"].values():
            section.pop(next(key for key in section if key != "words"))
        assert isinstance(decode(golden).event, e.SessionStarted)
        return
    del golden["data"][field]
    event = decode(golden).event
    assert getattr(event, field) == type(event).__dataclass_fields__[field].default


def test_a_session_of_before_listening_windows_heard_one_utterance() -> None:
    golden = read("session-started.v1.json")
    del golden["data"]["settings"]["wake_word"]["single_utterance"]
    assert decode(golden).event == GOLDEN["session-started.v1.json"].event


@pytest.mark.parametrize(
    ("type_name", "version", "data"),
    [
        ("speech-dreamt", 1, b"{}"),
        ("speech-started", 2, b'{"utterance_id": 1, "start_sample": 0, "detected_at_sample": 0}'),
        ("speech-started", 0, b'{"utterance_id": 1, "start_sample": 0, "detected_at_sample": 0}'),
        ("speech-started", 1, b'{"utterance_id": 1, "start_sample": 0}'),
        ("speech-started", 1, b'{"utterance_id": "one", "start_sample": 0, "detected_at_sample": 0}'),
        ("speech-started", 1, b"[]"),
        ("speech-started", 1, b"{"),
        ("speech-started", 1, b"\xff"),
        ("speech-started", 0, b"[]"),
        ("session-stopping", 1, b'{"reason": "boredom", "captured_samples": 0}'),
        (
            "settings-changed",
            1,
            b'{"settings": {"endpointing": {"pause_seconds": 99.0}}}',
        ),
    ],
)
def test_what_this_program_cannot_understand_is_said_to_be_so(type_name: str, version: int, data: bytes) -> None:
    with pytest.raises(UndecodableEventError, match=type_name) as refused:
        EventCodec().decode(type_name, version, data)
    assert refused.value.code == "event-undecodable"


def rename_start(data: dict[str, Any]) -> dict[str, Any]:
    return {**{key: value for key, value in data.items() if key != "begin"}, "start_sample": data["begin"]}


def count_in_samples(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "detected_at_sample": round(data["detected_at_seconds"] * 16_000)}


OLD_SPEECH = b'{"utterance_id": 3, "begin": 100, "detected_at_seconds": 0.5}'
UPCASTERS = {("speech-started", 1): rename_start, ("speech-started", 2): count_in_samples}


def test_upcasters_are_chained_from_the_stored_version_to_the_current_one() -> None:
    codec = EventCodec(UPCASTERS, versions={"speech-started": 3})
    speech = e.SpeechStarted(utterance_id=GOLDEN_UTTERANCE, start_sample=100, detected_at_sample=8_000)
    first = OLD_SPEECH.replace(b"3", b"1")
    assert codec.decode("speech-started", 1, first) == speech
    assert codec.decode("speech-started", 2, first.replace(b"begin", b"start_sample")) == speech
    assert codec.decode("speech-started", 3, codec.encode(speech)) == speech
    with pytest.raises(UndecodableEventError, match="newer"):
        codec.decode("speech-started", 4, codec.encode(speech))
    assert codec.decode("listening-paused", 1, b'{"at_sample": 1}') == e.ListeningPaused(at_sample=1)


def test_a_version_that_nothing_lifts_cannot_be_read() -> None:
    codec = EventCodec({("speech-started", 1): rename_start}, versions={"speech-started": 3})
    with pytest.raises(UndecodableEventError, match="version 2"):
        codec.decode("speech-started", 1, OLD_SPEECH)


@pytest.mark.parametrize("data", [b"{}", b'{"begin": 1, "detected_at_seconds": "soon"}', b'{"begin": 1}'])
def test_data_that_an_upcaster_cannot_lift_cannot_be_read(data: bytes) -> None:
    with pytest.raises(UndecodableEventError, match="speech-started"):
        EventCodec(UPCASTERS, versions={"speech-started": 3}).decode("speech-started", 1, data)


@settings(deadline=None, max_examples=100)
@given(
    st.one_of(
        *(st.builds(event) for event in e.EVENT_TYPES if "settings" not in event.__dataclass_fields__)
    ).filter(lambda event: "nan" not in repr(event) and "inf" not in repr(event))
)
def test_whatever_an_event_says_is_the_same_after_it_was_stored(event: e.SessionEvent) -> None:
    codec = EventCodec()
    assert codec.decode(event.type, event.version, codec.encode(event)) == event
