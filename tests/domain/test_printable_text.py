"""Whatever a file is called, what is said of it can be printed, stored and sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mlx_stt.domain.errors import PortError
from realtime_mlx_stt.domain.printable_text import printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", ""),
        ("été 🎤", "été 🎤"),
        ("\udcc3\udca9t\udcc3\udca9", "été"),  # how a program sees it whose language has only ASCII
        ("cl\udcffp", "cl�p"),
        ("é\udcff", "é�"),
        ("\ud83c", "���"),
    ],
)
def test_bytes_that_were_not_read_are_read_as_utf_8(name: str, shown: str) -> None:
    assert printable(name) == shown


@given(st.text(st.characters()))
def test_it_can_be_encoded_and_stays_as_it_is(name: str) -> None:
    shown = printable(name)
    shown.encode()
    assert printable(shown) == shown


def test_an_error_names_the_file_in_text() -> None:
    assert str(PortError("There is no file cl\udcffp.")) == "There is no file cl�p."
