"""Logging is the program's own: only this package's logger is touched, and only when that is asked for."""

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.adapters.python_api.signatures import defaults_of, parameter_types

from realtime_mlx_stt.adapters.python_api.logging_setup import enable_verbose_logging, setup_minimal_logging

PACKAGE = logging.getLogger("realtime_mlx_stt")


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    level, handlers = PACKAGE.level, list(PACKAGE.handlers)
    yield
    PACKAGE.setLevel(level)
    PACKAGE.handlers[:] = handlers


@contextmanager
def bare_root() -> Iterator[logging.Logger]:
    """The root logger of a program that has set up nothing; pytest's own handlers are put away meanwhile."""
    root = logging.getLogger()
    handlers = list(root.handlers)
    root.handlers.clear()
    try:
        yield root
    finally:
        root.handlers[:] = handlers


def everything_else() -> tuple[object, ...]:
    """What belongs to the program."""
    root = logging.getLogger()
    others = {
        name: logger.level
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger) and not name.startswith("realtime_mlx_stt")
    }
    return root.level, list(root.handlers), others, list(warnings.filters), dict(os.environ), logging.root.disabled


def test_minimal_logging_sets_the_level_of_this_package_and_nothing_else() -> None:
    assert defaults_of(setup_minimal_logging) == {"level": logging.ERROR}
    assert parameter_types(setup_minimal_logging) == {"level": int}
    before = everything_else()
    setup_minimal_logging()
    assert PACKAGE.level == logging.ERROR
    setup_minimal_logging(logging.WARNING)
    assert PACKAGE.level == logging.WARNING
    assert everything_else() == before
    assert PACKAGE.handlers == []


def test_verbose_logging_prints_where_the_program_has_set_up_none(capsys: pytest.CaptureFixture[str]) -> None:
    with bare_root() as root:
        before = everything_else()
        enable_verbose_logging()
        enable_verbose_logging()
        logging.getLogger("realtime_mlx_stt.application.anything").info("heard %d words", 3)
        assert everything_else() == before
        assert root.handlers == []
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(" - realtime_mlx_stt.application.anything - INFO - heard 3 words")
    assert len(PACKAGE.handlers) == 1


def test_verbose_logging_leaves_printing_to_a_program_that_does_so_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with bare_root() as root:
        root.addHandler(logging.StreamHandler(sys.stderr))
        enable_verbose_logging()
        PACKAGE.info("once")
    assert capsys.readouterr().err == "once\n"
    assert PACKAGE.handlers == []


def test_minimal_logging_ends_verbose_logging(capsys: pytest.CaptureFixture[str]) -> None:
    with bare_root():
        enable_verbose_logging()
        setup_minimal_logging()
        PACKAGE.info("not this")
        PACKAGE.error("but this")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("but this")
