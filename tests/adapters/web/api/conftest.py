"""The API in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.adapters.web.api.api_rig import ApiRig


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ApiRig]:
    rig = ApiRig(tmp_path)
    yield rig
    rig.close()
