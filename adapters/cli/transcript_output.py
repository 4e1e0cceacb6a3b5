"""Writes the results of ``stt transcribe`` to stdout, a file, or a folder, each as soon as it is there."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EACCES, EISDIR, ENOTDIR
from pathlib import Path

from realtime_mlx_stt.adapters.cli.standard_streams import OutputError
from realtime_mlx_stt.adapters.cli.terminal_text import print_result
from realtime_mlx_stt.application.read_models.subtitles import TranscriptFormat, render, transcript_document
from realtime_mlx_stt.application.read_models.transcript import Transcript
from realtime_mlx_stt.domain.printable_text import printable

__all__ = ["FileTranscript", "TakeTranscript", "transcript_output"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTranscript:
    """What was written down of a file."""

    file: Path
    transcript: Transcript

    @property
    def name(self) -> str:
        """The file as it was named, in text."""
        return printable(str(self.file))


TakeTranscript = Callable[[FileTranscript], None]
"""Takes the files' transcripts one after the other, in their order."""


@contextmanager
def transcript_output(
    files: Sequence[Path], transcript_format: TranscriptFormat, output: Path | None
) -> Iterator[TakeTranscript]:
    """What takes the transcript of each of ``files``: writes it into ``output``, or with None prints it.

    An ``output`` that is a folder gets a file for each, and so does one that is not there when there are several.

    Raises:
        OutputError: a result could not be written, or would be written over another or over one of ``files``;
            that is found out before anything is taken.
    """
    if output is not None:
        targets = _targets(files, transcript_format, output)
        yield lambda each: _save(targets[each.file], _rendered(each, transcript_format))
    elif len(files) == 1:
        yield lambda each: print_result(_rendered(each, transcript_format))
    elif transcript_format is TranscriptFormat.JSON:
        with _json_list() as take:
            yield take
    else:
        yield _sections(transcript_format)


@contextmanager
def _json_list() -> Iterator[TakeTranscript]:
    """Print one list of all results; an error or Ctrl-C also leaves a complete list of those before it."""
    is_begun = False

    def take(each: FileTranscript) -> None:
        nonlocal is_begun
        document = json.dumps(transcript_document(each.transcript, each.name), ensure_ascii=False, indent=2)
        indented = document.replace("\n", "\n  ")
        before, is_begun = (
            "," if is_begun else "[",
            True,
        )  # before it is printed: Ctrl-C may come at once after that
        print_result(f"{before}\n  {indented}")

    try:
        yield take
    finally:
        if is_begun:
            print_result("\n]\n")
    if not is_begun:
        print_result("[]\n")


def _sections(transcript_format: TranscriptFormat) -> TakeTranscript:
    """Prints each text under a line with its file's name."""
    taken = 0

    def take(each: FileTranscript) -> None:
        nonlocal taken
        space = "\n" if taken else ""
        print_result(f"{space}==> {each.name} <==\n{_rendered(each, transcript_format)}")
        taken += 1

    return take


def _targets(files: Sequence[Path], transcript_format: TranscriptFormat, output: Path) -> Mapping[Path, Path]:
    """Where each file's result is to be written, once it is certain that all can be."""
    is_folder = len(files) > 1 or os.path.isdir(output)
    heard = {os.path.realpath(file) for file in files}
    targets: dict[Path, Path] = {}
    writers: dict[str, Path] = {}
    for file in files:
        target = output / f"{file.stem}.{transcript_format}" if is_folder else output
        other = writers.setdefault(str(target).casefold(), file)  # some systems know no difference of case
        if file in targets or other is not file:
            raise OutputError(f"{other} and {file} would both be written to {target}; transcribe them apart.")
        if os.path.realpath(target) in heard:
            raise OutputError(f"{target} is to be heard and would be written over; name another output.")
        _check_target(target)
        targets[file] = target
    return targets


def _check_target(target: Path) -> None:
    """See whether the file can be made or written over; its folder may still have to be made."""
    if os.path.isdir(target):
        raise _not_written(target, os.strerror(EISDIR))
    there = (
        target if os.path.lexists(target) else next(parent for parent in target.parents if os.path.lexists(parent))
    )
    if there is not target and not os.path.isdir(there):
        raise _not_written(target, os.strerror(ENOTDIR))
    if not os.access(there, os.W_OK):
        raise _not_written(target, os.strerror(EACCES))


def _rendered(each: FileTranscript, transcript_format: TranscriptFormat) -> str:
    return render(each.transcript, transcript_format, each.name)


def _save(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _not_written(path, error.strerror) from error


def _not_written(path: Path, reason: str | None) -> OutputError:
    return OutputError(f"The result cannot be written to {path}: {reason}.")
