"""``stt bench`` hands over what is wished, shows how far it is, and prints tables that say what was measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.adapters.benchmark.sample_results import sample_results

from realtime_mlx_stt.adapters.cli.benchmark_wishes import BenchmarkWishes
from realtime_mlx_stt.adapters.cli.command_line import run
from realtime_mlx_stt.application.benchmark.results import BenchmarkResults, decode_results


@dataclass
class Measured:
    """Keeps what was wished to be measured, and gives the same results for all."""

    wishes: list[BenchmarkWishes] = field(default_factory=list)

    def run_benchmark(
        self, wishes: BenchmarkWishes, progress: Callable[[str, float, float], None]
    ) -> BenchmarkResults:
        progress("Measuring", 1, 2)
        self.wishes.append(wishes)
        return sample_results(wishes.command)


def bench(*arguments: str) -> BenchmarkWishes:
    measured = Measured()
    assert run(["bench", *arguments], measured) == 0  # type: ignore[arg-type]  # no services are opened
    return measured.wishes[0]


def test_without_options_the_examples_are_measured_alone() -> None:
    assert bench() == BenchmarkWishes(command="stt bench", streams=(1, 2, 4, 6, 8))


def test_every_option_is_handed_over_and_the_command_can_be_typed_again(tmp_path: Path) -> None:
    typed: Sequence[str] = (
        *("--input", "one clip.wav", "--input", "folder", "--model", "base", "--language", "de", "--peers"),
        *("--joins", "--every-clip"),
        *("--rounds", "2", "--streams", "1,3", "--seconds", "7.5", "--report", str(tmp_path / "performance.md")),
    )
    wishes = bench(*typed)
    assert wishes == BenchmarkWishes(
        command=wishes.command,
        inputs=(Path("one clip.wav"), Path("folder")),
        model="base",
        language="de",
        with_joins=True,
        with_peers=True,
        rounds=2,
        streams=(1, 3),
        seconds=7.5,
        every_clip=True,
        report=tmp_path / "performance.md",
    )
    assert wishes.command == (
        "stt bench --input 'one clip.wav' --input folder --joins --model base --language de --peers --rounds 2 "
        f"--streams 1,3 --seconds 7.5 --every-clip --report {tmp_path / 'performance.md'}"
    )


def test_streams_can_be_left_out() -> None:
    assert bench("--streams", "0") == BenchmarkWishes(command="stt bench --streams 0")


@pytest.mark.parametrize("streams", ["", "a", "1,,2", "1,0", "-1", "1.5"])
def test_streams_are_whole_numbers(streams: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "--streams", streams], Measured()) == 2  # type: ignore[arg-type]
    assert "is not a list of numbers" in capsys.readouterr().err


def test_streams_are_not_more_than_memory_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "--streams", "1,99999"], Measured()) == 2  # type: ignore[arg-type]
    assert "99999 is too many at once; 64 is the most." in capsys.readouterr().err


def test_tables_are_printed_and_progress_is_told_apart_from_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    json_path = tmp_path / "bench.json"
    wishes = bench("--json", str(json_path))
    printed = capsys.readouterr()
    assert "Measuring (50 %) …" in printed.err
    assert "faster-whisper int8" in printed.out
    assert "transcription-behind" in printed.out
    assert "No word error rate" in printed.out
    assert decode_results(json_path.read_bytes()) == sample_results(wishes.command)


def test_a_place_for_the_numbers_that_is_none_is_told_before_anything_is_measured(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    measured = Measured()
    assert run(["bench", "--json", str(tmp_path / "no" / "x.json")], measured) == 1  # type: ignore[arg-type]
    assert measured.wishes == []
    assert "Error [output]" in capsys.readouterr().err


def test_numbers_can_be_printed_instead_of_tables(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    wishes = bench("--json", "-")
    assert decode_results(capfdbinary.readouterr().out) == sample_results(wishes.command)
