"""A message of the user's while it is written down: its text, and what of that the client was not told yet."""

from dataclasses import dataclass, field

from realtime_mlx_stt.domain.identifiers import UtteranceId

__all__ = ["Item"]


@dataclass(slots=True)
class _Part:
    text: str = ""
    is_final: bool = False
    told: str = ""

    def untold(self) -> str:
        """What follows what was told; nothing where the text has become another, which only the end can tell."""
        return self.text[len(self.told) :] if self.text.startswith(self.told) else ""


@dataclass(slots=True)
class Item:
    """The text of one utterance, or of all up to a commit; ``samples`` of sound are in it. For one thread.

    Texts that are revised cannot be told in deltas, which only append: of a hypothesis its stable beginning is
    taken, which grows, and of several utterances none before the one before it is finished.
    """

    item_id: str
    samples: int = 0
    _parts: dict[UtteranceId, _Part] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """As far as it is known, the utterances in their order."""
        return " ".join(part.text for _, part in sorted(self._parts.items()) if part.text)

    def begin(self, utterance_id: UtteranceId) -> None:
        """Keep the place of an utterance, so that none behind it is told before it."""
        self._parts[utterance_id] = _Part()

    def write(self, utterance_id: UtteranceId, text: str, *, is_final: bool) -> str:
        """Take what is known of the utterance; returns what follows what the client was told, maybe nothing."""
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
