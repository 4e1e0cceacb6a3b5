"""Sinks that keep what they are given, are full when told so, or never take anything."""

import threading
from collections.abc import Callable

import numpy as np

from realtime_mlx_stt.ports.audio_source import AudioBlock, AudioDelivery, AudioLost, AudioSamples

__all__ = ["BlockingSink", "CollectingSink"]


class CollectingSink:
    """Takes everything while ``is_open``; remembers what it took, and which thread brought it."""

    def __init__(self) -> None:
        self.taken: list[AudioDelivery] = []
        self.threads: set[threading.Thread] = set()
        self.is_open = True
        self.offers = 0
        self._changed = threading.Condition()

    def offer(self, delivery: AudioDelivery) -> bool:
        with self._changed:
            self.offers += 1
            self.threads.add(threading.current_thread())
            if self.is_open:
                self.taken.append(delivery)
            self._changed.notify_all()
            return self.is_open

    def put(self, delivery: AudioDelivery) -> bool:
        return self.offer(delivery)

    def wait_for(self, is_there: Callable[["CollectingSink"], bool]) -> None:
        """Wait until ``is_there``, which is asked after every delivery."""
        with self._changed:
            assert self._changed.wait_for(lambda: is_there(self), 60.0), f"it did not come: {self.taken[-3:]}"

    def wait_for_last(self, kind: type[AudioDelivery]) -> None:
        """Wait until a delivery of this kind is the last one."""
        self.wait_for(lambda sink: bool(sink.taken) and isinstance(sink.taken[-1], kind))

    @property
    def losses(self) -> list[AudioLost]:
        return [delivery for delivery in self.taken if isinstance(delivery, AudioLost)]

    @property
    def blocks(self) -> list[AudioBlock]:
        return [delivery for delivery in self.taken if isinstance(delivery, AudioBlock)]

    @property
    def end_sample(self) -> int:
        """The position behind everything, after a check that nothing overlaps and nothing is missing."""
        position = 0
        for delivery in self.taken:
            if isinstance(delivery, AudioBlock):
                assert delivery.first_sample == position
                position = delivery.end_sample
            elif isinstance(delivery, AudioLost):
                assert delivery.first_sample == position
                position += delivery.lost_samples
            else:
                assert delivery.at_sample == position
        return position

    @property
    def audio(self) -> AudioSamples:
        """All samples at their positions, with silence in place of what was lost."""
        audio = np.zeros(self.end_sample, dtype=np.float32)
        for block in self.blocks:
            audio[block.first_sample : block.end_sample] = block.samples
        return audio


class BlockingSink:
    """Never returns from a delivery before ``let_go``; then it refuses."""

    def __init__(self) -> None:
        self.is_held = threading.Event()
        self.deliveries = 0
        self.thread: threading.Thread | None = None
        self._go_on = threading.Event()

    def offer(self, _delivery: AudioDelivery) -> bool:
        self.deliveries += 1
        self.thread = threading.current_thread()
        self.is_held.set()
        assert self._go_on.wait(60.0)
        return False

    def put(self, delivery: AudioDelivery) -> bool:
        return self.offer(delivery)

    def let_go(self) -> None:
        self._go_on.set()
