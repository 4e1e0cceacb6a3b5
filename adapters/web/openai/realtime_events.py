"""Sends the server's events on a realtime connection, in OpenAI's words."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from realtime_mlx_stt.adapters.web.openai.errors import error_document
from realtime_mlx_stt.adapters.web.openai.realtime_items import Item
from realtime_mlx_stt.adapters.web.problem_documents import Problem
from realtime_mlx_stt.domain.audio_format import samples_to_seconds

__all__ = ["ServerEvents", "new_id"]

_TRANSCRIPTION: Final = "conversation.item.input_audio_transcription"


def new_id(kind: str) -> str:
    """A name that nothing else has, such as ``item_…``."""
    return f"{kind}_{secrets.token_hex(10)}"


class ServerEvents:
    """Sends events, each with an id of its own, in the words of the generation that the client speaks."""

    def __init__(self, send: Callable[[str], None], *, is_beta: bool) -> None:
        self._send = send
        self._previous_item_id: str | None = None
        self.is_beta = is_beta

    def session(self, what: str, session: Mapping[str, Any]) -> None:
        """The session was ``created`` or ``updated``."""
        self._say(f"{'transcription_session' if self.is_beta else 'session'}.{what}", session=session)

    def speech_started(self, item: Item, at_milliseconds: int) -> None:
        """Somebody began to speak; the text of it will be in the item."""
        self._say("input_audio_buffer.speech_started", item_id=item.item_id, audio_start_ms=at_milliseconds)

    def speech_stopped(self, item: Item, at_milliseconds: int) -> None:
        """Nobody speaks any more."""
        self._say("input_audio_buffer.speech_stopped", item_id=item.item_id, audio_end_ms=at_milliseconds)

    def cleared(self) -> None:
        """The sound since the last commit was dropped."""
        self._say("input_audio_buffer.cleared")

    def committed(self, item: Item) -> None:
        """The item has all its sound; its place in the conversation is behind those that were committed before."""
        previous, self._previous_item_id = self._previous_item_id, item.item_id
        self._say("input_audio_buffer.committed", item_id=item.item_id, previous_item_id=previous)
        content = [{"type": "input_audio", "transcript": None}]
        kind_of_item = {"object": "realtime.item", "type": "message", "role": "user", "status": "completed"}
        message = {"id": item.item_id, **kind_of_item, "content": content}
        for kind in ("created",) if self.is_beta else ("added", "done"):
            self._say(f"conversation.item.{kind}", previous_item_id=previous, item=message)

    def delta(self, item: Item, text: str) -> None:
        """More of the text is known; nothing is sent where it is not."""
        if text:
            self._say(f"{_TRANSCRIPTION}.delta", item_id=item.item_id, content_index=0, delta=text)

    def completed(self, item: Item) -> None:
        """The text is final; empty where nobody spoke."""
        usage = {"type": "duration", "seconds": samples_to_seconds(item.samples)}
        place = {"item_id": item.item_id, "content_index": 0}
        self._say(f"{_TRANSCRIPTION}.completed", **place, transcript=item.text, usage=usage)

    def failed(self, item: Item, problem: Problem) -> None:
        """The text cannot be had."""
        error = error_document(problem)["error"]
        self._say(f"{_TRANSCRIPTION}.failed", item_id=item.item_id, content_index=0, error=error)

    def error(self, problem: Problem, parameter: str | None = None, event_id: str | None = None) -> None:
        """Something went wrong, with the client's event of this id where there is one."""
        error = error_document(problem, parameter)["error"]
        self._say("error", error={**error, "event_id": event_id})

    def _say(self, kind: str, **fields: object) -> None:
        self._send(msgspec.json.encode({"type": kind, "event_id": new_id("event"), **fields}).decode())
