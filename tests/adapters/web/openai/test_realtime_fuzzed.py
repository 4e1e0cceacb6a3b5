"""Whatever a client sends on the realtime connection is answered, and nothing of it is a defect."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.web.rig import FakeWebServices

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.openai.errors import InvalidParameterError
from realtime_mlx_stt.adapters.web.openai.realtime_messages import UpdateSession, read_event
from realtime_mlx_stt.adapters.web.openai.realtime_settings import RealtimeSettings
from realtime_mlx_stt.adapters.web.problems import http_status
from realtime_mlx_stt.domain.errors import RealtimeSttError

KINDS = (
    "session.update",
    "transcription_session.update",
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "input_audio_buffer.clear",
    "response.create",
)
NAMES = [
    "session",
    "audio",
    "input",
    "format",
    "type",
    "rate",
    "transcription",
    "model",
    "language",
    "turn_detection",
    "input_audio_format",
    "input_audio_transcription",
    "threshold",
    "silence_duration_ms",
    "include",
    "event_id",
]
WORDS = ("transcription", "audio/pcm", "pcm16", "server_vad", "tiny.en", "de", "g711_ulaw", "AAAA")

values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=12,
)
events = st.builds(
    lambda kind, fields: {**fields, "type": kind},
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(("session", "audio", "event_id")), values, max_size=3),
)

CONTEXT = WebContext(services=FakeWebServices())


def answer(document: dict[str, Any]) -> RealtimeSttError | None:
    """What is wrong with the event, if anything is."""
    try:
        event = read_event(document)
        if isinstance(event, UpdateSession):
            RealtimeSettings().changed(event.session).config(CONTEXT)
    except RealtimeSttError as error:
        return error
    return None


@settings(max_examples=300, deadline=None)
@given(document=events)
def test_an_event_is_understood_or_refused_by_a_coded_error(document: dict[str, Any]) -> None:
    error = answer(json.loads(json.dumps(document)))
    if isinstance(error, InvalidParameterError):
        assert error.parameter
    if error is not None:
        assert 400 <= http_status(error) < 500
        assert str(error)


@settings(max_examples=100, deadline=None)
@given(names=st.dictionaries(st.sampled_from(("threshold", "prefix_padding_ms", "silence_duration_ms")), values))
def test_so_are_all_numbers_of_turns(names: dict[str, Any]) -> None:
    turns = {"type": "server_vad", **names}
    session = {"type": "transcription", "audio": {"input": {"turn_detection": turns}}}
    error = answer(json.loads(json.dumps({"type": "session.update", "session": session})))
    assert error is None or http_status(error) in (400, 422)
