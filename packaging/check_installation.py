"""Installs the tracked files in every way that a user may: the whole package must arrive, and nothing else.

The environment is fresh and gets all dependencies but torch, once, with the wheel; then the package alone is taken
out and put in again: as a source distribution, as the zip file of a git archive, and as an editable checkout.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = "realtime_mlx_stt"
DISTRIBUTION: Final = "realtime-mlx-stt"
LAYERS: Final = ("domain", "ports", "application", "adapters", "composition")
UV: Final = Path(sys.executable).with_name("uv")
REPORT: Final = Path(__file__).with_name("report_installation.py")


class CheckError(Exception):
    """An installation is not what it should be."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make every check, say what each found, and give 0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="the interpreter to install for")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="wheel-test-") as scratch:
            check_everything(Path(scratch).resolve(), options.python)
    except CheckError as error:
        print(f"wheel test: {error}", file=sys.stderr)
        return 1
    print(f"wheel test: all well ({time.monotonic() - began:.0f} s)")
    return 0


def check_everything(scratch: Path, python: str) -> None:
    """Build, compare, install and import."""
    tree = copy_of_tracked_files(scratch / "tree")
    expected = expected_files(tree)
    wheel = build(tree, "wheel", scratch / "wheel")
    sdist = build(tree, "sdist", scratch / "sdist")
    check_wheel(wheel, expected)
    check_same_contents(wheel, build(unpacked(sdist, scratch / "unpacked"), "wheel", scratch / "rebuilt"))
    say("the wheel holds the package alone, and the source distribution builds the same wheel")

    environment = Environment(scratch / "environment", python)
    environment.install_with_dependencies(wheel)
    environment.check(expected)
    environment.check_commands(tree / "examples" / "speech.wav", scratch)
    say("the wheel works in a fresh environment")
    environment.uninstall()
    ways = {
        "the source distribution": [str(sdist)],
        "the zip file of a git archive": [str(git_archive(tree, scratch / "archive.zip"))],
        "an editable checkout": ["--editable", str(tree)],
    }
    for way, requirement in ways.items():
        environment.install_alone(requirement)
        environment.check(expected)
        environment.uninstall()
        say(f"{way} works")


class Environment:
    """A virtual environment that has nothing but what is installed here."""

    def __init__(self, folder: Path, python: str) -> None:
        """Make it."""
        self._folder = folder
        self._python = folder / "bin" / "python"
        run([UV, "venv", "--quiet", "--seed", "--python", python, folder])

    def install_with_dependencies(self, wheel: Path) -> None:
        """Install the wheel and what it needs, as ``make`` does for developers."""
        overrides = ROOT / "packaging" / "without-torch.txt"
        run([UV, "pip", "install", "--quiet", "--python", self._python, "--override", overrides, wheel])

    def install_alone(self, requirement: Sequence[str]) -> None:
        """Install the package with pip, which most users have."""
        run([self._python, "-I", "-m", "pip", "install", "-qq", "--no-deps", *requirement])

    def uninstall(self) -> None:
        """Take the package out, and see that no part of it stays."""
        run([self._python, "-I", "-m", "pip", "uninstall", "-qq", "--yes", DISTRIBUTION])
        if remains := self._report()["modules"]:
            raise CheckError(f"after uninstalling, {remains[0]} can still be imported")

    def check(self, expected: dict[str, Path]) -> None:
        """Import every module, find every file, and find nothing under a bare name."""
        report = self._report()
        modules = {module_name(name) for name in expected if name.endswith(".py")}
        complain("cannot be imported", modules - set(report["modules"]))
        complain("should not be there", set(report["modules"]) - modules)
        complain("is not installed", set(expected) - set(report["files"]))
        complain("is installed under its bare name", set(report["bare"]))

    def check_commands(self, speech: Path, folder: Path) -> None:
        """Run the command from an empty home: its help, and a real transcription."""
        home = folder / "home"
        home.mkdir()
        stt = self._folder / "bin" / "stt"
        if "transcribe" not in run([stt, "--help"], home=home):
            raise CheckError("stt --help does not name its commands")
        if not run([stt, "transcribe", speech], home=home).strip():
            raise CheckError(f"stt transcribe found no text in {speech.name}")

    def _report(self) -> dict[str, list[str]]:
        """What the environment says of itself, run in isolation so that this checkout is out of sight."""
        found: dict[str, list[str]] = {"modules": [], "files": [], "bare": []}
        for line in run([self._python, "-I", REPORT]).splitlines():
            kind, _, name = line.partition(" ")
            found[kind].append(name)
        return found


