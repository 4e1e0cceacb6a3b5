"""Events of every kind, made from the types of their fields, so that a new kind is covered at once."""

import dataclasses
import types
import typing
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from realtime_mlx_stt.domain.events import EVENT_TYPES, SessionEvent
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings, WakeWordSettings
from realtime_mlx_stt.domain.transcription import Word

__all__ = ["any_event", "events_of"]

_INTEGERS = st.integers(min_value=0, max_value=2**53)
_NAMES = st.text(min_size=1, max_size=20)
_SETTINGS = st.builds(
    SessionSettings,
    transcription=st.builds(TranscriptionSettings, model=_NAMES, language=st.none() | st.just("en")),
    wake_word=st.none()
    | st.builds(
        WakeWordSettings, words=st.lists(_NAMES, min_size=1, max_size=3).map(tuple), threshold=st.just(0.3)
    ),
)
_LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    int: _INTEGERS,
    UtteranceId: _INTEGERS,
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: st.text(max_size=40),
    bool: st.booleans(),
    types.NoneType: st.none(),
    SessionSettings: _SETTINGS,
    Word: st.builds(Word, text=_NAMES, start_sample=_INTEGERS, end_sample=_INTEGERS, probability=st.floats(0, 1)),
}


def any_event() -> st.SearchStrategy[SessionEvent]:
    """An event of any kind with any content."""
    return st.one_of([events_of(kind) for kind in EVENT_TYPES])


def events_of(kind: type[SessionEvent]) -> st.SearchStrategy[SessionEvent]:
    """Events of one kind with any content."""
    hints = typing.get_type_hints(kind)
    fields = {field.name: _values(hints[field.name]) for field in dataclasses.fields(kind)}
    return st.builds(kind, **fields)


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if hint in _LEAVES:
        return _LEAVES[hint]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    if typing.get_origin(hint) is tuple:
        return st.lists(_values(typing.get_args(hint)[0]), max_size=4).map(tuple)
    return st.one_of([_values(choice) for choice in typing.get_args(hint)])
