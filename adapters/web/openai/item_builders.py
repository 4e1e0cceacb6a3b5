"""Turns a session's events into the items that the client of a realtime connection is told of."""

from abc import ABC, abstractmethod
from typing import Final

from realtime_mlx_stt.adapters.web.openai.realtime_events import ServerEvents, new_id
from realtime_mlx_stt.adapters.web.openai.realtime_items import Item
from realtime_mlx_stt.adapters.web.problem_documents import Problem
from realtime_mlx_stt.adapters.web.problems import STATUSES
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.identifiers import UtteranceId

__all__ = ["CommittedItem", "ItemBuilder", "TurnItems", "failure"]

_FAILURE_STATUS: Final = 500


class ItemBuilder(ABC):
    """Tells the client what becomes of one session's events. For the connection's thread.

    ``begun_milliseconds`` is how much sound the client had sent before the session began.
    """

    def __init__(self, says: ServerEvents, begun_milliseconds: int) -> None:
        self._says = says
        self._begun_milliseconds = begun_milliseconds

    @abstractmethod
    def commit(self) -> None:
        """The client wants what it has sent."""

    @abstractmethod
    def take(self, event: e.SessionEvent) -> None:
        """Take the session's next event."""

    def _milliseconds(self, sample: int) -> int:
        return self._begun_milliseconds + sample * 1000 // SAMPLE_RATE_HZ


class TurnItems(ItemBuilder):
    """Each utterance is an item, as soon as its speech has ended.

    A commit ends the utterance that is open; where none is, its item is an empty one.
    """

    def __init__(self, says: ServerEvents, begun_milliseconds: int) -> None:
        super().__init__(says, begun_milliseconds)
        self._items: dict[UtteranceId, Item] = {}
        self._owes_item = False

    def commit(self) -> None:
        """The client wants what it has sent."""
        self._owes_item = True

    def take(self, event: e.SessionEvent) -> None:
        """Take the session's next event."""
        match event:
            case e.SpeechStarted():
                item = self._items[event.utterance_id] = Item(new_id("item"))
                item.begin(event.utterance_id)
                self._says.speech_started(item, self._milliseconds(event.start_sample))
            case e.SpeechEnded():
                item = self._items[event.utterance_id]
                item.samples = event.end_sample - event.start_sample
                self._says.speech_stopped(item, self._milliseconds(event.end_sample))
                self._says.committed(item)
                self._owes_item = False
            case e.HypothesisRevised():
                self._write(event.utterance_id, event.stable_text, is_final=False)
            case e.UtteranceTranscribed():
                self._write(event.utterance_id, event.text, is_final=True)
                self._says.completed(self._items.pop(event.utterance_id))
            case e.UtteranceRejected():
                self._says.completed(self._items.pop(event.utterance_id))
            case e.TranscriptionFailed():
                self._says.failed(self._items.pop(event.utterance_id), failure(event.code, event.message))
            case _:
                self._end(event)

    def _write(self, utterance_id: UtteranceId, text: str, *, is_final: bool) -> None:
        item = self._items[utterance_id]
        self._says.delta(item, item.write(utterance_id, text, is_final=is_final))

    def _end(self, event: e.SessionEvent) -> None:
        """At the session's end, finish every item."""
        if isinstance(event, e.SessionFailed):
            for item in self._items.values():
                self._says.failed(item, failure(event.code, event.message))
            self._items.clear()
        if isinstance(event, e.SESSION_ENDS) and self._owes_item:
            item = Item(new_id("item"))
            self._says.committed(item)
            self._says.completed(item)


class CommittedItem(ItemBuilder):
    """All utterances up to the commit are one item; the client itself says where it ends."""

    def __init__(self, says: ServerEvents, begun_milliseconds: int) -> None:
        super().__init__(says, begun_milliseconds)
        self._item = Item(new_id("item"))
        self._is_committed = False
        self._failure: Problem | None = None

    def commit(self) -> None:
        """The client wants what it has sent."""
        self._is_committed = True
        self._says.committed(self._item)

    def take(self, event: e.SessionEvent) -> None:
        """Take the session's next event."""
        match event:
            case e.SpeechStarted():
                self._item.begin(event.utterance_id)
            case e.HypothesisRevised():
                self._write(event.utterance_id, event.stable_text, is_final=False)
            case e.UtteranceTranscribed():
                self._write(event.utterance_id, event.text, is_final=True)
            case e.UtteranceRejected():
                self._write(event.utterance_id, "", is_final=True)
            case e.TranscriptionFailed() | e.SessionFailed():
                self._failure = failure(event.code, event.message)
            case e.SessionStopping():
                self._item.samples = event.captured_samples
            case _:
                pass
        if isinstance(event, e.SESSION_ENDS):
            self._end()

    def _write(self, utterance_id: UtteranceId, text: str, *, is_final: bool) -> None:
        self._says.delta(self._item, self._item.write(utterance_id, text, is_final=is_final))

    def _end(self) -> None:
        """Finish the item, also when somebody else ended the session before the commit."""
        if not self._is_committed:
            self.commit()
        if self._failure is None:
            self._says.completed(self._item)
        else:
            self._says.failed(self._item, self._failure)


def failure(code: str, message: str) -> Problem:
    """What an event says that went wrong."""
    return Problem(status=STATUSES.get(code, _FAILURE_STATUS), code=code, detail=message)
