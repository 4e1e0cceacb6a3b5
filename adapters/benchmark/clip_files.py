"""Finds the named sound files, or those in a folder, and their transcripts where they have any.

A transcript is in a ``manifest.json`` of the file's folder or of the one above it, ``{"clips": [{"file":
"speech/a.wav", "text": "What is said."}]}``, or beside the file, as ``a.txt``. If a folder has a manifest, its
clips are those that the manifest names; otherwise all sound files in it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from realtime_mlx_stt.ports.benchmark import BenchmarkError

__all__ = ["EXAMPLES", "ClipFile", "find_clips"]

EXAMPLES: Final = Path(__file__).parent / "speech"
"""Six clips of three speakers, 27 s in all, with their transcripts; public domain, from where its manifest says."""

_MANIFEST: Final = "manifest.json"
_ENDINGS: Final = frozenset({".aac", ".aiff", ".flac", ".m4a", ".mp3", ".mp4", ".ogg", ".opus", ".wav", ".webm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFile:
    """A sound file and its transcript; ``text`` is None where there is none or it is empty."""

    path: Path
    text: str | None


def find_clips(inputs: Sequence[Path]) -> tuple[ClipFile, ...]:
    """The clips of these files and folders, in their order, each once; the examples where there is no input.

    Raises:
        BenchmarkError: there is no such file, no sound in a folder, or a manifest is not as it must be.
    """
    paths = dict.fromkeys(path for each in inputs or (EXAMPLES,) for path in _sound_files(each))
    return tuple(ClipFile(path=path, text=_text(path)) for path in paths)


def _sound_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise BenchmarkError(f"There is no file and no folder {path} to measure with.")
    manifest = path / _MANIFEST
    if manifest.is_file():
        found = list(_manifest_texts(manifest))
    else:
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in _ENDINGS)
    if not found:
        raise BenchmarkError(f"There is no sound file in the folder {path}.")
    return found


def _text(path: Path) -> str | None:
    for folder in (path.parent, path.parent.parent):
        manifest = folder / _MANIFEST
        if manifest.is_file():
            texts = {file.resolve(): text for file, text in _manifest_texts(manifest).items()}
            if (text := texts.get(path.resolve())) is not None:
                return text
    beside = path.with_suffix(".txt")
    try:
        return beside.read_text(encoding="utf-8").strip() or None if beside.is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        raise BenchmarkError(f"The transcript {beside} cannot be read ({error}).") from error


def _manifest_texts(manifest: Path) -> dict[Path, str | None]:
    """The transcript of each file that the manifest names."""
    try:
        return dict(_entries(manifest))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BenchmarkError(
            f'The manifest {manifest} is not {{"clips": [{{"file": …, "text": …}}]}} ({error!r}).'
        ) from error


def _entries(manifest: Path) -> Iterator[tuple[Path, str | None]]:
    for entry in json.loads(manifest.read_bytes())["clips"]:
        text = entry.get("text")
        yield manifest.parent / entry["file"], None if text is None else str(text).strip() or None
