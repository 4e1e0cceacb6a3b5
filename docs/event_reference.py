"""Writes ``docs/events.md`` from the event types: ``python -m docs.event_reference`` in the project's folder."""

import dataclasses
import json
import types
import typing
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from docs.docstrings import explanation

from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.transcription import TranscriptionTask, Word

__all__ = ["EVENTS_PAGE", "event_reference"]

EVENTS_PAGE: Final = Path(__file__).parent / "events.md"
"""Where the reference is kept."""

_GOLDEN_FOLDER: Final = Path(__file__).parents[1] / "tests" / "golden"

_INTRODUCTION: Final = """\
# Events

<!-- Written by `python -m docs.event_reference` from domain/events and tests/golden; change those. -->

All that a session has to say it says in events: to Python callbacks, to WebSocket subscribers, to
`stt listen --json` and to the log, everywhere in the same words and the same order. This page says which events
there are, when each comes and what is in it.

Whoever wants nothing but text listens for [`utterance-transcribed`](#utterance-transcribed). For text that appears
while somebody speaks, add [`speech-started`](#speech-started), [`hypothesis-revised`](#hypothesis-revised) and
[`utterance-rejected`](#utterance-rejected). A typical utterance is this:

```
speech-started → hypothesis-revised → hypothesis-revised → … → speech-ended → utterance-transcribed
```

**Positions count samples.** Where something is in the audio is a number of samples at 16 kHz since the session
began: divide by 16 000 for seconds. A file that is read fast gives the same positions as a microphone.

**Be ready for more.** New events and new optional fields may come at any time: pass over what you do not know.
"""

_ORDER: Final = """\
## What you can rely on

- Within a session `seq` counts from 1 without a hole, in the order in which things were decided. Only what has
  been stored is published, except while the log cannot be written, as `service-degraded` then says.
- A session begins with `session-started`. It ends with `session-stopped`, `session-failed` or
  `session-interrupted`; after that only a `transcript-revised` can come.
- An utterance is begun once, by `speech-started`, and ends once, by `speech-ended`, before the next one begins.
- It is finished once after that, by `utterance-transcribed`, `utterance-rejected` or `transcription-failed`. The
  next utterance may have begun by then, and texts may come in another order than their utterances: go by
  `utterance_id`.
- `hypothesis-revised` comes only while its utterance is being spoken. The next `stable_text` begins with the last.
- A final text never changes. A better one is another event, `transcript-revised`.
- Every sample is in one utterance, in one gap or in the silence between them, and in no two of these.
- After a crash the open session is closed by `session-interrupted`, which names the utterances that have no text.
"""

_ENVELOPE: Final = """\
## The envelope

Every event travels in an envelope, and is stored in it:

| field | type | meaning |
|---|---|---|
| `session_id` | string | The session that says it. |
| `seq` | integer | Its place in the session: 1, 2, 3 … without a hole. Resume after the last one you saw. |
| `position` | integer | Its place among the events of all sessions: grows, with holes. 0 when not stored yet. |
| `type` | string | What happened; the names below. |
| `version` | integer | Of which shape `data` is. A new optional field does not change it. |
| `recorded_at` | number | When it was stored, in seconds since 1970, UTC. |
| `data` | object | What is to be said about it; the fields below. |
"""

_UNITS: Final = (
    ("average_log_probability", "natural logarithm, at most 0"),
    ("characters_per_second", "characters a second"),
    ("_at", "seconds since 1970, UTC"),
    ("_sample", "position in samples"),
    ("_samples", "samples"),
    ("_seconds", "seconds"),
    ("probability", "0 to 1"),
    ("threshold", "0 to 1"),
    ("score", "0 to 1"),
    ("confidence", "0 to 1"),
)
"""How names end and what they are measured in; the first that fits."""

_NAMES: Final[dict[object, str]] = {int: "integer", float: "number", str: "string", bool: "true or false"}


