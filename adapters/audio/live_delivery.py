"""Hands live sound to a sink that may refuse it, and keeps account of what was refused."""

from dataclasses import replace
from typing import Final

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.ports.audio_source import AudioBlock, AudioDelivery, AudioLost, AudioSink

__all__ = ["LiveDelivery"]

_REST_SAMPLES: Final = SAMPLE_RATE_HZ // 2
"""How long a sink that refused is left alone: so there is one loss of half a second instead of fifty of 10 ms."""


class LiveDelivery:
    """Offers deliveries in order; refused blocks become a loss, which the sink is told of later. For one thread."""

    def __init__(self, sink: AudioSink) -> None:
        self._sink = sink
        self._owed: list[AudioDelivery] = []

    def deliver(self, delivery: AudioDelivery) -> None:
        """Offer the delivery after all that is owed. A refused block is lost; anything else refused is owed."""
        if isinstance(delivery, AudioBlock):
            self._deliver_block(delivery)
        else:
            self._owe(delivery)
            self._settle()

    def finish(self) -> None:
        """Offer what is owed for the last time."""
        self._settle()

    def _deliver_block(self, block: AudioBlock) -> None:
        lost = AudioLost(
            first_sample=block.first_sample, lost_samples=len(block.samples), reason=GapReason.OVERFLOW
        )
        if self._is_resting() or not self._settle() or not self._sink.offer(block):
            self._owe(lost)

    def _is_resting(self) -> bool:
        last = self._owed[-1] if self._owed else None
        return (
            isinstance(last, AudioLost) and last.reason is GapReason.OVERFLOW and last.lost_samples < _REST_SAMPLES
        )

    def _owe(self, delivery: AudioDelivery) -> None:
        last = self._owed[-1] if self._owed else None
        if (
            isinstance(delivery, AudioLost)
            and isinstance(last, AudioLost)
            and last.reason is delivery.reason
            and last.first_sample + last.lost_samples == delivery.first_sample
        ):
            self._owed[-1] = replace(last, lost_samples=last.lost_samples + delivery.lost_samples)
        else:
            self._owed.append(delivery)

    def _settle(self) -> bool:
        """Offer all that is owed, and return whether the sink took it."""
        while self._owed:
            if not self._sink.offer(self._owed[0]):
                return False
            del self._owed[0]
        return True
