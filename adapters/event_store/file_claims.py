"""Marks running sessions by locked files, which the system unlocks when a program dies."""

import fcntl
import logging
import os
import threading
from pathlib import Path

from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import EventStoreError

__all__ = ["FileSessionClaims"]

_LOGGER = logging.getLogger(__name__)


class FileSessionClaims:
    """``SessionClaims`` with one locked file per session in ``folder``, which is made when needed. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._held: dict[SessionId, int] = {}

    def claim(self, session_id: SessionId) -> bool:
        """Claim the session for this process; False when a running process, this one included, holds it.

        Raises:
            EventStoreError: the folder cannot be written.
        """
        with self._lock:
            if session_id in self._held:
                return False
            try:
                descriptor = self._locked_file(session_id)
            except OSError as error:
                raise EventStoreError(
                    f"The running session cannot be noted in {self._folder} ({error.strerror}); make it writable "
                    "or keep no database with --ephemeral."
                ) from error
            if descriptor is not None:
                self._held[session_id] = descriptor
            return descriptor is not None

    def release(self, session_id: SessionId) -> None:
        """Give the claim back; nothing happens without one."""
        with self._lock:
            descriptor = self._held.pop(session_id, None)
            if descriptor is None:
                return
            try:
                self._path(session_id).unlink()
            except OSError:
                _LOGGER.debug("The file of %s stays behind; unlocked, it claims nothing", session_id)
            finally:
                os.close(descriptor)

    def _locked_file(self, session_id: SessionId) -> int | None:
        """The descriptor of the session's file once it is locked, None when another has it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            descriptor = os.open(self._path(session_id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return None
            except OSError:
                os.close(descriptor)
                raise
            if self._is_current(session_id, descriptor):
                return descriptor
            os.close(descriptor)

    def _is_current(self, session_id: SessionId, descriptor: int) -> bool:
        """Whether the locked file still has its name: the process that held it last may just have removed it."""
        try:
            return os.path.samestat(os.fstat(descriptor), self._path(session_id).stat())
        except FileNotFoundError:
            return False

    def _path(self, session_id: SessionId) -> Path:
        return self._folder / f"{session_id}.lock"
