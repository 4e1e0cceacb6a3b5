"""Opens the container for the Python API: one for the whole process, released when the program ends."""

import atexit
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from realtime_mlx_stt.adapters.python_api.process_services import provide_services, shutdown
from realtime_mlx_stt.adapters.python_api.session.callback_thread import await_callbacks
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.ports.audio_devices import AudioDevices
from realtime_mlx_stt.ports.wake_word import WakeWordDetection

if TYPE_CHECKING:
    from realtime_mlx_stt.composition.container import Container

__all__ = ["DATABASE_VARIABLE", "ContainerProcessServices", "install_process_services"]

DATABASE_VARIABLE: Final = "REALTIME_MLX_STT_DATABASE"
"""The variable that names another database for sessions of Python programs; ``:memory:`` keeps nothing on disk."""

_IN_MEMORY: Final = ":memory:"
_STOP_SECONDS: Final = 3.0
"""How long a program's end waits for the texts that are owed; a slow network must not delay it further."""

_CALLBACK_SECONDS: Final = 2.0
"""How long a program's end waits for its last callbacks; one that never returns must not delay it further."""


def install_process_services() -> None:
    """Have the Python API work over this container, opened when it is first needed."""
    provide_services(_open)
    atexit.register(shutdown)


class ContainerProcessServices:
    """The ``ProcessServices`` of this machine. Thread-safe, which the container is not."""

    def __init__(self, container: "Container") -> None:
        self._container = container
        self._container.stop_seconds.override(_STOP_SECONDS)
        self._lock = threading.RLock()

    @property
    def orchestrator(self) -> SystemOrchestrator:
        """Runs sessions; sessions that a crash left open are closed when it is first asked for."""
        with self._lock:
            return self._container.orchestrator()

    @property
    def devices(self) -> AudioDevices:
        """The microphones."""
        with self._lock:
            devices: AudioDevices = self._container.devices()
        return devices

    @property
    def wake_words(self) -> WakeWordDetection:
        """The words that can be heard."""
        with self._lock:
            wake_words: WakeWordDetection = self._container.wake_words()
        return wake_words

    @property
    def has_openai_key(self) -> bool:
        """Whether OpenAI's API can be called with a key."""
        with self._lock:
            return self._container.openai_account().has_key

    def use_openai_account(self, *, api_key: str | None = None, base_url: str | None = None) -> None:
        """Call OpenAI's API with this key and at this address from now on; None leaves either as it is.

        Raises:
            InvalidSettingError: the key holds what no key does, or the address is none.
        """
        with self._lock:
            self._container.openai_account().use(api_key=api_key, base_url=base_url)

    def close(self) -> None:
        """Stop what runs, wait a moment for the callbacks that are owed, and release everything; idempotent."""
        from realtime_mlx_stt.composition.container import release  # noqa: PLC0415 - it has been imported by now

        with self._lock:
            self._container.orchestrator.shutdown()
        await_callbacks(_CALLBACK_SECONDS)
        with self._lock:
            release(self._container)


def _open() -> ContainerProcessServices:
    """Open the services; they are closed before the exit handlers of the modules that were imported for them."""
    from realtime_mlx_stt.composition.container import Container  # noqa: PLC0415 - 0.15 s, and not to be imported
    from realtime_mlx_stt.composition.settings import RuntimeSettings  # noqa: PLC0415 - before it is needed

    atexit.unregister(shutdown)
    atexit.register(shutdown)
    named = os.environ.get(DATABASE_VARIABLE)
    is_ephemeral = named == _IN_MEMORY
    database = Path(named) if named and not is_ephemeral else None
    settings = RuntimeSettings.of_this_machine(os.environ, database=database, is_ephemeral=is_ephemeral)
    return ContainerProcessServices(Container(settings=settings))
