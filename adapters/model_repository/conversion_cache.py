"""Keeps converted models in a folder: each made once, whole or not at all, and checked before it is used.

One folder a model: MLX's two files and ``manifest.json``, which says what they were made from, their sizes and
SHA-256. A model is written into a ``.partial`` folder beside it, made durable and renamed, all under a file lock,
so neither a crash nor a second process or thread can leave or see half a model.
"""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

import msgspec

from realtime_mlx_stt.adapters.model_repository.checksums import file_sha256
from realtime_mlx_stt.adapters.model_repository.mlx_layout import (
    CONFIG_FILE,
    WEIGHTS_FILE,
    WhisperModel,
    write_durably,
    write_model,
)
from realtime_mlx_stt.ports.model_repository import ModelCacheError, ModelCorruptError, PullProgress

__all__ = ["ConversionCache", "ConversionSource"]

_CONVERTER: Final = 1
"""To be raised when what was converted before must be converted anew."""
_MANIFEST_FILE: Final = "manifest.json"


class ConversionSource(Protocol):
    """A model in another layout than MLX's."""

    @property
    def label(self) -> str:
        """What a person calls the model."""
        ...

    @property
    def key(self) -> str:
        """The name of the model's folder in the cache; no two sources share one."""
        ...

    @property
    def fingerprint(self) -> str:
        """Cheap to tell, and another one once the source has changed."""
        ...

    def sha256(self) -> str:
        """The digest of the source's contents.

        Raises:
            ModelCorruptError: it is not the published one.
        """
        ...

    @property
    def size_bytes(self) -> int:
        """The size of its weights."""
        ...

    def read(self, on_bytes: Callable[[int], None]) -> WhisperModel:
        """The model; ``on_bytes`` hears how many bytes were read so far.

        Raises:
            ModelCorruptError: it is damaged.
        """
        ...


class _FileRecord(msgspec.Struct, frozen=True):
    size_bytes: int
    sha256: str


class _Manifest(msgspec.Struct, frozen=True):
    converter: int
    fingerprint: str
    source_sha256: str
    files: dict[str, _FileRecord]


class ConversionCache:
    """The converted models below ``folder``. Thread-safe, also between processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, source: ConversionSource) -> Path | None:
        """The converted model if it is there, made from the source as it is now, and no file is cut short."""
        folder = self._folder / source.key
        manifest = _read_manifest(folder)
        if manifest is None or (manifest.converter, manifest.fingerprint) != (_CONVERTER, source.fingerprint):
            return None
        is_whole = all(_size(folder / name) == record.size_bytes for name, record in manifest.files.items())
        return folder if is_whole else None

    def provide(self, source: ConversionSource, progress: PullProgress | None) -> Path:
        """The converted model, made now if need be; a second caller waits for the first and shares its work.

        Raises:
            ModelCorruptError: the source is damaged.
            ModelCacheError: the model cannot be stored.
        """
        if found := self.find(source):
            return found
        try:
            with self._locked(source.key):
                return self.find(source) or self._convert(source, progress)
        except OSError as error:
            raise ModelCacheError(
                f"The model {source.label} cannot be stored in {self._folder} ({error}); make room there or make "
                "it writable, or name another folder in the environment variable REALTIME_MLX_STT_CACHE."
            ) from error

    def verify(self, source: ConversionSource) -> None:
        """Hash the source and, if it was converted, the converted files.

        Raises:
            ModelCorruptError: a file is not what it was; a damaged conversion will not be found any more.
        """
        source_sha256 = source.sha256()
        folder = self.find(source)
        manifest = _read_manifest(folder) if folder else None
        if folder is None or manifest is None:
            return
        if manifest.source_sha256 != source_sha256:
            raise ModelCorruptError(f"The files of {source.label} were changed after they were converted.")
        for name, record in manifest.files.items():
            if file_sha256(folder / name) != record.sha256:
                raise _discard(source, folder, name)

    def _convert(self, source: ConversionSource, progress: PullProgress | None) -> Path:
        def on_bytes(done: int) -> None:
            if progress:
                progress(f"Converting {source.label}", done, source.size_bytes)

        folder, partial = self._folder / source.key, self._folder / f".{source.key}.partial"
        outdated = self._folder / f".{source.key}.outdated"
        for left_over in (partial, outdated):
            if left_over.exists():
                shutil.rmtree(left_over)
        partial.mkdir()
        try:
            write_model(partial, source.read(on_bytes))
            _write_manifest(partial, source)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        if folder.exists():
            folder.rename(outdated)
        partial.rename(folder)
        shutil.rmtree(outdated, ignore_errors=True)
        return folder

    @contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f".{key}.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _write_manifest(folder: Path, source: ConversionSource) -> None:
    files = {
        name: _FileRecord(size_bytes=(folder / name).stat().st_size, sha256=file_sha256(folder / name))
        for name in (CONFIG_FILE, WEIGHTS_FILE)
    }
    manifest = _Manifest(
        converter=_CONVERTER, fingerprint=source.fingerprint, source_sha256=source.sha256(), files=files
    )
    write_durably(folder / _MANIFEST_FILE, msgspec.json.format(msgspec.json.encode(manifest)))


def _read_manifest(folder: Path) -> _Manifest | None:
    """None when there is none, or none that can be read: the model is then made anew."""
    try:
        return msgspec.json.decode((folder / _MANIFEST_FILE).read_bytes(), type=_Manifest)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _discard(source: ConversionSource, folder: Path, name: str) -> ModelCorruptError:
    """Without its manifest a model counts as not there."""
    mend = f"`stt models pull {source.label}` makes it anew"
    try:
        (folder / _MANIFEST_FILE).unlink(missing_ok=True)
    except OSError:
        mend = f"delete {folder}, then {mend}"
    return ModelCorruptError(f"{folder / name} is damaged: {mend}.")
