"""Opens the services of this process when they are first needed, and shares them among all of its sessions."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.ports.audio_devices import AudioDevices
from realtime_mlx_stt.ports.wake_word import WakeWordDetection

__all__ = ["ProcessServices", "provide_services", "services", "shutdown", "using_services"]


class ProcessServices(Protocol):
    """The parts of the application; each is made when it is first asked for."""

    @property
    def orchestrator(self) -> SystemOrchestrator:
        """Runs every session of this process, over the same loaded models."""
        ...

    @property
    def devices(self) -> AudioDevices:
        """The microphones."""
        ...

    @property
    def wake_words(self) -> WakeWordDetection:
        """The words that can be heard."""
        ...

    @property
    def has_openai_key(self) -> bool:
        """Whether OpenAI's API can be called with a key."""
        ...

    def use_openai_account(self, *, api_key: str | None = None, base_url: str | None = None) -> None:
        """Call OpenAI's API with this key and at this address from now on; None leaves either as it is.

        Raises:
            InvalidSettingError: the key holds what no key does, or the address is none.
        """
        ...

    def close(self) -> None:
        """Stop what runs and release everything; idempotent."""
        ...


class _Provider:
    """Opens the services when they are first asked for. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._open: Callable[[], ProcessServices] | None = None
        self.opened: ProcessServices | None = None

    def provide(self, open_services: Callable[[], ProcessServices] | None) -> None:
        with self._lock:
            self._open = open_services

    def get(self) -> ProcessServices:
        with self._lock:
            if self.opened is None:
                if self._open is None:
                    raise RealtimeSttError("Import this name from realtime_mlx_stt, which sets the package up.")
                self.opened = self._open()
            return self.opened

    def forget(self) -> None:
        """Begin anew in a forked process: what is open, and perhaps the lock, is its parent's."""
        self._lock = threading.RLock()
        self.opened = None

    def replace(self, services: ProcessServices | None) -> ProcessServices | None:
        with self._lock:
            before, self.opened = self.opened, services
            return before


_PROVIDER = _Provider()
os.register_at_fork(after_in_child=_PROVIDER.forget)


def provide_services(open_services: Callable[[], ProcessServices]) -> None:
    """Set the function that opens the services when they are first needed."""
    _PROVIDER.provide(open_services)


def services() -> ProcessServices:
    """The services of this process."""
    return _PROVIDER.get()


def shutdown() -> None:
    """Stop every session of this process and let go of the models, their thread and the log.

    Texts that are owed are waited for 3 s and then given up, as failed; after that the last callbacks have 2 s.
    Only needed where memory is wanted back: the program's end does the same. What is called afterwards opens all
    anew.
    """
    opened = _PROVIDER.replace(None)
    if opened is not None:
        opened.close()


@contextmanager
def using_services(replacement: ProcessServices) -> Iterator[None]:
    """Use these services instead of the process's own for a while."""
    before = _PROVIDER.replace(replacement)
    try:
        yield
    finally:
        _PROVIDER.replace(before)
