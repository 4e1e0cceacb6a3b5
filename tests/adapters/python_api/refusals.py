"""What is said where a value is refused."""

from collections.abc import Callable
from typing import Any

import pytest

__all__ = ["refusal"]


def refusal(made: Callable[..., object], **arguments: Any) -> str:
    """The message of the ``ValueError`` that these arguments are refused with."""
    with pytest.raises(ValueError, match=r".") as error:
        made(**arguments)
    return str(error.value)
