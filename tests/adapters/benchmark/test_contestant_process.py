"""A contestant that does not start, is not installed or breaks says why, and leaves no process behind."""

import sys

import numpy as np
import pytest
from tests.adapters.speech_to_text.loaded_model import MODEL

from realtime_mlx_stt.adapters.benchmark.contestant_process import ContestantProcess
from realtime_mlx_stt.adapters.benchmark.peers import require_faster_whisper
from realtime_mlx_stt.ports.benchmark import ContestantError, ExtraMissingError

ONE_SECOND = np.zeros(16_000, dtype=np.float32)
ANSWERING = "from realtime_mlx_stt.adapters.benchmark.answering import answer_parent"


def contestant(program: str) -> ContestantProcess:
    return ContestantProcess([sys.executable, "-c", program])


def test_what_a_library_prints_does_not_get_among_the_answers() -> None:
    made = contestant(
        f"{ANSWERING}\nanswer_parent(lambda: ('loud', lambda audio: print('boo') or str(audio.size)))"
    )
    assert made.description == "loud"
    assert [made.transcribe(ONE_SECOND[:size]).text for size in (16_000, 7)] == ["16000", "7"]
    made.close()


def test_one_that_breaks_tells_what_it_last_said() -> None:
    made = contestant(f"{ANSWERING}\nanswer_parent(lambda: ('weak', lambda audio: 1 / 0))")
    with pytest.raises(ContestantError, match="status 1: ZeroDivisionError"):
        made.transcribe(ONE_SECOND)
    with pytest.raises(ContestantError):
        made.transcribe(ONE_SECOND)
    made.close()


def test_one_that_does_not_start_tells_why() -> None:
    with pytest.raises(ContestantError, match="status 3: it said nothing"):
        contestant("raise SystemExit(3)")


def test_a_peer_that_is_not_installed_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    require_faster_whisper()
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(ExtraMissingError, match=r"pip install 'realtime-mlx-stt\[peers\]'"):
        require_faster_whisper()


def test_mlx_whisper_as_installed_has_no_other_blas_than_its_own() -> None:
    command = [sys.executable, "-m", "realtime_mlx_stt.composition.contestant", "mlx-whisper as installed"]
    made = ContestantProcess([*command, "--model", MODEL])
    assert made.description.endswith("the BLAS of MLX's wheel.")
    made.close()
