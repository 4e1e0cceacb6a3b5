"""Prints text that others wrote, without what a terminal would obey.

A client's prompt, the name of an uploaded file and a network's transcript may hold escape sequences, which clear
the screen, rename the window or worse. What is not printed by a console of ``tables`` is printed here.
"""

import sys
from typing import Final

import click

__all__ = ["print_json", "print_result", "say", "without_controls"]

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


def _as_shown(text: str) -> str:
    return without_controls(text) if sys.stdout.isatty() else text