def event_reference() -> str:
    """The whole page.

    Raises:
        ValueError: a type, a field or a word is not explained by a docstring.
    """
    return "\n".join([*_overview(), _ORDER, _ENVELOPE, *_events(), *_words(), *_objects()])


def _overview() -> Iterator[str]:
    yield _INTRODUCTION
    yield "## At a glance\n"
    yield "| event | when |"
    yield "|---|---|"
    for event in e.EVENT_TYPES:
        yield f"| [`{event.type}`](#{event.type}) | {explanation(event).summary} |"
    yield ""


def _events() -> Iterator[str]:
    yield "## Every event\n"
    for event in e.EVENT_TYPES:
        yield f"### {event.type}\n"
        yield "\n\n".join(explanation(event).paragraphs) + "\n"
        yield f"Version {event.version}.\n"
        yield from _fields(event)
        example = json.loads((_GOLDEN_FOLDER / f"{event.type}.v{event.version}.json").read_text(encoding="utf-8"))
        yield f"```json\n{json.dumps(example, ensure_ascii=False, indent=2)}\n```\n"


def _words() -> Iterator[str]:
    yield "## Closed words\n"
    yield "Fields of these types hold one of the words in their table and no other.\n"
    for word in (e.SpeechEndReason, e.StopReason, e.GapReason, e.RejectionRule, TranscriptionTask):
        yield f"### {word.__name__}\n"
        explained = explanation(word)
        yield f"{explained.paragraphs[0]}\n"
        yield "| word | meaning |"
        yield "|---|---|"
        for value in word:
            yield f"| `{value}` | {_meaning(value, word, explained.meanings)} |"
        yield ""


def _objects() -> Iterator[str]:
    yield "## Objects inside events\n"
    for described in (Word, SessionSettings, *_sections()):
        yield f"### {described.__name__}\n"
        yield "\n\n".join(explanation(described).paragraphs) + "\n"
        yield from _fields(described)


def _sections() -> Iterator[type[Any]]:
    for hint in typing.get_type_hints(SessionSettings).values():
        yield next(part for part in typing.get_args(hint) or (hint,) if part is not types.NoneType)


def _fields(described: type[Any]) -> Iterator[str]:
    """A table of the fields of a dataclass, each explained by its own docstring or else by that of the events."""
    meanings = {**explanation(e).meanings, **explanation(described).meanings}
    hints = typing.get_type_hints(described)
    yield "| field | type | unit | meaning |"
    yield "|---|---|---|---|"
    for field in dataclasses.fields(described):
        unit = next((unit for ending, unit in _UNITS if field.name.endswith(ending)), "")
        meaning = _meaning(field.name, described, meanings)
        yield f"| `{field.name}` | {_type_name(hints[field.name])} | {unit} | {meaning}{_default(field)} |"
    yield ""


def _meaning(name: str, owner: type[Any], meanings: typing.Mapping[str, str]) -> str:
    if name not in meanings:
        raise ValueError(f"The docstring of {owner.__name__} does not explain {name}.")
    meaning = meanings[name]
    return meaning[0].upper() + meaning[1:]


def _default(field: "dataclasses.Field[Any]") -> str:
    """What an event or settings without the field mean."""
    if field.default is dataclasses.MISSING:
        return ""
    return f" Default: `{json.dumps(field.default)}`."


def _type_name(hint: Any) -> str:
    """The type in the words of JSON, with a link where it is explained on this page."""
    if isinstance(hint, typing.NewType):
        return _type_name(hint.__supertype__)
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return f"list of {_type_name(arguments[0])}"
    if arguments:
        (inner,) = (part for part in arguments if part is not types.NoneType)
        return f"{_type_name(inner)} or null"
    if isinstance(hint, type) and (issubclass(hint, StrEnum) or dataclasses.is_dataclass(hint)):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    return _NAMES[hint]


if __name__ == "__main__":
    EVENTS_PAGE.write_text(event_reference(), encoding="utf-8")
