"""Checks the sample rate that a program or a client gives for its sound."""

from realtime_mlx_stt.ports.audio_source import SAMPLE_RATES_HZ, AudioFormatError

__all__ = ["check_sample_rate"]


def check_sample_rate(sample_rate_hz: int) -> None:
    """Raise unless this is one of ``SAMPLE_RATES_HZ``.

    Raises:
        AudioFormatError: nothing is recorded at such a rate.
    """
    if sample_rate_hz not in SAMPLE_RATES_HZ:
        slowest, fastest = SAMPLE_RATES_HZ[0], SAMPLE_RATES_HZ[-1]
        raise AudioFormatError(f"Sound has {slowest} to {fastest} samples a second, not {sample_rate_hz}.")
