"""Queues pushed audio from clients for the thread that delivers it: in order, without repetitions, bounded."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from realtime_mlx_stt.ports.audio_source import (
    AudioClientGoneError,
    AudioEndedError,
    AudioFormatError,
    AudioPositionError,
    PushReceipt,
)

__all__ = ["IntakeRules", "PushIntake", "PushedItem", "PushedMark", "PushedPiece"]

_MOST_PIECES: Final = 256
"""How many pieces may wait: those with holes before them cannot be joined, and cost more than their bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRules:
    """What positions count, and how much may wait or be skipped; amounts are in these units.

    ``unit_bytes``: the size of one unit: a frame of PCM, or a byte of a container.
    ``part_units``: the most that is handed out at a time, however much is pushed at once.
    ``full_units``: a push is refused while this much is waiting.
    ``largest_hole_units``: how much may be skipped at once, and how much longer all holes together may be than the
    time since the client began, counted at ``units_per_second``.
    ``patience_seconds``: how long the client may push nothing before it is given up.
    """

    unit_bytes: int
    part_units: int
    full_units: int
    largest_hole_units: int
    units_per_second: int
    patience_seconds: float


@dataclass(slots=True, kw_only=True)
class PushedPiece:
    """Bytes without a hole between them, behind a hole of ``skipped_units``."""

    skipped_units: int
    payload: bytearray


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedMark:
    """Stands behind all that was pushed before it; ``reached`` is to be called when that has been delivered."""

    reached: Callable[[], None]


PushedItem = PushedPiece | PushedMark
"""What is taken out of an intake."""


class PushIntake:
    """A queue between clients, on any threads, and the one thread that takes."""

    def __init__(self, rules: IntakeRules) -> None:
        self._rules = rules
        self._changed = threading.Condition()
        self._items: deque[PushedItem] = deque()
        self._waiting_units = 0
        self._next_position = 0
        self._left_out_units = 0
        self._closed_because = ""
        self._is_finished = False
        self._began_at = self._heard_of_at = time.monotonic()

    @property
    def next_position(self) -> int:
        """The position behind all audio that was taken."""
        with self._changed:
            return self._next_position

    def push(self, payload: bytes, position: int | None) -> PushReceipt:
        """Take the part of the payload that was not taken before; see ``PushedSource.push``."""
        with self._changed:
            if self._closed_because:
                raise AudioEndedError(self._closed_because)
            self._heard_of_at = time.monotonic()
            is_full = bool(payload) and not self._take(payload, position)
            self._changed.notify_all()
            return PushReceipt(next_position=self._next_position, is_full=is_full)

    def close(self, because: str) -> None:
        """Take no more, for this reason; what waits may still be taken out. The first reason counts."""
        with self._changed:
            self._closed_because = self._closed_because or because
            self._changed.notify_all()

    def mark(self, reached: Callable[[], None]) -> None:
        """Put a mark behind all that was pushed by now; if nothing more is taken out, it is reached at once."""
        with self._changed:
            if not self._is_finished:
                self._items.append(PushedMark(reached=reached))
                self._changed.notify_all()
                return
        reached()

    def finish(self) -> None:
        """Note that nothing more is taken out of the closed intake: all marks are reached. Idempotent."""
        with self._changed:
            self._is_finished = True
            left = list(self._items)
            self._items.clear()
        for item in left:
            if isinstance(item, PushedMark):
                item.reached()

    def next(self) -> PushedItem | None:
        """The next piece or mark, waiting for it; None when the intake is closed and empty.

        Raises:
            AudioClientGoneError: nothing was pushed for as long as the rules allow; the intake is closed then.
        """
        with self._changed:
            while not self._items:
                if self._closed_because:
                    return None
                self._await_push()
            item = self._items.popleft()
            return item if isinstance(item, PushedMark) else self._part_of(item)

    def _part_of(self, piece: PushedPiece) -> PushedPiece:
        """As much of the first piece as is handed out at a time; the rest goes back."""
        part, part_bytes = piece, self._rules.part_units * self._rules.unit_bytes
        if len(piece.payload) > part_bytes:
            part = PushedPiece(skipped_units=piece.skipped_units, payload=piece.payload[:part_bytes])
            piece.skipped_units = 0
            del piece.payload[:part_bytes]
            self._items.appendleft(piece)
        self._waiting_units -= len(part.payload) // self._rules.unit_bytes
        return part

    def _await_push(self) -> None:
        patience_seconds = self._rules.patience_seconds
        left_seconds = self._heard_of_at + patience_seconds - time.monotonic()
        if left_seconds <= 0:
            self._closed_because = (
                f"The client gave no audio and no sign of life for {patience_seconds:g} s; "
                "one that has nothing to say has to push empty audio now and then."
            )
            raise AudioClientGoneError(self._closed_because)
        self._changed.wait(left_seconds)

    def _take(self, payload: bytes, position: int | None) -> bool:
        """Queue the new part of the payload; False when there is no room for it."""
        known_units, skipped_units = self._placed(payload, position)
        new = payload[known_units * self._rules.unit_bytes :]
        if not new:
            return True
        if self._waiting_units >= self._rules.full_units or len(self._items) >= _MOST_PIECES:
            return False
        last = self._items[-1] if self._items else None
        if isinstance(last, PushedPiece) and not skipped_units:
            last.payload += new
        else:
            self._items.append(PushedPiece(skipped_units=skipped_units, payload=bytearray(new)))
        new_units = len(new) // self._rules.unit_bytes
        self._waiting_units += new_units
        self._left_out_units += skipped_units
        self._next_position += skipped_units + new_units
        return True

    def _placed(self, payload: bytes, position: int | None) -> tuple[int, int]:
        """How many units at the payload's beginning were taken before, and how many are missing before it."""
        if len(payload) % self._rules.unit_bytes:
            raise AudioFormatError(
                f"{len(payload)} bytes are no whole number of frames of {self._rules.unit_bytes} bytes; "
                "send whole ones."
            )
        position = self._next_position if position is None else position
        skipped_units = max(0, position - self._next_position)
        if position < 0 or skipped_units > self._most_left_out_units():
            raise AudioPositionError(
                f"Audio at position {position} cannot follow what ends at position {self._next_position}; "
                "send what comes next."
            )
        return max(0, self._next_position - position), skipped_units

    def _most_left_out_units(self) -> int:
        """How large the next hole may be: bounded, as a client can claim one in an instant, and it is recorded."""
        rules = self._rules
        gone_by_units = int((self._heard_of_at - self._began_at) * rules.units_per_second)
        return min(rules.largest_hole_units, rules.largest_hole_units + gone_by_units - self._left_out_units)
