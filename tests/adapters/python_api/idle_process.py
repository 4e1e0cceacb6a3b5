"""Services of a process in which nothing is run, for what is asked before anything is."""

from dataclasses import dataclass, field

from tests.fakes.audio_devices import FakeAudioDevices
from tests.fakes.wake_word import FakeWakeWords

from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.ports.audio_devices import AudioDevices
from realtime_mlx_stt.ports.wake_word import WakeWordDetection

__all__ = ["IdleProcess"]


@dataclass
class IdleProcess:
    """A ``ProcessServices`` with these microphones and words; whoever wants to run something fails."""

    devices: AudioDevices = field(default_factory=FakeAudioDevices)
    wake_words: WakeWordDetection = field(default_factory=FakeWakeWords)

    @property
    def orchestrator(self) -> SystemOrchestrator:
        raise AssertionError("nothing was to be run")

    @property
    def has_openai_key(self) -> bool:
        return False

    def use_openai_account(self, *, api_key: str | None = None, base_url: str | None = None) -> None:
        raise AssertionError("no account was to be used")

    def close(self) -> None:
        """Nothing was opened."""
