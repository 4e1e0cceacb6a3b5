"""Given these events, when a command comes, then those events: a test of one decision as a sentence."""

from dataclasses import dataclass

import pytest

from realtime_mlx_stt.domain.commands import SessionCommand
from realtime_mlx_stt.domain.decide import decide
from realtime_mlx_stt.domain.errors import DomainError
from realtime_mlx_stt.domain.events import SessionEvent
from realtime_mlx_stt.domain.evolve import evolve, fold
from realtime_mlx_stt.domain.state import SessionState

__all__ = ["Decision", "Given", "given"]


@dataclass(frozen=True, slots=True)
class Decision:
    """A command that is about to be decided after the events of ``history``."""

    history: tuple[SessionEvent, ...]
    command: SessionCommand

    def then(self, *expected: SessionEvent) -> "Given":
        """The command brings about exactly these events; what is given from there on."""
        assert decide(self.command, fold(self.history)) == expected
        return Given((*self.history, *expected))

    def then_nothing(self) -> "Given":
        """The command brings nothing about."""
        return self.then()

    def then_raises(self, error: type[DomainError], match: str = "") -> None:
        """The command is refused by this very error, whose message says what ``match`` matches."""
        state = fold(self.history)
        with pytest.raises(error, match=match) as caught:
            decide(self.command, state)
        assert type(caught.value) is error


@dataclass(frozen=True, slots=True)
class Given:
    """A session to which this has happened."""

    history: tuple[SessionEvent, ...]

    @property
    def state(self) -> SessionState:
        """Where the session stands: the same whether its log is folded or followed step by step."""
        state = fold(())
        for event in self.history:
            state = evolve(state, event)
        assert state == fold(self.history)
        return state

    def when(self, command: SessionCommand) -> Decision:
        """This command comes."""
        return Decision(self.history, command)


def given(*events: SessionEvent) -> Given:
    """Begin a scenario with what has happened."""
    return Given(events)
