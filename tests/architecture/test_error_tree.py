"""Every error has a code of its own, and the tree drawn at the root of the errors shows all of them."""

import ast
import re
from typing import Final

import pytest
from tests.architecture.error_classes import ROOT_ERROR, ErrorClass, defined_errors
from tests.architecture.source_tree import PACKAGE, source_modules

KEBAB_CASE: Final = re.compile(r"[a-z]+(-[a-z]+)*")
DRAWN: Final = re.compile(r"^(?P<branches>[ │├└─]*)(?P<name>\w+Error)\b(?: +(?P<code>[a-z-]+)(?=  |$))?")
BRANCH_WIDTH: Final = 4


def drawn_errors() -> dict[str, ErrorClass]:
    """The tree in the docstring of ``domain.errors``: four columns a generation."""
    module = next(module for module in source_modules() if module.name == f"{PACKAGE}.domain.errors")
    found: dict[str, ErrorClass] = {}
    line_of_descent = [ROOT_ERROR]
    for line in (ast.get_docstring(module.tree) or "").splitlines():
        drawn = DRAWN.match(line.removeprefix("    "))
        if drawn is None or drawn["name"] == ROOT_ERROR:
            continue
        depth = len(drawn["branches"]) // BRANCH_WIDTH
        line_of_descent[depth:] = [drawn["name"]]
        found[drawn["name"]] = ErrorClass(
            name=drawn["name"], parent=line_of_descent[depth - 1], code=drawn["code"] or ""
        )
    return found


def test_the_drawn_tree_is_the_real_one() -> None:
    assert drawn_errors() == defined_errors(), "draw the tree anew in domain/errors.py"


def test_errors_that_only_group_others_are_the_only_ones_without_a_code() -> None:
    assert {each.name for each in defined_errors().values() if not each.code} == {"DomainError", "PortError"}


def test_codes_are_kebab_case_and_belong_to_one_error_each() -> None:
    codes = [each.code for each in defined_errors().values() if each.code]
    assert [code for code in codes if not KEBAB_CASE.fullmatch(code)] == []
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("error", defined_errors().values(), ids=lambda error: error.name)
def test_the_name_of_an_error_says_that_it_is_one(error: ErrorClass) -> None:
    assert error.name.endswith("Error")