def copy_of_tracked_files(folder: Path) -> Path:
    """The files that git knows as they are now: what someone forgot to add is missing here as in the next clone."""
    for line in run(["git", "ls-files", "-z"], folder=ROOT).split("\0"):
        source, target = ROOT / line, folder / line
        if line and (source.is_symlink() or source.is_file()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    return folder


def git_archive(tree: Path, file: Path) -> Path:
    """What hosting sites offer as a download. Links come out of it as text files, for pip makes none."""
    settings = ["-c", "user.name=wheel test", "-c", "user.email=", "-c", "commit.gpgsign=false"]
    run(["git", "init", "--quiet"], folder=tree)
    run(["git", "add", "--all", "--force"], folder=tree)
    run(["git", *settings, "commit", "--quiet", "--no-verify", "--message", "as it is"], folder=tree)
    run(["git", "archive", "--format=zip", f"--prefix={DISTRIBUTION}/", "-o", file, "HEAD"], folder=tree)
    shutil.rmtree(tree / ".git")
    return file


def expected_files(tree: Path) -> dict[str, Path]:
    """Every file that must be installed, by its path below the package, and where it lies in the tree."""
    package = tree / "src" / PACKAGE
    files = {f"{PACKAGE}/{path.name}": path for path in package.iterdir() if path.is_file()}
    for layer in LAYERS:
        for path in (tree / layer).rglob("*"):
            if path.is_file():
                files[f"{PACKAGE}/{path.relative_to(tree)}"] = path
    return files


def build(tree: Path, kind: str, out: Path) -> Path:
    """Build a wheel or a source distribution, apart from this environment."""
    run([UV, "build", f"--{kind}", "--out-dir", out, tree])
    (built,) = [path for path in out.iterdir() if path.name != ".gitignore"]
    return built


def unpacked(sdist: Path, folder: Path) -> Path:
    """The folder that a source distribution holds."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (tree,) = folder.iterdir()
    return tree


def check_wheel(wheel: Path, expected: dict[str, Path]) -> None:
    """See that the wheel holds the expected files as they are, beside its own metadata, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = {name for name in archive.namelist() if name.partition("/")[0].endswith(".dist-info")}
        present = set(archive.namelist()) - metadata
        complain("is missing from the wheel", set(expected) - present)
        complain("should not be in the wheel", present - set(expected))
        complain(
            "is changed in the wheel",
            {name for name in present if archive.read(name) != expected[name].read_bytes()},
        )
        if not any(name.endswith("/licenses/LICENSE") for name in metadata):
            raise CheckError("the wheel has no licence")


def check_same_contents(first: Path, second: Path) -> None:
    """See that two wheels install the same files."""
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        complain("differs when built from the source distribution", set(one.namelist()) ^ set(other.namelist()))
        changed = {name for name in one.namelist() if one.read(name) != other.read(name)}
        complain("differs when built from the source distribution", changed)


def module_name(file: str) -> str:
    """The name under which a file of the package is imported."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def complain(about: str, names: set[str]) -> None:
    """Fail if there are such names."""
    if names:
        raise CheckError("\n  ".join([f"this {about}:", *sorted(names)]))


def run(command: Sequence[str | Path], *, folder: Path | None = None, home: Path | None = None) -> str:
    """Run a command and give what it prints; what it complained of is shown when it fails."""
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "GIT_"))
    }
    if home is not None:
        environment |= {"HOME": str(home)}
        environment = {name: text for name, text in environment.items() if not name.startswith("XDG_")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder or home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CheckError(f"{' '.join(map(str, command))} failed:\n{done.stderr or done.stdout}")
    return done.stdout


def say(finding: str) -> None:
    """Tell of a check that passed, at once."""
    print(f"wheel test: {finding}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
