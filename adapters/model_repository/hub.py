"""Reaches the Hugging Face hub: finds models in its local cache, fetches them, and deletes damaged files."""

import errno
import hashlib
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from realtime_mlx_stt.adapters.model_repository.damage import file_sha256
from realtime_mlx_stt.adapters.model_repository.fetch_progress import OnFetched, progress_bar_class
from realtime_mlx_stt.ports.model_repository import ModelCacheError, UnknownModelError

__all__ = ["HubUnreachable", "HuggingFaceHub"]

_ANSWER_SECONDS: Final = 5.0
"""How long the hub may take for its first answer; without a limit a dead line would block for ever."""
_HEADERS: Final = {"user-agent": "realtime-mlx-stt"}
"""Replaces huggingface_hub's own header, which names other packages that are installed."""

_LOCAL_ERRORS: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT})
_LAYOUTS: Final = (
    re.compile(r"config\.json|weights\.safetensors"),
    re.compile(r"config\.json|weights\.npz"),
    re.compile(r"config\.json|model\.bin"),
    re.compile(r"config\.json|generation_config\.json|model\.safetensors"),
    re.compile(
        r"config\.json|generation_config\.json|model-\d+-of-\d+\.safetensors|model\.safetensors\.index\.json"
    ),
)
"""The files to fetch of each layout that can be used, the best layout first."""
_SHA256_LENGTH: Final = 64


class HubUnreachable(Exception):  # noqa: N818 - an answer to the repository, which makes the error of it
    """Nothing could be fetched; the text says why, as a part of a sentence."""


class HuggingFaceHub:
    """The hub at ``endpoint`` and its local cache; None for each is the user's own (``HF_ENDPOINT``, ``HF_HOME``).

    Thread-safe; the cache is locked by huggingface_hub itself. Fetching tells the hub nothing but what is fetched.
    """

    def __init__(self, cache: Path | None = None, endpoint: str | None = None) -> None:
        self._cache = cache
        self._endpoint = endpoint

    def find(self, repository: str) -> Path | None:
        """The newest snapshot of the repository in the local cache, whole or not; asks nobody."""
        from huggingface_hub import errors, try_to_load_from_cache  # noqa: PLC0415 - 0.5 s

        try:
            config = try_to_load_from_cache(repository, "config.json", cache_dir=self._cache)
        except errors.HFValidationError:
            return None
        return Path(config).parent if isinstance(config, str) else None

    def fetch(self, repository: str, on_fetched: OnFetched) -> Path:
        """Fetch what is missing of the repository's newest snapshot.

        Raises:
            HubUnreachable: the hub does not answer, or refuses.
            UnknownModelError: there is no such repository, or no Whisper model in it.
            ModelCacheError: the cache cannot be written.
        """
        import huggingface_hub  # noqa: PLC0415 - 0.5 s

        with _translated(repository), _quiet():
            answer = huggingface_hub.HfApi(endpoint=self._endpoint, headers=_HEADERS).model_info(
                repository, timeout=_ANSWER_SECONDS, files_metadata=True
            )
            sizes = {sibling.rfilename: sibling.size or 0 for sibling in answer.siblings or ()}
            names = _files_of_model(repository, sizes)
            total = sum(sizes[name] for name in names)
            folder = huggingface_hub.snapshot_download(
                repository,
                cache_dir=self._cache,
                endpoint=self._endpoint,
                headers=_HEADERS,
                allow_patterns=names,
                etag_timeout=_ANSWER_SECONDS,
                tqdm_class=progress_bar_class(on_fetched, total),
            )
        return Path(folder)

    def discard_damaged(self, snapshot: Path) -> list[Path]:
        """Delete those files of the folder ``snapshot`` whose digest is not the one that the hub published.

        The cache keeps a file under that digest and links to it: SHA-256 for large files, git's for small ones.

        Raises:
            OSError: a damaged file cannot be deleted.
        """
        damaged = [file for file in sorted(snapshot.iterdir()) if file.is_symlink() and _is_damaged(file)]
        for file in damaged:
            for path in (file.resolve(), file.parent / file.readlink(), file):
                path.unlink(missing_ok=True)
        return damaged


def _files_of_model(repository: str, names: Iterable[str]) -> list[str]:
    names = list(names)
    for layout in _LAYOUTS:
        found = [name for name in names if layout.fullmatch(name)]
        if any(not name.endswith("config.json") for name in found):
            return found
    raise UnknownModelError(
        f"{repository} on the hub holds no Whisper model in MLX's, CTranslate2's or transformers' layout."
    )


def _is_damaged(link: Path) -> bool:
    if not link.exists():
        return True
    published = link.readlink().name
    if len(published) == _SHA256_LENGTH:
        return file_sha256(link) != published
    content = link.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest() != published  # noqa: S324 - git's digest


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep huggingface_hub's own messages off the terminal, where the live display is."""
    from huggingface_hub.utils import logging as hub_logging  # noqa: PLC0415

    verbosity = hub_logging.get_verbosity()
    hub_logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        hub_logging.set_verbosity(verbosity)


@contextmanager
def _translated(repository: str) -> Iterator[None]:
    """Turn what huggingface_hub and the HTTP client below it raise into this adapter's errors."""
    from huggingface_hub import errors  # noqa: PLC0415

    try:
        yield
    except UnknownModelError:
        raise
    except errors.GatedRepoError as error:
        raise HubUnreachable(f"{repository} asks for a login (`hf auth login`)") from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise UnknownModelError(f"There is no model {repository} on the Hugging Face hub.") from error
    except errors.OfflineModeIsEnabled as error:
        raise HubUnreachable("the environment variable HF_HUB_OFFLINE forbids to fetch it") from error
    except Exception as error:
        # Only what concerns a file carries a name; of the network's own errors some are OSErrors too.
        if isinstance(error, OSError) and (error.errno in _LOCAL_ERRORS or error.filename is not None):
            raise ModelCacheError(
                f"The model {repository} cannot be stored ({error}); make room or the folder writable, or name "
                "another folder in the environment variable HF_HOME."
            ) from error
        # Which HTTP client there is, and so which errors, differs between versions of huggingface_hub.
        raise HubUnreachable(f"the Hugging Face hub cannot be reached ({_first_line(error)})") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
