"""Whatever is sent to whatever route, there is an answer with a code, and nothing of the program breaks."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters.web.api.api_rig import API, ApiRig

from realtime_mlx_stt.adapters.web.api.routes import operations

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
WORDS = st.sampled_from(
    [
        "settings",
        "source",
        "kind",
        "push",
        "microphone",
        "transcription",
        "vad",
        "wake_word",
        "audio",
        "device",
        "model",
        "language",
        "name",
        "profile",
    ]
)
NEARLY_RIGHT = st.recursive(
    JSON_VALUES | WORDS, lambda inner: st.dictionaries(WORDS, inner, max_size=4), max_leaves=10
)
BODIES = st.binary(max_size=200) | NEARLY_RIGHT.map(lambda value: json.dumps(value).encode())
TYPES = st.sampled_from(
    ["application/json", "application/octet-stream", "multipart/form-data; boundary=x", "", "\x01"]
)
QUERIES = st.dictionaries(
    st.sampled_from(
        ["limit", "before", "after", "position", "format", "status", "stream", "model", "timeout_seconds"]
    )
    | st.text(max_size=8),
    st.text(max_size=12) | st.integers().map(str),
    max_size=3,
)
NAMES = st.text(st.characters(exclude_characters="/?#", exclude_categories=["Cs"]), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def long_lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiRig]:
    """One server for all requests; its streams and long polls end at once."""
    folder: Path = tmp_path_factory.mktemp("models")
    rig = ApiRig(folder)
    rig.web.closing.begin()
    yield rig
    rig.close()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=st.data())
def test_no_request_breaks_anything(long_lived: ApiRig, content: st.DataObject) -> None:
    table = operations(long_lived.web.app.extensions["realtime_mlx_stt"])
    operation = content.draw(st.sampled_from(table))
    running = long_lived.web.rig.orchestrator.running_sessions()
    known = running[-1] if running else long_lived.started()
    names = {
        "session_id": content.draw(st.just(known) | NAMES),
        "utterance_id": content.draw(st.integers(-5, 2**70)),
        "pull_id": content.draw(NAMES),
        "profile_name": content.draw(NAMES),
    }
    answer = long_lived.client.open(
        API + operation.path.format(**names),
        method=content.draw(st.just(operation.method) | st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"])),
        query_string=content.draw(QUERIES),
        data=content.draw(BODIES),
        content_type=content.draw(TYPES),
        headers=content.draw(st.sampled_from([{}, {"Last-Event-ID": "2"}, {"Accept": "text/event-stream"}])),
    )
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        told = answer.get_json(force=True)
        assert told["status"] == answer.status_code
        assert told["code"] != "defect"
        assert told["detail"]
    answer.close()
    for session_id in running if len(running) > 8 else ():
        long_lived.web.rig.orchestrator.stop_pipeline(session_id)
