"""What clients and networks wrote cannot steer the terminal on which it is shown."""

import ast
import io
import logging
import re
import sys
from dataclasses import replace

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text
from tests.adapters.cli.command_rig import CommandRig
from tests.adapters.cli.conftest import RunCommand
from tests.application.stories import began, ended, started, stored, transcribed
from tests.architecture.source_tree import source_modules

from realtime_mlx_stt.adapters.cli.live_display import LiveDisplay
from realtime_mlx_stt.adapters.cli.tables import TerminalConsole
from realtime_mlx_stt.adapters.cli.terminal_text import log_to_stderr, without_controls
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings

Printed = pytest.CaptureFixture[str]

TITLE = "\x1b]0;owned\x07"
CLEAR = "\x1b[2J"
C1_CLEAR = "\x9b2J"
HOSTILE = f"a{TITLE}b{CLEAR}c{C1_CLEAR}d\x7f"
HARMLESS = "a]0;ownedb[2Jc2Jd"


class Terminal(io.TextIOWrapper):
    """A terminal that keeps what it is sent."""

    def __init__(self) -> None:
        self._sent = io.BytesIO()
        super().__init__(self._sent, encoding="utf-8")

    def sent(self) -> str:
        self.flush()
        return self._sent.getvalue().decode()

    def isatty(self) -> bool:
        return True


def hostile_session(rig: CommandRig) -> None:
    """A session in which a client wrote all that a client may write, and the model as well."""
    transcription = replace(TranscriptionSettings(), prompt=HOSTILE, glossary=(HOSTILE,))
    events = (
        began(replace(SessionSettings(), transcription=transcription), source=HOSTILE),
        started(1, 0),
        ended(1, 0, 16_000),
        transcribed(1, HOSTILE),
        e.SessionFailed(code="x", message=HOSTILE, captured_samples=16_000),
    )
    rig.store.append(SessionId("hostile"), 0, events, 1.0)


@pytest.mark.parametrize("command", ["list", "show", "export", "export --format json", "export --format events"])
def test_a_terminal_is_sent_no_control_characters_of_a_session(
    rig: CommandRig, stt: RunCommand, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    hostile_session(rig)
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "dumb")
    assert stt("sessions", *command.split(), *(() if command == "list" else ("hostile",))) == 0
    assert re.findall(r"[^\n\x20-\x7e\xa0-\U0010ffff]", screen.sent()) == []
    assert "owned" in screen.sent()


def test_lists_for_a_program_have_none_either(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    hostile_session(rig)
    assert stt("sessions", "show", "hostile") == 0
    shown = capsys.readouterr().out
    assert shown.count(HARMLESS) == 5
    assert not set("\x1b\x07\x7f\x9b") & set(shown)


def test_a_result_for_a_program_is_as_it_is(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    hostile_session(rig)
    assert stt("sessions", "export", "hostile") == 0
    assert capsys.readouterr().out == f"{HOSTILE}\n"


def test_an_error_says_what_it_says_and_no_more(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    hostile_session(rig)
    assert stt("sessions", "show", HOSTILE) == 1
    assert HARMLESS in capsys.readouterr().err


def test_a_log_says_what_it_says_and_no_more(capsys: Printed) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        log_to_stderr(logging.WARNING, instead_of_others=True)
        logging.getLogger("some.part").warning("Playing %s failed", HOSTILE)
        logging.getLogger("some.part").info("unheard")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    assert capsys.readouterr().err.partition(" some.part ")[2] == f"WARNING Playing {HARMLESS} failed\n"


def test_a_live_text_moves_nothing_on_the_screen() -> None:
    screen = io.StringIO()
    console = TerminalConsole(file=screen, force_terminal=True, width=80, highlight=False)
    hypothesis = e.HypothesisRevised(
        utterance_id=started(1, 0).utterance_id,
        revision=1,
        stable_text=HOSTILE,
        unstable_text=HOSTILE,
        heard_until_sample=16_000,
    )
    with LiveDisplay(console) as display:
        for event in stored(
            began(source=HOSTILE), started(1, 0), hypothesis, ended(1, 0, 16_000), transcribed(1, HOSTILE)
        ):
            display.show(event)
    sent = screen.getvalue()
    assert HARMLESS in sent
    assert CLEAR not in sent
    assert [part for part in (TITLE[:4], "\x07", "\x9b", "\x7f") if part in sent] == []


def test_a_consoles_own_styles_and_widths_stay() -> None:
    def printed(kind: type[Console], text: str) -> str:
        screen = io.StringIO()
        table = Table.grid(padding=(0, 2))
        table.add_row(Text(text, style="red"), "next")
        kind(file=screen, force_terminal=True, color_system="standard", width=40).print(table)
        return screen.getvalue()

    assert printed(TerminalConsole, HOSTILE) == printed(Console, HARMLESS)
    assert "\x1b[31m" in printed(TerminalConsole, HOSTILE)


def test_lines_tabs_and_all_other_characters_stay() -> None:
    text = "one\n\ttwo ärger 日本 👋🏽 \N{NO-BREAK SPACE}"
    assert without_controls(text) == text


def test_commands_print_nowhere_else() -> None:
    """Whatever a command prints goes through the two modules that leave control characters out."""
    modules = {"click.echo": "terminal_text", "click.secho": "terminal_text", "print": "", "Console": ""}
    other = [
        f"{module.name}: {called}"
        for module in source_modules()
        if module.name.startswith("realtime_mlx_stt.adapters.cli.")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        for called in [ast.unparse(node.func)]
        if module.name.rpartition(".")[2] != modules.get(called, module.name.rpartition(".")[2])
    ]
    assert other == []
