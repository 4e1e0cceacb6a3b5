"""Prints text that others wrote, without what a terminal would obey.

A client's prompt, the name of an uploaded file and a network's transcript may hold escape sequences, which clear
the screen, rename the window or worse. What is not printed by a console of ``tables`` is printed here.
"""

import logging
import sys
from typing import Final

import click

__all__ = ["log_to_stderr", "print_json", "print_result", "say", "without_controls"]

_CONTROLS: Final = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}
"""C0, DEL and C1, one of which begins every escape sequence."""


def without_controls(text: str) -> str:
    """The text without control characters, line feeds and tabs apart; what followed them stands there as text."""
    return text.translate(_CONTROLS)


def say(text: str, *, err: bool = False) -> None:
    """Print a sentence on stdout, or with ``err`` on stderr."""
    click.echo(without_controls(text), err=err)


def print_result(text: str) -> None:
    """Print what was asked for on stdout, as it is where a program or a file takes it."""
    click.echo(_as_shown(text), nl=False, color=True)  # otherwise click changes what a file is sent


def print_json(text: str) -> None:
    """Print JSON with a line feed on stdout, in UTF-8 whatever a terminal shows."""
    click.echo(_as_shown(text).encode())


def log_to_stderr(level: int, *, instead_of_others: bool = False) -> None:
    """Log on stderr from this level on, unless a log is kept already; with ``instead_of_others`` even then."""
    handler = logging.StreamHandler()
    handler.setFormatter(_LineFormatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=instead_of_others)


class _LineFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_controls(super().format(record))


def _as_shown(text: str) -> str:
    return without_controls(text) if sys.stdout.isatty() else text
