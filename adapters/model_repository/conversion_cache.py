"""Keeps converted models in a folder: each is made once, whole or not at all, and checked before it is used.

Each model has one folder with MLX's two files and ``manifest.json``, which says what they were made from, their
sizes and SHA-256. A model is written into a ``.partial`` folder beside it, made durable and renamed, all under a
file lock, so that neither a crash nor a second process or thread can leave or see half a model.
"""

import fcntl
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from realtime_mlx_stt.adapters.model_repository.damage import file_sha256
from realtime_mlx_stt.adapters.model_repository.mlx_layout import (
    CONFIG_FILE,
    WEIGHTS_FILE,
    WhisperModel,
    write_durably,
    write_model,
)
from realtime_mlx_stt.ports.model_repository import ModelCacheError, ModelCorruptError, PullProgress

__all__ = ["ConversionCache", "ForeignModel"]

_CONVERTER: Final = 1
"""The version of the conversion; models that an older one made are converted anew."""
_MANIFEST_FILE: Final = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignModel:
    """A model in another layout than MLX's.

    ``label``: what a person calls it.
    ``key``: names its folder in the cache; no two models share one.
    ``fingerprint``: differs once the model's files have changed.
    ``size_bytes``: the size of its files.
    ``read``: gives the model, and calls its argument with the bytes read so far; raises ``ModelCorruptError`` for a
    damaged one.
    """

    label: str
    key: str
    fingerprint: str
    size_bytes: int
    read: Callable[[Callable[[int], None]], WhisperModel]


class _FileRecord(msgspec.Struct, frozen=True):
    size_bytes: int
    sha256: str


class _Manifest(msgspec.Struct, frozen=True):
    converter: int
    fingerprint: str
    files: dict[str, _FileRecord]


class ConversionCache:
    """The converted models below ``folder``. Thread-safe, also between processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def provide(self, source: ForeignModel, progress: PullProgress | None) -> Path:
        """The converted model, made now if need be; a second caller waits for the first and shares its work.

        One that is there is only looked at, so the cache may be read-only.

        Raises:
            ModelCorruptError: the source is damaged.
            ModelCacheError: the model cannot be stored.
        """
        if found := self._find(source):
            return found
        try:
            with self._locked(source.key):
                return self._find(source) or self._convert(source, progress)
        except OSError as error:
            raise ModelCacheError(
                f"The model {source.label} cannot be stored in {self._folder} ({error}); make room there or make "
                "it writable, or name another folder in the environment variable REALTIME_MLX_STT_CACHE."
            ) from error

    def verify(self, source: ForeignModel) -> None:
        """Hash the converted files, if there are any.

        Raises:
            ModelCorruptError: a file is not what it was; the conversion will not be found any more.
        """
        folder = self._folder / source.key
        for name, record in _converted_files(folder, source).items():
            if not (folder / name).is_file() or file_sha256(folder / name) != record.sha256:
                raise _discard(source, folder, name)

    def _find(self, source: ForeignModel) -> Path | None:
        """The converted model if it is there, was made from the present source, and is not cut short."""
        folder = self._folder / source.key
        files = _converted_files(folder, source)
        is_whole = files and all(_size(folder / name) == record.size_bytes for name, record in files.items())
        return folder if is_whole else None

    def _convert(self, source: ForeignModel, progress: PullProgress | None) -> Path:
        def on_bytes(done: int) -> None:
            if progress:
                progress(f"Converting {source.label}", done, source.size_bytes)

        folder, partial = self._folder / source.key, self._folder / f".{source.key}.partial"
        if partial.exists():  # left over from a crash
            shutil.rmtree(partial)
        partial.mkdir()
        try:
            write_model(partial, source.read(on_bytes))
            _write_manifest(partial, source)
            if folder.exists():
                shutil.rmtree(folder)
            return partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise

    @contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f".{key}.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _write_manifest(folder: Path, source: ForeignModel) -> None:
    files = {
        name: _FileRecord(size_bytes=(folder / name).stat().st_size, sha256=file_sha256(folder / name))
        for name in (CONFIG_FILE, WEIGHTS_FILE)
    }
    manifest = _Manifest(converter=_CONVERTER, fingerprint=source.fingerprint, files=files)
    write_durably(folder / _MANIFEST_FILE, msgspec.json.format(msgspec.json.encode(manifest)))


def _converted_files(folder: Path, source: ForeignModel) -> dict[str, _FileRecord]:
    """The files that the manifest names; none if there is no manifest, or it is for another source."""
    try:
        manifest = msgspec.json.decode((folder / _MANIFEST_FILE).read_bytes(), type=_Manifest)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    is_current = (manifest.converter, manifest.fingerprint) == (_CONVERTER, source.fingerprint)
    return manifest.files if is_current else {}


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _discard(source: ForeignModel, folder: Path, name: str) -> ModelCorruptError:
    """Delete the manifest, so that the model counts as absent."""
    mend = f"`stt models pull {shlex.quote(source.label)}` makes it anew"
    try:
        (folder / _MANIFEST_FILE).unlink(missing_ok=True)
    except OSError:
        mend = f"delete {folder}, then {mend}"
    return ModelCorruptError(f"{folder / name} is damaged: {mend}.")
