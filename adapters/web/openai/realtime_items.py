"""Builds an item of a realtime conversation: its text, and how much of it the client was told."""

from dataclasses import dataclass, field

from realtime_mlx_stt.domain.identifiers import UtteranceId

__all__ = ["Item"]


@dataclass(slots=True)
class _Part:
    text: str = ""
    is_final: bool = False
    told: str = ""

    def untold(self) -> str:
        """The text behind what was told; empty if the text was revised, which only the completed text can show."""
        return self.text[len(self.told) :] if self.text.startswith(self.told) else ""


@dataclass(slots=True)
class Item:
    """The text of one utterance, or of all utterances up to a commit. For one thread.

    The client is told the text by deltas, which can only append. So only the stable beginning of a hypothesis is
    written here, and an utterance is told only when the one before it is final.

    ``samples``: how much sound the item is of.
    """

    item_id: str
    samples: int = 0
    _parts: dict[UtteranceId, _Part] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What is known of the text so far, the utterances in their order."""
        return " ".join(part.text for _, part in sorted(self._parts.items()) if part.text)

    def begin(self, utterance_id: UtteranceId) -> None:
        """Keep the place of an utterance, so that none behind it is told before it."""
        self._parts[utterance_id] = _Part()

    def write(self, utterance_id: UtteranceId, text: str, *, is_final: bool) -> str:
        """Take what is known of the utterance; returns the delta that the client is to be told, maybe empty."""
        part = self._parts[utterance_id]
        part.text, part.is_final = text, is_final
        return "".join(self._deltas())

    def _deltas(self) -> list[str]:
        deltas: list[str] = []
        was_told = False
        for _, part in sorted(self._parts.items()):
            delta = part.untold()
            if delta:
                deltas.append(f" {delta}" if was_told and not part.told else delta)
                part.told = part.text
            was_told = was_told or bool(part.told)
            if not part.is_final:
                break
        return deltas
